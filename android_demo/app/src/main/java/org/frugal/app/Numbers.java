package org.frugal.app;

import java.util.Locale;

/** Numbers as people read them, with the decimal separator of the device's language. */
public final class Numbers {
  /** A number and its unit stay on one line. */
  private static final String SPACE = "\u00a0";

  private Numbers() {}

  /** Three significant digits with a unit of thousands: 812, 5.97 M, 14.4 M, 1.02 G. */
  public static String count(double value) {
    if (value < 1e3) {
      return fixed(value, 0);
    }
    double[] sizes = {1e9, 1e6, 1e3};
    String[] names = {"G", "M", "k"};
    int unit = 0;
    // 999,999 would be shown as 1000 k: what rounds up to a thousand takes the next unit.
    while (unit < 2 && value < sizes[unit] * 0.9995) {
      unit++;
    }
    return threeDigits(value / sizes[unit]) + SPACE + names[unit];
  }

  /** Three significant digits of a size in bytes: 812 B, 5.97 MB. */
  public static String bytes(double value) {
    return value < 1e3 ? fixed(value, 0) + SPACE + "B" : count(value) + "B";
  }

  public static String millis(double value) {
    return threeDigits(value) + SPACE + "ms";
  }

  /** One decimal, without one where it is whole: 97.8 %, 100 %. */
  public static String percent(double share) {
    boolean isWhole = Math.round(1000 * share) % 10 == 0;
    return fixed(100 * share, isWhole ? 0 : 1) + SPACE + "%";
  }

  /** A number of any unit: 1.25, 12.5, 125. */
  public static String threeDigits(double value) {
    return fixed(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
  }

  private static String fixed(double value, int digits) {
    return String.format(Locale.getDefault(Locale.Category.FORMAT), "%." + digits + "f", value);
  }
}
