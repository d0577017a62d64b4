package org.frugal.app.budget;

import java.util.function.Supplier;

/** A gauge that must not be asked often: in between it shows what it said last. Any thread. */
final class SeldomGauge<T> {
  private final long pauseMillis;
  private T last;
  private Long askedAt;

  SeldomGauge(long pauseMillis) {
    this.pauseMillis = pauseMillis;
  }

  /**
   * @param now in milliseconds, of a clock that only goes forward
   * @param gauge asked now unless it was a short time ago
   */
  synchronized T read(long now, Supplier<T> gauge) {
    if (askedAt == null || now - askedAt >= pauseMillis) {
      last = gauge.get();
      askedAt = now;
    }
    return last;
  }
}
