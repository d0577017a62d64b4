package org.frugal.governor;

import java.util.Arrays;

/**
 * How much slower the device runs now than when its parts were timed: ratios of observed over expected time, of the
 * last runs; before the first, as if it had seen 11 that are 1. A device at rest has ratios that lie close together, a
 * disturbed run has one anywhere above: so they are ranked. Nothing is allocated after the start.
 */
public final class Slowdown {
  private static final int FEW = 11;
  private static final int MANY = 15;
  private static final double WINDOW_MILLIS = 10_000;

  private final double[] ratios = new double[MANY];
  private final double[] times = new double[MANY];
  private final double[] ranked = new double[MANY];
  /** How many ratios have ever come; the last one is at {@code (seen - 1) % MANY}. */
  private long seen = FEW;

  public Slowdown() {
    Arrays.fill(ratios, 0, FEW, 1);
    Arrays.fill(times, 0, FEW, Double.NEGATIVE_INFINITY);
  }

  /** Takes one run's ratio, above 0, and when it ran. */
  public void observe(double ratio, double nowMillis) {
    int place = (int) (seen++ % MANY);
    ratios[place] = ratio;
    times[place] = nowMillis;
  }

  /** The median of the last 11. */
  public double recent() {
    return rank(FEW)[FEW / 2];
  }

  /** What three of four do not exceed: of the last 15, those within 10 s of the last, but 11 at least. */
  public double lasting() {
    double begin = times[(int) ((seen - 1) % MANY)] - WINDOW_MILLIS;
    int count = 0;
    for (int i = 0; i < Math.min(seen, MANY); i++) {
      count += times[i] >= begin ? 1 : 0;
    }
    count = Math.max(FEW, count);
    return rank(count)[3 * count / 4];
  }

  /** The last ones, from the least to the largest. */
  private double[] rank(int count) {
    for (int i = 0; i < count; i++) {
      ranked[i] = ratios[(int) ((seen - 1 - i) % MANY)];
    }
    Arrays.sort(ranked, 0, count);
    return ranked;
  }
}
