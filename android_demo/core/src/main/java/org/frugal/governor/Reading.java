package org.frugal.governor;

import org.jspecify.annotations.Nullable;

/**
 * What the device says of itself; null (or NaN) where it does not know.
 *
 * @param battery charge from 0 to 1
 * @param charging whether the device is on a charger
 * @param powerSaving whether the user's power saving is on
 * @param thermalStatus Android's scale: 0 none, 1 light, 2 moderate, 3 severe and upwards
 * @param thermalHeadroom 1.0 is the threshold of severe throttling
 * @param manual the point that the caller asks for, as an index; it is taken unless a ceiling is lower
 * @param timeMillis when, in milliseconds of any clock that does not go back
 * @param offline whether there is no network
 * @param metered whether the network costs by what is sent
 */
public record Reading(
    @Nullable Double battery,
    @Nullable Boolean charging,
    @Nullable Boolean powerSaving,
    @Nullable Integer thermalStatus,
    @Nullable Double thermalHeadroom,
    @Nullable Integer manual,
    @Nullable Double timeMillis,
    @Nullable Boolean offline,
    @Nullable Boolean metered) {
  /** A device that knows nothing. */
  public static final Reading UNKNOWN = new Reading(null, null, null, null, null, null);

  /** Without a time. */
  public Reading(
      @Nullable Double battery, @Nullable Boolean charging, @Nullable Boolean powerSaving,
      @Nullable Integer thermalStatus, @Nullable Double thermalHeadroom, @Nullable Integer manual) {
    this(battery, charging, powerSaving, thermalStatus, thermalHeadroom, manual, null);
  }

  /** Of a device that says nothing of its network. */
  public Reading(
      @Nullable Double battery, @Nullable Boolean charging, @Nullable Boolean powerSaving,
      @Nullable Integer thermalStatus, @Nullable Double thermalHeadroom, @Nullable Integer manual,
      @Nullable Double timeMillis) {
    this(battery, charging, powerSaving, thermalStatus, thermalHeadroom, manual, timeMillis, null, null);
  }

  public Reading withBattery(double level, boolean isCharging) {
    return new Reading(
        level, isCharging, powerSaving, thermalStatus, thermalHeadroom, manual, timeMillis, offline, metered);
  }

  public Reading withPowerSaving(boolean on) {
    return new Reading(
        battery, charging, on, thermalStatus, thermalHeadroom, manual, timeMillis, offline, metered);
  }

  public Reading withThermalStatus(int status) {
    return new Reading(
        battery, charging, powerSaving, status, thermalHeadroom, manual, timeMillis, offline, metered);
  }

  public Reading withThermalHeadroom(double headroom) {
    return new Reading(
        battery, charging, powerSaving, thermalStatus, headroom, manual, timeMillis, offline, metered);
  }

  public Reading withManual(int point) {
    return new Reading(
        battery, charging, powerSaving, thermalStatus, thermalHeadroom, point, timeMillis, offline, metered);
  }

  public Reading withTimeMillis(double time) {
    return new Reading(
        battery, charging, powerSaving, thermalStatus, thermalHeadroom, manual, time, offline, metered);
  }

  /** The same with what the device says of its network. */
  public Reading withNetwork(boolean isOffline, boolean isMetered) {
    return new Reading(
        battery, charging, powerSaving, thermalStatus, thermalHeadroom, manual, timeMillis, isOffline, isMetered);
  }
}
