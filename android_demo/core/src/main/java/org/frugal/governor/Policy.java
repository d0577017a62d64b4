package org.frugal.governor;

import org.frugal.ChainException;
import org.frugal.Words;

/**
 * The governor's thresholds; the defaults are those of docs/bundle.md.
 *
 * @param latencyTargetMillis what the percentile of the latencies is steered to; null sets no latency ceiling
 * @param percentile which latency of the sorted window is looked at, from 0 (excluded) to 1
 * @param window how many latencies are kept
 * @param relax the ceiling rises when the percentile is at most this share of the target
 * @param low battery level at and below which the cheapest point is chosen
 * @param high battery level from which the most expensive point is allowed
 * @param warm headroom that counts as moderate
 * @param hot headroom that counts as severe
 */
public record Policy(
    Double latencyTargetMillis,
    double percentile,
    int window,
    double relax,
    double low,
    double high,
    double warm,
    double hot) {
  /** No latency target. */
  public static final Policy DEFAULT = new Policy(null, 0.9, 32, 0.7, 0.15, 0.5, 0.85, 1.0);

  /**
   * @throws ChainException a setting out of its range
   */
  public Policy {
    boolean positive = latencyTargetMillis == null
        || latencyTargetMillis > 0 && latencyTargetMillis < Double.POSITIVE_INFINITY;
    if (!positive) {
      throw new ChainException(
          "policy latency_target_ms: expected a positive finite number or null, received "
              + Words.real(latencyTargetMillis));
    }
    boolean inRange = percentile > 0 && percentile <= 1 && window >= 1 && relax >= 0 && relax < 1 && low < high;
    if (!inRange) {
      throw new ChainException(
          "policy: expected percentile in (0, 1], window >= 1, relax in [0, 1) and low < high, received percentile "
              + percentile + ", window " + window + ", relax " + relax + ", low " + low + ", high " + high);
    }
  }

  /** The defaults with a latency target in milliseconds. */
  public static Policy latencyTargetMillis(double target) {
    return new Policy(
        target, DEFAULT.percentile, DEFAULT.window, DEFAULT.relax, DEFAULT.low, DEFAULT.high, DEFAULT.warm,
        DEFAULT.hot);
  }
}
