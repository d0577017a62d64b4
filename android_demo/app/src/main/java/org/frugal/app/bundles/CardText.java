package org.frugal.app.bundles;

/** A model card's Markdown as plain text: marks of headings, lists and code go, a table becomes lines of values. */
public final class CardText {
  private CardText() {}

  public static String plain(String markdown) {
    StringBuilder text = new StringBuilder();
    for (String line : markdown.split("\n")) {
      if (line.matches("\\|[-| :]+\\|")) {
        continue;
      }
      String plain = line.replaceFirst("^#+ +", "").replaceFirst("^[-*] +", "• ").replace("`", "");
      if (line.startsWith("|")) {
        plain = plain.substring(1).replaceFirst("\\|\\s*$", "").trim().replaceAll("\\s*\\|\\s*", "  ·  ");
      }
      text.append(plain).append('\n');
    }
    return text.toString().trim();
  }
}
