package org.frugal.bundle;

/** A file is no part; the message says what was expected and received, and where. */
final class DamagedPart extends RuntimeException {
  private static final long serialVersionUID = 1;

  DamagedPart(String where, String expected, Object received) {
    super("expected " + expected + " as " + where + ", received " + received, null, false, false);
  }

  /** Throws one unless something holds. */
  static void unless(boolean holds, String where, String expected, Object received) {
    if (!holds) {
      throw new DamagedPart(where, expected, received);
    }
  }
}
