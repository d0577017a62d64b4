package org.frugal.app.budget;

import org.frugal.governor.Reading;

/**
 * What the phone says of itself; null where it says nothing.
 *
 * @param battery charge from 0 to 1
 * @param charging whether the battery is being charged
 * @param plugged whether the phone runs from a plug, with a full battery too
 * @param screenOn whether the screen is lit
 * @param thermalStatus Android's scale from 0 (none) to 6 (shutdown)
 * @param thermalHeadroom 1.0 is the threshold of severe throttling
 * @param celsius of the battery
 * @param volts of the battery
 * @param microampHours that the charge counter shows
 */
public record DeviceReading(
    Double battery,
    Boolean charging,
    Boolean plugged,
    Boolean powerSaving,
    Boolean screenOn,
    Integer thermalStatus,
    Double thermalHeadroom,
    Double celsius,
    Double volts,
    Long microampHours) {
  public static final DeviceReading UNKNOWN =
      new DeviceReading(null, null, null, null, null, null, null, null, null, null);

  /** The part of it that a governor looks at. */
  public Reading reading() {
    return new Reading(battery, charging, powerSaving, thermalStatus, thermalHeadroom, null);
  }
}
