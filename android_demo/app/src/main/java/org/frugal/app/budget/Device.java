package org.frugal.app.budget;

/** The phone's gauges. */
public interface Device {
  DeviceReading read();
}
