package org.frugal.governor;

import java.util.Arrays;

/**
 * How long parts take that run elsewhere, learned from the last calls; before the first, as if it had seen 11 that took
 * no time. A call has a usual time and any longer one, up to none at all: so they are ranked.
 */
public final class RoundTrips {
  private static final int FEW = 11;

  private final double percentile;
  private final double[] last = new double[FEW];
  private long seen;

  /**
   * @param percentile share of the calls, between 0 and 1, that the usual time is to cover
   */
  public RoundTrips(double percentile) {
    this.percentile = percentile;
  }

  /** The state of new ones. */
  public void forget() {
    Arrays.fill(last, 0);
  }

  /** Takes how long a call took, in milliseconds; infinite for one that was lost. */
  public void observe(double millis) {
    last[(int) (seen++ % FEW)] = millis;
  }

  /** Milliseconds that the percentile of the last 11 did not exceed. */
  public double usual() {
    double[] ranked = last.clone();
    Arrays.sort(ranked);
    return ranked[(int) Math.floor(percentile * FEW)];
  }
}
