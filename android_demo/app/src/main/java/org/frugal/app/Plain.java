package org.frugal.app;

/** Words out of a file, made fit to stand among the app's own. Any thread. */
public final class Plain {
  /** Of a name; the format allows 200 characters, a line of the screen does not. */
  private static final int LONGEST_NAME = 60;

  private Plain() {}

  /**
   * Words on one line: what breaks a line, steers a terminal or turns the direction of what follows becomes a space,
   * so that a name cannot pass for the app's words around it.
   */
  public static String line(String words) {
    StringBuilder plain = new StringBuilder(words.length());
    words.codePoints().forEach(each -> plain.appendCodePoint(isSteering(each) ? ' ' : each));
    return plain.toString();
  }

  /** A name on one line, cut in the middle where it is long: names often differ in their ends. */
  public static String name(String name) {
    String plain = line(name);
    int count = plain.codePointCount(0, plain.length());
    if (count <= LONGEST_NAME) {
      return plain;
    }
    int half = LONGEST_NAME / 2;
    return plain.substring(0, plain.offsetByCodePoints(0, half)) + "…"
        + plain.substring(plain.offsetByCodePoints(plain.length(), 1 - half));
  }

  private static boolean isSteering(int character) {
    switch (Character.getType(character)) {
      case Character.CONTROL:
      case Character.FORMAT:
      case Character.LINE_SEPARATOR:
      case Character.PARAGRAPH_SEPARATOR:
      case Character.SURROGATE:
        return true;
      default:
        return false;
    }
  }
}
