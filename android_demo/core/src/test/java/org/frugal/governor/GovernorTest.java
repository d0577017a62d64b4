package org.frugal.governor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.frugal.ChainException;
import org.frugal.TestFiles;
import org.frugal.bundle.Bundle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Decisions worked out by hand from docs/bundle.md, and the traces that Python has decided on. */
class GovernorTest {
  private static final List<String> SEVEN = List.of("a", "b", "c", "d", "e", "f", "g");
  private static final List<Point> MEASURED = List.of(
      new Point("a", 0.8, 1.0), new Point("b", 0.9, 2.0), new Point("c", 0.85, 3.0), new Point("d", 0.95, 4.0),
      new Point("e", 0.9505, 9.0));

  private static void check(Reading reading, int point, Ceiling reason) {
    Decision decision = new Governor(SEVEN, Policy.DEFAULT).decide(reading);
    assertEquals(new Decision(point, SEVEN.get(point), reason), decision);
  }

  @Test
  void aDeviceThatKnowsNothingGetsTheBest() {
    check(Reading.UNKNOWN, 6, Ceiling.BEST);
    check(Reading.UNKNOWN.withThermalHeadroom(Double.NaN).withBattery(Double.NaN, false).withTimeMillis(Double.NaN), 6,
        Ceiling.BEST);
  }

  @Test
  void heat() {
    check(Reading.UNKNOWN.withThermalStatus(1), 6, Ceiling.BEST);
    check(Reading.UNKNOWN.withThermalStatus(2), 3, Ceiling.THERMAL);
    check(Reading.UNKNOWN.withThermalStatus(3), 0, Ceiling.THERMAL);
    check(Reading.UNKNOWN.withThermalHeadroom(0.85), 3, Ceiling.THERMAL);
    check(Reading.UNKNOWN.withThermalHeadroom(1.0), 0, Ceiling.THERMAL);
  }

  @Test
  void battery() {
    // floor(6 * (.3 - .15) / .35) = floor(2.57) and floor(6 * .34 / .35) = floor(5.83).
    check(Reading.UNKNOWN.withBattery(0.3, false), 2, Ceiling.BATTERY);
    check(Reading.UNKNOWN.withBattery(0.49, false), 5, Ceiling.BATTERY);
    check(Reading.UNKNOWN.withBattery(0.15, false), 0, Ceiling.BATTERY);
    check(Reading.UNKNOWN.withBattery(0.5, false), 6, Ceiling.BEST);
    check(Reading.UNKNOWN.withBattery(0.15, true), 6, Ceiling.BEST);
  }

  @Test
  void theLowestCeilingDecidesAndTheFirstAmongEquals() {
    check(Reading.UNKNOWN.withManual(2).withPowerSaving(true), 2, Ceiling.MANUAL);
    check(Reading.UNKNOWN.withBattery(0.3, false).withPowerSaving(true), 2, Ceiling.POWER_SAVING);
    check(Reading.UNKNOWN.withManual(4).withThermalStatus(3), 0, Ceiling.THERMAL);
    check(Reading.UNKNOWN.withManual(-1), 0, Ceiling.MANUAL);
    check(Reading.UNKNOWN.withManual(99), 6, Ceiling.MANUAL);
  }

  @Test
  void aHeadroomBetweenTwoValuesAroundAThresholdFlipsNothing() {
    Governor governor = new Governor(SEVEN, Policy.DEFAULT);
    for (int i = 0; i < 600; i++) {
      Reading reading = Reading.UNKNOWN.withThermalHeadroom(i % 2 == 0 ? 0.86 : 0.84).withTimeMillis(1000 * i);
      assertEquals(3, governor.decide(reading).point());
    }
  }

  @Test
  void aCeilingOfAReadingOutlastsIt() {
    Governor governor = new Governor(SEVEN, Policy.DEFAULT);
    assertEquals(0, governor.decide(Reading.UNKNOWN.withThermalStatus(3).withTimeMillis(0)).point());
    assertEquals(0, governor.decide(Reading.UNKNOWN.withTimeMillis(15_000)).point());
    assertEquals(6, governor.decide(Reading.UNKNOWN.withTimeMillis(15_001)).point());
    assertEquals(6, governor.decide(Reading.UNKNOWN.withTimeMillis(0)).point(), "a clock does not go back");
  }

