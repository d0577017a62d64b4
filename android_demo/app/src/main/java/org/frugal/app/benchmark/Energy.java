package org.frugal.app.benchmark;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import org.frugal.app.budget.DeviceReading;

/**
 * Energy of an answer by the battery's charge counter: what was drawn under load less what was drawn idle.
 *
 * @param microjoules of one answer, or null
 * @param why there is no number, or null
 */
public record Energy(Double microjoules, Unknown why) {
  /** Why a phone cannot tell. */
  public enum Unknown {
    NO_COUNTER,
    NO_VOLTAGE,
    CHARGING,
    /** The counter moves in steps too large for so short a time. */
    COUNTER_STOOD_STILL,
    /** Something else on the phone drew more while it was idle. */
    IDLE_DREW_MORE
  }

  private static final double COULOMBS_PER_MICROAMP_HOUR = 3.6e-3;

  /** Whether a phone can be measured now; null if it can. */
  static Unknown obstacle(DeviceReading reading) {
    if (reading.microampHours() == null) {
      return Unknown.NO_COUNTER;
    }
    if (reading.volts() == null) {
      return Unknown.NO_VOLTAGE;
    }
    return Boolean.FALSE.equals(reading.charging()) ? null : Unknown.CHARGING;
  }

  /**
   * @param start before the load
   * @param middle after it, and before the idle time
   * @param end after the idle time
   */
  static Energy of(
      DeviceReading start, DeviceReading middle, DeviceReading end, double loadSeconds, double idleSeconds,
      long answers) {
    for (DeviceReading reading : new DeviceReading[] {start, middle, end}) {
      if (obstacle(reading) != null) {
        return new Energy(null, obstacle(reading));
      }
    }
    double load = joules(start, middle);
    if (load <= 0) {
      return new Energy(null, Unknown.COUNTER_STOOD_STILL);
    }
    double own = load - joules(middle, end) * loadSeconds / idleSeconds;
    return own > 0 ? new Energy(own * 1e6 / answers, null) : new Energy(null, Unknown.IDLE_DREW_MORE);
  }

  private static double joules(DeviceReading from, DeviceReading to) {
    double coulombs = (from.microampHours() - to.microampHours()) * COULOMBS_PER_MICROAMP_HOUR;
    return coulombs * (from.volts() + to.volts()) / 2;
  }

  JsonObject json() {
    return Json.object().add("microjoules_per_answer", microjoules == null ? Json.NULL : Json.value(microjoules))
        .add("unknown", why == null ? Json.NULL : Json.value(why.name().toLowerCase(java.util.Locale.ROOT)));
  }
}
