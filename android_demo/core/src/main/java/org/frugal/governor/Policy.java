package org.frugal.governor;

import org.frugal.ChainException;
import org.frugal.Words;
import org.jspecify.annotations.Nullable;

/**
 * What a governor aims at; docs/bundle.md, "The governor", says what every number does.
 *
 * @param latencyTargetMillis what the percentile of the latencies is to stay within; null sets no latency ceiling
 * @param percentile a share of the answers, between 0 and 1
 * @param knee the accuracy (0..1) that the best point may give up, compared with the most accurate one, to be cheaper
 * @param low battery level at and below which only the cheapest point is allowed
 * @param high battery level from which every point is allowed
 * @param warm headroom that counts as moderate
 * @param hot headroom that counts as severe
 * @param holdMillis how long a reading's ceiling outlasts it
 * @param dwell runs at a point before the next more expensive one is tried
 * @param waitRuns runs before a point that failed is tried again; they double while it fails at once
 * @param roundTripMillis what the percentile of the calls of remote parts is to stay within; null is the latency target
 * @param metered whether remote parts are asked over a network that costs by what is sent
 */
public record Policy(
    @Nullable Double latencyTargetMillis,
    double percentile,
    double knee,
    double low,
    double high,
    double warm,
    double hot,
    double holdMillis,
    int dwell,
    int waitRuns,
    @Nullable Double roundTripMillis,
    boolean metered) {
  /** No latency target. */
  public static final Policy DEFAULT = new Policy(null, 0.9, 0.001, 0.15, 0.5, 0.85, 1, 15_000, 64, 512);

  private static final int MOST_RUNS = 1_000_000;

  /** Of remote parts as the defaults say. */
  public Policy(
      @Nullable Double latencyTargetMillis, double percentile, double knee, double low, double high, double warm,
      double hot, double holdMillis, int dwell, int waitRuns) {
    this(latencyTargetMillis, percentile, knee, low, high, warm, hot, holdMillis, dwell, waitRuns, null, false);
  }

  /**
   * @throws ChainException a setting out of its range
   */
  public Policy {
    checkTime("latency_target_ms", latencyTargetMillis);
    checkTime("round_trip_ms", roundTripMillis);
    check("percentile", percentile, 1);
    check("knee", knee, 1);
    check("low", low, 1);
    check("high", high, 1);
    check("warm", warm, 10);
    check("hot", hot, 10);
    check("hold_ms", holdMillis, 1_000_000_000);
    check("dwell", dwell);
    check("wait", waitRuns);
    if (percentile == 0 || percentile == 1) {
      throw refused("percentile", "a number between 0 and 1", Words.real(percentile));
    }
    if (low >= high) {
      throw refused("low", "less than high", Words.real(low));
    }
    if (warm >= hot) {
      throw refused("warm", "less than hot", Words.real(warm));
    }
  }

  /** The defaults with a latency target in milliseconds. */
  public static Policy latencyTargetMillis(double target) {
    return DEFAULT.withLatencyTargetMillis(target);
  }

  /** The same with another latency target; null is none. */
  public Policy withLatencyTargetMillis(@Nullable Double target) {
    return new Policy(
        target, percentile, knee, low, high, warm, hot, holdMillis, dwell, waitRuns, roundTripMillis, metered);
  }

  /** The same with another share of answers that are to meet the target. */
  public Policy withPercentile(double share) {
    return new Policy(latencyTargetMillis, share, knee, low, high, warm, hot, holdMillis, dwell, waitRuns,
        roundTripMillis, metered);
  }

  /** The same with another accuracy that the best point may give up; 0 for the most accurate one. */
  public Policy withKnee(double accuracy) {
    return new Policy(
        latencyTargetMillis, percentile, accuracy, low, high, warm, hot, holdMillis, dwell, waitRuns,
        roundTripMillis, metered);
  }

  /**
   * The same with other rules for remote parts.
   *
   * @param roundTrip what their calls may take, in milliseconds; null is the latency target
   * @param onMetered whether they are asked over a network that costs by what is sent
   */
  public Policy withRemote(@Nullable Double roundTrip, boolean onMetered) {
    return new Policy(latencyTargetMillis, percentile, knee, low, high, warm, hot, holdMillis, dwell, waitRuns,
        roundTrip, onMetered);
  }

  private static void checkTime(String name, @Nullable Double millis) {
    if (millis != null && !(millis > 0 && millis < Double.POSITIVE_INFINITY)) {
      throw refused(name, "a positive finite number or null", Words.real(millis));
    }
  }

  private static void check(String name, double value, int most) {
    if (!(value >= 0 && value <= most)) {
      throw refused(name, "a number from 0 to " + most, Words.real(value));
    }
  }

  private static void check(String name, int runs) {
    if (runs < 1 || runs > MOST_RUNS) {
      throw refused(name, "a whole number from 1 to " + MOST_RUNS, Integer.toString(runs));
    }
  }

  private static ChainException refused(String name, String expected, String received) {
    return new ChainException("policy " + name + ": expected " + expected + ", received " + received);
  }
}