  @Test
  void dominatedPointsAreNotOfferedAndTheBestIsTheKnee() {
    assertEquals(new Decision(3, "d", Ceiling.BEST), Governor.of(MEASURED, Policy.DEFAULT).decide(Reading.UNKNOWN));
    // Three points are offered: floor(2 / 2) = 1 is b.
    assertEquals(new Decision(1, "b", Ceiling.THERMAL),
        Governor.of(MEASURED, Policy.DEFAULT).decide(Reading.UNKNOWN.withThermalStatus(2)));
    assertEquals(new Decision(2, "c", Ceiling.MANUAL),
        Governor.of(MEASURED, Policy.DEFAULT).decide(Reading.UNKNOWN.withManual(2)));
    assertEquals(new Decision(4, "e", Ceiling.BEST),
        Governor.of(MEASURED, Policy.DEFAULT.withKnee(0)).decide(Reading.UNKNOWN));
  }

  @Test
  void aBundlesPointsAreLookedAtWithTheirAccuracyAndCost() {
    // Equally accurate, each more expensive than the one before: the first is all that is offered.
    Bundle bundle = Bundle.load(TestFiles.bundle("steps"));
    assertEquals(new Decision(0, "p0", Ceiling.BEST),
        Governor.of(bundle.manifest(), Policy.DEFAULT).decide(Reading.UNKNOWN));
    assertEquals(new Decision(2, "p2", Ceiling.MANUAL),
        Governor.of(bundle.manifest(), Policy.DEFAULT).decide(Reading.UNKNOWN.withManual(2)));
  }

  @Test
  void aReadingChangesOneThingAtATime() {
    Reading all = Reading.UNKNOWN.withManual(1).withThermalHeadroom(0.5).withThermalStatus(2).withPowerSaving(true)
        .withBattery(0.25, false).withTimeMillis(7);
    assertEquals(new Reading(0.25, false, true, 2, 0.5, 1, 7.0), all);
  }

  @Test
  void everyTraceIsDecidedAsInPython() throws IOException {
    Path file = Path.of(System.getProperty("frugal.repository"), "tests/goldens/governor.json");
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    int decisions = 0;
    for (JsonValue each : Json.parse(text).asArray()) {
      JsonObject trace = each.asObject();
      List<String> expected = new ArrayList<>();
      trace.get("decisions").asArray().forEach(decision -> expected.add(decision.toString()));
      assertEquals(expected, replay(trace), trace.get("policy").toString());
      decisions += expected.size();
    }
    assertTrue(decisions > 2000, decisions + " decisions");
  }

  private static List<String> replay(JsonObject trace) {
    Governor governor = Governor.of(points(trace.get("points")), policy(trace.get("policy").asObject()));
    List<String> decisions = new ArrayList<>();
    for (JsonValue event : trace.get("events").asArray()) {
      if (event.isNumber()) {
        governor.observe(event.asDouble());
      } else if (event.asObject().get("latency_ms") != null) {
        governor.observe(observation(event.asObject()));
      } else {
        Decision decision = governor.decide(reading(event.asObject()));
        decisions.add(Recording.json(decision).toString());
      }
    }
    return decisions;
  }

  private static List<Point> points(JsonValue json) {
    List<Point> points = new ArrayList<>();
    if (json.isNumber()) {
      for (int i = 0; i < json.asInt(); i++) {
        points.add(Point.named("p" + i));
      }
    } else {
      json.asArray().forEach(row -> points.add(
          new Point("p" + points.size(), row.asArray().get(0).asDouble(), row.asArray().get(1).asDouble())));
    }
    return points;
  }

  private static Policy policy(JsonObject fields) {
    Policy usual = Policy.DEFAULT;
    return new Policy(
        number(fields, "latency_target_ms"),
        fields.getDouble("percentile", usual.percentile()),
        fields.getDouble("knee", usual.knee()),
        fields.getDouble("low", usual.low()),
        fields.getDouble("high", usual.high()),
        fields.getDouble("warm", usual.warm()),
        fields.getDouble("hot", usual.hot()),
        fields.getDouble("hold_ms", usual.holdMillis()),
        fields.getInt("dwell", usual.dwell()),
        fields.getInt("wait", usual.waitRuns()),
        number(fields, "round_trip_ms"),
        fields.getBoolean("metered", usual.metered()));
  }

