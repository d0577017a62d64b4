package org.frugal.remote;

import java.util.function.DoubleSupplier;

/**
 * A circuit breaker: what has failed again and again is left alone for a while, after which one call is let through to
 * try. A try that fails opens it again, for twice as long; one that succeeds closes it. Any thread.
 */
final class Breaker {
  private final int most;
  private final long first;
  private final long longest;
  private final DoubleSupplier spread;
  private int failures;
  private long wait;
  private boolean open;
  private boolean trying;
  private long until;

  /**
   * @param most failures in a row, after which it opens
   * @param first nanoseconds that it is open at first
   * @param longest nanoseconds that it is open at most
   * @param spread what the times are multiplied with, 1 to 1.5, so that many devices do not come back at once
   */
  Breaker(int most, long first, long longest, DoubleSupplier spread) {
    this.most = most;
    this.first = first;
    this.longest = longest;
    this.spread = spread;
    wait = first;
  }

  /** Whether to call at {@code now}, in nanoseconds. Of calls at once one is let through as a try. */
  synchronized boolean allows(long now) {
    if (!open) {
      return true;
    }
    if (now - until < 0) {
      return false;
    }
    // Others wait for this one, and try again if it is never heard of.
    until = now + wait;
    trying = true;
    return true;
  }

  /** Takes a call that was answered. */
  synchronized void succeeded() {
    failures = 0;
    wait = first;
    open = false;
    trying = false;
  }

  /** Takes a call that was not, and when that was found. */
  synchronized void failed(long now) {
    failures++;
    if (failures < most || (open && !trying)) {
      return;
    }
    wait = trying ? Math.min(2 * wait, longest) : wait;
    open = true;
    trying = false;
    until = now + (long) (wait * spread.getAsDouble());
  }
}
