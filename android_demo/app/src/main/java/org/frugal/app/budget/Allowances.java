package org.frugal.app.budget;

/** The steps of the two sliders: the last one is no limit. */
public final class Allowances {
  /** Each about 1.4 times the one before: from what a small network needs to a tenth of a second. */
  static final double[] MILLIS = {0.25, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8, 4, 5.6, 8, 11, 16, 22, 33, 50, 70, 100};

  static final double[] SHARES = {0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};

  private Allowances() {}

  /** The value of a step; null behind the last. */
  public static Double value(double[] steps, int step) {
    return step < steps.length ? (Double) steps[step] : null;
  }

  /** The step nearest to a value. */
  public static int step(double[] steps, Double value) {
    if (value == null) {
      return steps.length;
    }
    int nearest = 0;
    for (int i = 1; i < steps.length; i++) {
      nearest = Math.abs(steps[i] - value) < Math.abs(steps[nearest] - value) ? i : nearest;
    }
    return nearest;
  }
}