  private static Double number(JsonObject fields, String name) {
    return fields.get(name) == null ? null : (Double) fields.get(name).asDouble();
  }

  private static Integer whole(JsonObject fields, String name) {
    return fields.get(name) == null ? null : (Integer) fields.get(name).asInt();
  }

  private static Boolean truth(JsonObject fields, String name) {
    return fields.get(name) == null ? null : (Boolean) fields.get(name).asBoolean();
  }

  private static Observation observation(JsonObject fields) {
    return new Observation(
        number(fields, "latency_ms"), number(fields, "slowdown"), fields.getBoolean("cut", false),
        whole(fields, "point"), number(fields, "round_trip_ms"), fields.getBoolean("lost", false));
  }

  private static Reading reading(JsonObject fields) {
    return new Reading(
        number(fields, "battery"), truth(fields, "charging"), truth(fields, "power_saving"),
        whole(fields, "thermal_status"), number(fields, "thermal_headroom"), whole(fields, "manual"),
        number(fields, "time_ms"), truth(fields, "offline"), truth(fields, "metered"));
  }

  @Test
  void refusalsAreSentences() {
    refuses("governor: expected at least one operating point, received none",
        () -> new Governor(List.of(), Policy.DEFAULT));
    String latency = "observe: expected a finite latency of at least 0 ms, received ";
    refuses(latency + "nan", () -> new Governor(SEVEN, Policy.DEFAULT).observe(Double.NaN));
    refuses(latency + "-1.0", () -> new Governor(SEVEN, Policy.DEFAULT).observe(-1));
    refuses("observe: expected a finite slowdown above 0 or null, received 0.0",
        () -> new Observation(1, 0.0, false, null));
    refuses("observe: expected a point from 0 to 6, received 7",
        () -> new Governor(SEVEN, Policy.DEFAULT).observe(new Observation(1, null, false, 7)));
  }

  @Test
  void policiesOutOfTheirRangesAreRefused() {
    String target = "policy latency_target_ms: expected a positive finite number or null, received ";
    refuses(target + "0.0", () -> Policy.latencyTargetMillis(0));
    refuses(target + "nan", () -> Policy.latencyTargetMillis(Double.NaN));
    refuses(target + "inf", () -> Policy.latencyTargetMillis(Double.POSITIVE_INFINITY));
    refuses("policy percentile: expected a number between 0 and 1, received 1.0",
        () -> Policy.DEFAULT.withPercentile(1));
    refuses("policy percentile: expected a number from 0 to 1, received nan",
        () -> Policy.DEFAULT.withPercentile(Double.NaN));
    refuses("policy knee: expected a number from 0 to 1, received -0.1", () -> Policy.DEFAULT.withKnee(-0.1));
    refuses("policy low: expected less than high, received 0.5",
        () -> new Policy(null, 0.9, 0, 0.5, 0.5, 0.85, 1, 0, 1, 1));
    refuses("policy warm: expected less than hot, received 1.0",
        () -> new Policy(null, 0.9, 0, 0.1, 0.5, 1, 1, 0, 1, 1));
    refuses("policy hold_ms: expected a number from 0 to 1000000000, received inf",
        () -> new Policy(null, 0.9, 0, 0.1, 0.5, 0.8, 1, Double.POSITIVE_INFINITY, 1, 1));
    refuses("policy dwell: expected a whole number from 1 to 1000000, received 0",
        () -> new Policy(null, 0.9, 0, 0.1, 0.5, 0.8, 1, 0, 0, 1));
    refuses("policy wait: expected a whole number from 1 to 1000000, received 1000001",
        () -> new Policy(null, 0.9, 0, 0.1, 0.5, 0.8, 1, 0, 1, 1_000_001));
  }

  private static void refuses(String said, Executable call) {
    assertEquals(said, assertThrows(ChainException.class, call).getMessage());
  }
}
