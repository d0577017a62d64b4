package org.frugal.governor;

import org.jspecify.annotations.Nullable;

/**
 * Whether remote parts are asked: not while they usually take too long, but for a try after a wait. A try that is quick
 * ends that at once; each one that is not doubles the wait.
 */
final class Reach {
  private static final double FIRST_WAIT_MILLIS = 2000;
  private static final double LONGEST_WAIT_MILLIS = 64_000;

  private final double limit;
  private final RoundTrips trips;
  private boolean avoided;
  /** When they were last seen to take too long. */
  private double since;
  private double wait = FIRST_WAIT_MILLIS;

  /**
   * @param limitMillis what a call may take; null where only those that are lost take too long
   */
  Reach(@Nullable Double limitMillis, double percentile) {
    limit = limitMillis == null ? Double.MAX_VALUE : limitMillis;
    trips = new RoundTrips(percentile);
  }

  /** Takes how long a call took, infinite for one that was lost, and when; both in milliseconds. */
  void observe(double millis, double now) {
    if (avoided && millis <= limit) {
      trips.forget();
      avoided = false;
      wait = FIRST_WAIT_MILLIS;
    } else if (avoided) {
      since = now;
      wait = Math.min(2 * wait, LONGEST_WAIT_MILLIS);
    }
    trips.observe(millis);
    if (!avoided && trips.usual() > limit) {
      avoided = true;
      since = now;
    }
  }

  /** Whether to ask now, in milliseconds. */
  boolean allows(double now) {
    return !avoided || now - since >= wait;
  }
}
