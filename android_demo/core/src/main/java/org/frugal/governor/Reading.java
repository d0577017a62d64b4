package org.frugal.governor;

/**
 * What the device says of itself; null (or NaN) where it does not know.
 *
 * @param battery charge from 0 to 1
 * @param charging whether the device is on a charger
 * @param powerSaving whether the user's power saving is on
 * @param thermalStatus Android's scale: 0 none, 1 light, 2 moderate, 3 severe and upwards
 * @param thermalHeadroom 1.0 is the threshold of severe throttling
 * @param manual the point that the caller asks for, as an index; a ceiling like the others
 */
public record Reading(
    Double battery,
    Boolean charging,
    Boolean powerSaving,
    Integer thermalStatus,
    Double thermalHeadroom,
    Integer manual) {
  /** A device that knows nothing. */
  public static final Reading UNKNOWN = new Reading(null, null, null, null, null, null);

  public Reading withBattery(double level, boolean isCharging) {
    return new Reading(level, isCharging, powerSaving, thermalStatus, thermalHeadroom, manual);
  }

  public Reading withPowerSaving(boolean on) {
    return new Reading(battery, charging, on, thermalStatus, thermalHeadroom, manual);
  }

  public Reading withThermalStatus(int status) {
    return new Reading(battery, charging, powerSaving, status, thermalHeadroom, manual);
  }

  public Reading withThermalHeadroom(double headroom) {
    return new Reading(battery, charging, powerSaving, thermalStatus, headroom, manual);
  }

  public Reading withManual(int point) {
    return new Reading(battery, charging, powerSaving, thermalStatus, thermalHeadroom, point);
  }
}
