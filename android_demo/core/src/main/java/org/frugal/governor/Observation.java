package org.frugal.governor;

import org.frugal.ChainException;
import org.frugal.Reason;
import org.frugal.Result;
import org.frugal.Words;
import org.jspecify.annotations.Nullable;

/**
 * One run, as a governor is told of it.
 *
 * @param latencyMillis from the call to the answer
 * @param slowdown how many times longer its parts took than their medians at load ({@link Result#slowdown}); null if
 *     unknown
 * @param cut whether its budget's latency ended it before the rule of an exit did
 * @param point index of the operating point that it ran at; null for the one decided last
 */
public record Observation(double latencyMillis, @Nullable Double slowdown, boolean cut, @Nullable Integer point) {
  /**
   * @throws ChainException a latency that is no finite number of at least 0, or a slowdown that is none above 0
   */
  public Observation {
    if (!(latencyMillis >= 0 && latencyMillis < Double.POSITIVE_INFINITY)) {
      throw new ChainException(
          "observe: expected a finite latency of at least 0 ms, received " + Words.real(latencyMillis));
    }
    if (slowdown != null && !(slowdown > 0 && slowdown < Double.POSITIVE_INFINITY)) {
      throw new ChainException(
          "observe: expected a finite slowdown above 0 or null, received " + Words.real(slowdown));
    }
  }

  /** What a result says of its run. */
  public static Observation of(Result result) {
    Double slowdown = Double.isNaN(result.slowdown()) ? null : (Double) result.slowdown();
    return new Observation(result.elapsedMillis(), slowdown, result.reason() == Reason.LATENCY, null);
  }

  /** A latency alone. */
  public static Observation ofMillis(double latency) {
    return new Observation(latency, null, false, null);
  }
}
