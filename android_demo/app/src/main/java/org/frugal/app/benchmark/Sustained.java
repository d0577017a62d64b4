package org.frugal.app.benchmark;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.frugal.app.budget.DeviceReading;
import org.frugal.app.budget.Trace;
import org.frugal.governor.Reading;

/**
 * Load over minutes: one sample a second or so, of the latencies in it, the phone's heat, and the governor's choice.
 */
public record Sustained(List<Sample> samples) {
  /**
   * @param seconds since the start
   * @param p50 median latency in ms of the answers since the last sample
   * @param celsius of the battery, or null
   * @param point index of the operating point
   */
  public record Sample(double seconds, double p50, double p90, Double celsius, int point, DeviceReading device) {}

  JsonArray json() {
    JsonArray array = new JsonArray();
    for (Sample sample : samples) {
      array.add(Json.object().add("seconds", sample.seconds()).add("p50_ms", sample.p50()).add("p90_ms", sample.p90())
          .add("celsius", orNull(sample.celsius())).add("point", sample.point()));
    }
    return array;
  }

  /**
   * The same as a trace that the Budget screen can play: what was seen, not what was decided.
   *
   * @param shown what the governor is shown of the phone
   */
  JsonObject trace(String description, Function<DeviceReading, Reading> shown) {
    JsonArray events = new JsonArray();
    for (int i = 0; i < samples.size(); i++) {
      Reading reading = decidedOn(shown.apply(samples.get(i).device()), samples.subList(0, i));
      events.add(Json.object().add("battery", orNull(reading.battery()))
          .add("charging", truth(reading.charging())).add("power_saving", truth(reading.powerSaving()))
          .add("thermal_status", whole(reading.thermalStatus()))
          .add("thermal_headroom", orNull(reading.thermalHeadroom())).add("manual", whole(reading.manual()))
          .add("time_ms", orNull(reading.timeMillis())));
      events.add(samples.get(i).p90());
    }
    return Json.object().add("format", Trace.FORMAT).add("description", description).add("events", events);
  }

  /** A reading with its time: that of the sample before it. */
  static Reading decidedOn(Reading reading, List<Sample> before) {
    return reading.withTimeMillis(before.isEmpty() ? 0 : 1000 * before.get(before.size() - 1).seconds());
  }

  /** Reads what {@link #json()} wrote, as far as a curve needs it. */
  static List<Sample> read(JsonArray array) {
    List<Sample> samples = new ArrayList<>();
    for (JsonValue each : array) {
      JsonObject sample = each.asObject();
      JsonValue celsius = sample.get("celsius");
      samples.add(new Sample(
          sample.getDouble("seconds", 0), sample.getDouble("p50_ms", 0), sample.getDouble("p90_ms", 0),
          celsius == null || celsius.isNull() ? null : (Double) celsius.asDouble(), sample.getInt("point", 0),
          DeviceReading.UNKNOWN));
    }
    return samples;
  }

  private static JsonValue orNull(Double value) {
    return value == null || value.isNaN() ? Json.NULL : Json.value(value);
  }

  private static JsonValue whole(Integer value) {
    return value == null ? Json.NULL : Json.value(value);
  }

  private static JsonValue truth(Boolean value) {
    return value == null ? Json.NULL : Json.value(value);
  }
}
