package org.frugal.governor;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import com.eclipsesource.json.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.frugal.ChainException;
import org.frugal.Words;
import org.jspecify.annotations.Nullable;

/**
 * What a governor was shown, with its points and its policy, so that it decides the same once more. docs/bundle.md has
 * the form of the file, which Python reads too; one that was written by hand needs the events alone.
 *
 * @param description in words
 * @param events {@link Reading}s and {@link Observation}s, in the order in which they came
 * @param points that it chose among; empty if they are not known
 * @param policy what it aimed at; null if that is not known
 * @param decisions one a reading; empty if they are not known
 */
public record Recording(
    String description, List<Object> events, List<Point> points, @Nullable Policy policy, List<Decision> decisions) {
  public static final String FORMAT = "frugal-trace";
  private static final Set<String> READING = Set.of(
      "battery", "charging", "power_saving", "thermal_status", "thermal_headroom", "manual", "time_ms", "offline",
      "metered");
  private static final Set<String> OBSERVATION = 
      Set.of("latency_ms", "slowdown", "cut", "point", "round_trip_ms", "lost");

  /**
   * What a new governor of these points and this policy decides at each reading.
   *
   * @throws ChainException points or policy are not known
   */
  public List<Decision> replay() {
    if (points.isEmpty() || policy == null) {
      throw new ChainException(
          "trace: expected one with points and a policy to replay, received one without");
    }
    return replay(Governor.of(points, policy));
  }

  /** The same of another governor, which has been shown nothing yet. */
  public List<Decision> replay(Governor governor) {
    List<Decision> made = new ArrayList<>();
    for (Object event : events) {
      if (event instanceof Reading reading) {
        made.add(governor.decide(reading));
      } else {
        governor.observe((Observation) event);
      }
    }
    return made;
  }

  /** The content of a file. */
  public JsonObject json() {
    JsonObject file = Json.object().add("format", FORMAT).add("description", description);
    if (!points.isEmpty()) {
      JsonArray rows = new JsonArray();
      points.forEach(each ->
          rows.add(new JsonArray().add(each.name()).add(value(each.accuracy())).add(value(each.cost()))));
      file.add("points", rows);
    }
    if (policy != null) {
      file.add("policy", Json.object().add("latency_target_ms", value(policy.latencyTargetMillis()))
          .add("percentile", policy.percentile()).add("knee", policy.knee()).add("low", policy.low())
          .add("high", policy.high()).add("warm", policy.warm()).add("hot", policy.hot())
          .add("hold_ms", policy.holdMillis()).add("dwell", policy.dwell()).add("wait", policy.waitRuns())
          .add("round_trip_ms", value(policy.roundTripMillis())).add("metered", policy.metered()));
    }
    if (!decisions.isEmpty()) {
      JsonArray rows = new JsonArray();
      decisions.forEach(each -> rows.add(json(each)));
      file.add("decisions", rows);
    }
    JsonArray shown = new JsonArray();
    events.forEach(each -> shown.add(each instanceof Reading reading ? json(reading) : json((Observation) each)));
    return file.add("events", shown);
  }

  /** The point, what set it, and why nothing remote is to be asked, if there is a reason. */
  static JsonArray json(Decision decision) {
    JsonArray row = new JsonArray().add(decision.point()).add(decision.reason().label());
    return decision.local() == null ? row : row.add(decision.local().label());
  }

  /** What is unknown is left out. */
  private static JsonValue json(Reading reading) {
    JsonObject known = Json.object();
    add(known, "battery", value(reading.battery()));
    add(known, "charging", truth(reading.charging()));
    add(known, "power_saving", truth(reading.powerSaving()));
    add(known, "thermal_status", whole(reading.thermalStatus()));
    add(known, "thermal_headroom", value(reading.thermalHeadroom()));
    add(known, "manual", whole(reading.manual()));
    add(known, "time_ms", value(reading.timeMillis()));
    add(known, "offline", truth(reading.offline()));
    add(known, "metered", truth(reading.metered()));
    return known;
  }

  /** A run of which only the latency is known is a number. */
  private static JsonValue json(Observation run) {
    JsonObject known = Json.object().add("latency_ms", run.latencyMillis());
    add(known, "slowdown", value(run.slowdown()));
    add(known, "cut", run.cut() ? Json.TRUE : Json.NULL);
    add(known, "point", whole(run.point()));
    add(known, "round_trip_ms", value(run.roundTripMillis()));
    add(known, "lost", run.lost() ? Json.TRUE : Json.NULL);
    return known.size() == 1 ? known.get("latency_ms") : known;
  }

  private static void add(JsonObject known, String name, JsonValue value) {
    if (!value.isNull()) {
      known.add(name, value);
    }
  }

  private static JsonValue value(Double number) {
    return number == null ? Json.NULL : Json.value(number);
  }

  private static JsonValue whole(Integer number) {
    return number == null ? Json.NULL : Json.value(number);
  }

  private static JsonValue truth(Boolean value) {
    return value == null ? Json.NULL : Json.value(value);
  }

  /**
   * Reads the content of a file.
   *
   * @throws ChainException it is no recording
   */
  public static Recording read(String text) {
    try {
      return read(Json.parse(text).asObject());
    } catch (ParseException | UnsupportedOperationException error) {
      throw refusal(error);
    }
  }

  /** The same of one that is part of another file. */
  public static Recording read(JsonObject file) {
    if (!FORMAT.equals(file.getString("format", null))) {
      throw new ChainException("trace: expected the format \"" + FORMAT + "\", received " + file.get("format"));
    }
    try {
      List<Object> events = new ArrayList<>();
      for (JsonValue each : file.get("events").asArray()) {
        events.add(each.isNumber() ? Observation.ofMillis(each.asDouble()) : event(each.asObject()));
      }
      List<Point> points = new ArrayList<>();
      for (JsonValue each : list(file, "points")) {
        JsonArray row = each.asArray();
        points.add(new Point(row.get(0).asString(), number(row.get(1)), number(row.get(2))));
      }
      Policy policy = file.get("policy") == null ? null : policy(file.get("policy").asObject());
      List<Decision> decisions = new ArrayList<>();
      for (JsonValue each : list(file, "decisions")) {
        JsonArray row = each.asArray();
        int point = row.get(0).asInt();
        Local local = row.size() < 3 ? null : labelled(Local.values(), Local::label, row.get(2).asString());
        Ceiling reason = labelled(Ceiling.values(), Ceiling::label, row.get(1).asString());
        decisions.add(new Decision(point, points.get(point).name(), reason, local));
      }
      return new Recording(file.getString("description", ""), events, points, policy, decisions);
    } catch (UnsupportedOperationException | NumberFormatException | NullPointerException
        | IndexOutOfBoundsException error) {
      throw refusal(error);
    }
  }

  private static ChainException refusal(RuntimeException error) {
    return new ChainException(
        "trace: expected latencies and readings, received others: " + Words.shown(String.valueOf(error.getMessage())));
  }

  private static JsonArray list(JsonObject file, String name) {
    return file.get(name) == null ? new JsonArray() : file.get(name).asArray();
  }

  private static <T> T labelled(T[] all, Function<T, String> labelOf, String label) {
    for (T each : all) {
      if (labelOf.apply(each).equals(label)) {
        return each;
      }
    }
    throw new UnsupportedOperationException(label);
  }

  private static Object event(JsonObject event) {
    boolean run = event.get("latency_ms") != null;
    for (String key : event.names()) {
      if (!(run ? OBSERVATION : READING).contains(key)) {
        throw new ChainException("trace: expected a " + (run ? "run" : "reading") + " of "
            + Words.list(new TreeSet<>(run ? OBSERVATION : READING)) + ", received "
            + Words.shown(Words.quote(key)));
      }
    }
    if (run) {
      return new Observation(event.get("latency_ms").asDouble(), number(event.get("slowdown")),
          Boolean.TRUE.equals(truth(event.get("cut"))), integer(event.get("point")),
          number(event.get("round_trip_ms")), Boolean.TRUE.equals(truth(event.get("lost"))));
    }
    return new Reading(
        number(event.get("battery")), truth(event.get("charging")), truth(event.get("power_saving")),
        integer(event.get("thermal_status")), number(event.get("thermal_headroom")), integer(event.get("manual")),
        number(event.get("time_ms")), truth(event.get("offline")), truth(event.get("metered")));
  }

  private static Policy policy(JsonObject policy) {
    Policy usual = Policy.DEFAULT;
    return new Policy(
        number(policy.get("latency_target_ms")), policy.getDouble("percentile", usual.percentile()),
        policy.getDouble("knee", usual.knee()), policy.getDouble("low", usual.low()),
        policy.getDouble("high", usual.high()), policy.getDouble("warm", usual.warm()),
        policy.getDouble("hot", usual.hot()), policy.getDouble("hold_ms", usual.holdMillis()),
        policy.getInt("dwell", usual.dwell()), policy.getInt("wait", usual.waitRuns()),
        number(policy.get("round_trip_ms")), policy.getBoolean("metered", usual.metered()));
  }

  private static Double number(JsonValue value) {
    return value == null || value.isNull() ? null : (Double) value.asDouble();
  }

  private static Integer integer(JsonValue value) {
    return value == null || value.isNull() ? null : (Integer) value.asInt();
  }

  private static Boolean truth(JsonValue value) {
    return value == null || value.isNull() ? null : (Boolean) value.asBoolean();
  }
}
