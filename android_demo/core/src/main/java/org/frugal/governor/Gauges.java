package org.frugal.governor;

/** The ceilings of battery, power saving and heat: each falls at once, and rises with hysteresis. */
final class Gauges {
  private static final int SEVERE = 3;
  private static final int MODERATE = 2;
  /** How far the headroom has to fall below a threshold to count as below it. */
  private static final double HEADROOM_BAND = 0.05;
  /** How much more charge than a place needs lifts the ceiling to it. */
  private static final double BATTERY_BAND = 0.02;

  private final Policy policy;
  private final int top;
  private final Held thermal;
  private final Held powerSaving;
  private final Held battery;
  private int heat;
  private Integer charge;

  /**
   * @param top the highest place of the points offered; the lowest is 0
   */
  Gauges(Policy policy, int top) {
    this.policy = policy;
    this.top = top;
    thermal = new Held(policy.holdMillis());
    powerSaving = new Held(policy.holdMillis());
    battery = new Held(policy.holdMillis());
  }

  /** Takes a reading of now, in milliseconds. */
  void read(Reading reading, double now) {
    boolean charging = Boolean.TRUE.equals(reading.charging());
    boolean saving = Boolean.TRUE.equals(reading.powerSaving()) && !charging;
    thermal.add(heatCeiling(reading), now);
    powerSaving.add(saving ? top / 3 : Held.NONE, now);
    battery.add(charging ? uncharged() : batteryCeiling(reading.battery()), now);
  }

  /** The ceiling in force of a gauge: a place, or {@link Held#NONE}. */
  int ceiling(Ceiling gauge) {
    switch (gauge) {
      case THERMAL:
        return thermal.least();
      case POWER_SAVING:
        return powerSaving.least();
      default:
        return battery.least();
    }
  }

  private int heatCeiling(Reading reading) {
    int now = 0;
    Double headroom = reading.thermalHeadroom();
    if (headroom != null && !headroom.isNaN()) {
      heat = Math.min(Math.max(heat, warmth(headroom)), warmth(headroom + HEADROOM_BAND));
      now = heat;
    }
    int status = reading.thermalStatus() == null ? 0 : reading.thermalStatus();
    now = Math.max(now, status >= SEVERE ? 2 : status >= MODERATE ? 1 : 0);
    return now == 2 ? 0 : now == 1 ? top / 2 : Held.NONE;
  }

  private int warmth(double headroom) {
    return headroom >= policy.hot() ? 2 : headroom >= policy.warm() ? 1 : 0;
  }

  private int uncharged() {
    charge = null;
    return Held.NONE;
  }

  private int batteryCeiling(Double level) {
    if (level == null || level.isNaN()) {
      return uncharged();
    }
    int most = place(level);
    int last = charge == null ? most : charge;
    charge = Math.min(Math.max(last, place(level - BATTERY_BAND)), most);
    return charge == top ? Held.NONE : charge;
  }

  private int place(double level) {
    if (level >= policy.high()) {
      return top;
    }
    if (level <= policy.low()) {
      return 0;
    }
    return (int) Math.floor(top * (level - policy.low()) / (policy.high() - policy.low()));
  }
}
