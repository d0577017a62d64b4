package org.frugal.app;

import java.util.Locale;

/** Numbers as people read them; the same in every language, as the rest of the app is English. */
public final class Numbers {
  /** A number and its unit stay on one line. */
  private static final String SPACE = "\u00a0";

  private Numbers() {}

  /** Three significant digits with a unit of thousands: 812, 5.97 M, 14.4 M, 1.02 G. */
  public static String count(double value) {
    if (value < 1e3) {
      return String.format(Locale.ROOT, "%.0f", value);
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

  public static String millis(double value) {
    return threeDigits(value) + SPACE + "ms";
  }

  /** One decimal, without one where it is whole: 97.8 %, 100 %. */
  public static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share).replace(".0", "") + SPACE + "%";
  }

  /** A number of any unit: 1.25, 12.5, 125. */
  public static String threeDigits(double value) {
    int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
