package org.frugal.app.budget;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import com.eclipsesource.json.ParseException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.frugal.governor.Decision;
import org.frugal.governor.Governor;
import org.frugal.governor.Observation;
import org.frugal.governor.Reading;

/**
 * A recorded trace: runs and readings of a phone's gauges, in the order in which they came. A run that is a number is a
 * latency in ms. The report of a sustained benchmark holds one as its {@code trace}, and is read as that.
 *
 * <pre>{"format": "frugal-trace", "description": "...",
 *  "events": [1.5, {"latency_ms": 1.4, "slowdown": 1.1}, {"battery": 0.8, "time_ms": 33.3}, ...]}</pre>
 *
 * @param description in words
 * @param events an Observation or a Reading each
 */
public record Trace(String description, List<Object> events) {
  public static final String FORMAT = "frugal-trace";
  private static final Set<String> KEYS =
      Set.of("battery", "charging", "power_saving", "thermal_status", "thermal_headroom", "manual", "time_ms");
  private static final String LATENCY = "latency_ms";
  private static final Set<String> RUN_KEYS = Set.of(LATENCY, "slowdown", "cut", "point");

  /** A reading, and what the governor made of it. */
  public record Frame(Reading reading, Decision decision) {}

  /**
   * @throws IOException it is no trace: the message says what was expected
   */
  public static Trace read(String json) throws IOException {
    try {
      JsonObject file = Json.parse(json).asObject();
      if (file.get("trace") != null) {
        file = file.get("trace").asObject();
      }
      if (!FORMAT.equals(file.getString("format", null))) {
        throw new IOException("expected the format \"" + FORMAT + "\", received " + file.get("format"));
      }
      List<Object> events = new ArrayList<>();
      for (JsonValue event : file.get("events").asArray()) {
        events.add(event.isNumber() ? Observation.ofMillis(latency(event.asDouble()))
            : event.asObject().get(LATENCY) != null ? run(event.asObject()) : reading(event.asObject()));
      }
      if (events.stream().noneMatch(Reading.class::isInstance)) {
        throw new IOException("expected at least one reading, received " + events.size() + " latencies");
      }
      return new Trace(file.getString("description", ""), events);
    } catch (ParseException | UnsupportedOperationException | NumberFormatException | NullPointerException error) {
      throw new IOException("expected a trace of latencies and readings, received: " + error.getMessage(), error);
    }
  }

  private static double latency(double millis) throws IOException {
    if (!(millis >= 0 && millis < Double.POSITIVE_INFINITY)) {
      throw new IOException("expected a finite latency of at least 0 ms, received " + millis);
    }
    return millis;
  }

  private static Observation run(JsonObject event) throws IOException {
    check(event, "run", RUN_KEYS);
    Double slowdown = number(event.get("slowdown"));
    if (slowdown != null && !(slowdown > 0 && slowdown < Double.POSITIVE_INFINITY)) {
      throw new IOException("expected a finite slowdown above 0, received " + slowdown);
    }
    boolean cut = Boolean.TRUE.equals(truth(event.get("cut")));
    return new Observation(latency(event.get(LATENCY).asDouble()), slowdown, cut, whole(event.get("point")));
  }

  private static Reading reading(JsonObject event) throws IOException {
    check(event, "reading", KEYS);
    return new Reading(
        number(event.get("battery")), truth(event.get("charging")), truth(event.get("power_saving")),
        whole(event.get("thermal_status")), number(event.get("thermal_headroom")), whole(event.get("manual")),
        number(event.get("time_ms")));
  }

  private static void check(JsonObject event, String kind, Set<String> keys) throws IOException {
    for (String key : event.names()) {
      if (!keys.contains(key)) {
        throw new IOException(
            "expected a " + kind + " of " + new java.util.TreeSet<>(keys) + ", received \"" + key + "\"");
      }
    }
  }

  private static Double number(JsonValue value) {
    return value == null || value.isNull() ? null : (Double) value.asDouble();
  }

  private static Integer whole(JsonValue value) {
    return value == null || value.isNull() ? null : (Integer) value.asInt();
  }

  private static Boolean truth(JsonValue value) {
    return value == null || value.isNull() ? null : (Boolean) value.asBoolean();
  }

  /** What a new governor decides at each reading. */
  public List<Frame> play(Governor governor) {
    List<Frame> frames = new ArrayList<>();
    for (Object event : events) {
      if (event instanceof Reading reading) {
        frames.add(new Frame(reading, governor.decide(reading)));
      } else {
        governor.observe((Observation) event);
      }
    }
    return frames;
  }
}
