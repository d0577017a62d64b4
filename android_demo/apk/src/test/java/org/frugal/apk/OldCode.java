package org.frugal.apk;

/** Android 8.0 has everything that this names. */
final class OldCode {
  int length(String text) {
    Runnable nothing = () -> {};
    nothing.run();
    return text.length();
  }
}
