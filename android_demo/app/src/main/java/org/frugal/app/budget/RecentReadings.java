package org.frugal.app.budget;

import java.util.function.LongSupplier;

/**
 * Readings of a phone's gauges that are at most a second old. Each of them is a call to another process, and a camera
 * asks for thirty answers a second, while a battery and its heat take minutes to change. Any thread.
 */
public final class RecentReadings implements Device {
  /** How old a reading may be, in milliseconds. */
  public static final long OLDEST_MILLIS = 1000;

  private final SeldomGauge<DeviceReading> readings = new SeldomGauge<>(OLDEST_MILLIS);
  private final Device device;
  private final LongSupplier clock;

  /**
   * @param clock milliseconds of a clock that only goes forward
   */
  public RecentReadings(Device device, LongSupplier clock) {
    this.device = device;
    this.clock = clock;
  }

  @Override
  public DeviceReading read() {
    return readings.read(clock.getAsLong(), device::read);
  }
}
