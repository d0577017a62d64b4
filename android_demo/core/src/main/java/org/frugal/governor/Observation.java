package org.frugal.governor;

import org.frugal.ChainException;
import org.frugal.Event;
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
 * @param roundTripMillis of the longest call of a remote part that gave its outputs; null if there was none
 * @param lost whether a remote part was asked in vain
 */
public record Observation(
    double latencyMillis, @Nullable Double slowdown, boolean cut, @Nullable Integer point,
    @Nullable Double roundTripMillis, boolean lost) {
  /**
   * @throws ChainException a latency or round trip that is no finite number of at least 0, or a slowdown that is none
   *     above 0
   */
  public Observation {
    check("latency", latencyMillis);
    check("round trip", roundTripMillis == null ? 0 : roundTripMillis);
    if (slowdown != null && !(slowdown > 0 && slowdown < Double.POSITIVE_INFINITY)) {
      throw new ChainException(
          "observe: expected a finite slowdown above 0 or null, received " + Words.real(slowdown));
    }
  }

  /** Of a run that asked for no remote part. */
  public Observation(double latencyMillis, @Nullable Double slowdown, boolean cut, @Nullable Integer point) {
    this(latencyMillis, slowdown, cut, point, null, false);
  }

  private static void check(String name, double millis) {
    if (!(millis >= 0 && millis < Double.POSITIVE_INFINITY)) {
      throw new ChainException(
          "observe: expected a finite " + name + " of at least 0 ms, received " + Words.real(millis));
    }
  }

  /** What a result says of its run. */
  public static Observation of(Result result) {
    Double slowdown = Double.isNaN(result.slowdown()) ? null : (Double) result.slowdown();
    Double roundTrip = null;
    boolean lost = false;
    for (Event event : result.events()) {
      if (event.kind() == Event.Kind.REMOTE) {
        roundTrip = Math.max(roundTrip == null ? 0 : roundTrip, event.nanos() / 1e6);
      }
      lost |= event.kind() == Event.Kind.FAILED && "error".equals(event.why());
    }
    boolean cut = result.reason() == Reason.LATENCY;
    return new Observation(result.elapsedMillis(), slowdown, cut, null, roundTrip, lost);
  }

  /** A latency alone. */
  public static Observation ofMillis(double latency) {
    return new Observation(latency, null, false, null);
  }
}
