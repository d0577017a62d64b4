package org.frugal.app.benchmark;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.ArrayList;
import java.util.List;

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
  public record Sample(double seconds, double p50, double p90, Double celsius, int point) {}

  JsonArray json() {
    JsonArray array = new JsonArray();
    for (Sample sample : samples) {
      array.add(Json.object().add("seconds", sample.seconds()).add("p50_ms", sample.p50()).add("p90_ms", sample.p90())
          .add("celsius", orNull(sample.celsius())).add("point", sample.point()));
    }
    return array;
  }

  /** Reads what {@link #json()} wrote, as far as a curve needs it. */
  static List<Sample> read(JsonArray array) {
    List<Sample> samples = new ArrayList<>();
    for (JsonValue each : array) {
      JsonObject sample = each.asObject();
      JsonValue celsius = sample.get("celsius");
      samples.add(new Sample(
          sample.getDouble("seconds", 0), sample.getDouble("p50_ms", 0), sample.getDouble("p90_ms", 0),
          celsius == null || celsius.isNull() ? null : (Double) celsius.asDouble(), sample.getInt("point", 0)));
    }
    return samples;
  }

  private static JsonValue orNull(Double value) {
    return value == null || value.isNaN() ? Json.NULL : Json.value(value);
  }
}
