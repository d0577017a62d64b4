package org.frugal.app.budget;

import java.util.function.DoubleSupplier;

/** A gauge that must not be asked often: in between it shows what it said last. Any thread. */
final class SeldomGauge {
  private final long pauseMillis;
  private Double last;
  private Long askedAt;

  SeldomGauge(long pauseMillis) {
    this.pauseMillis = pauseMillis;
  }

  /**
   * @param now in milliseconds, of a clock that only goes forward
   * @param gauge asked now unless it was a short time ago; NaN where it does not know
   * @return null for unknown
   */
  synchronized Double read(long now, DoubleSupplier gauge) {
    if (askedAt == null || now - askedAt >= pauseMillis) {
      double value = gauge.getAsDouble();
      last = Double.isNaN(value) ? null : (Double) value;
      askedAt = now;
    }
    return last;
  }
}
