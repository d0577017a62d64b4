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

  private static void check(Reading reading, int point, Ceiling reason) {
    Decision decision = new Governor(SEVEN, Policy.DEFAULT).decide(reading);
    assertEquals(new Decision(point, SEVEN.get(point), reason), decision);
  }

  @Test
  void aDeviceThatKnowsNothingGetsTheBest() {
    check(Reading.UNKNOWN, 6, Ceiling.BEST);
    check(Reading.UNKNOWN.withThermalHeadroom(Double.NaN).withBattery(Double.NaN, false), 6, Ceiling.BEST);
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
    check(Reading.UNKNOWN.withBattery(0.5, false), 6, Ceiling.BATTERY);
    check(Reading.UNKNOWN.withBattery(0.15, true), 6, Ceiling.BEST);
  }

  @Test
  void theLowestCeilingDecidesAndTheFirstAmongEquals() {
    check(Reading.UNKNOWN.withManual(2).withPowerSaving(true), 2, Ceiling.MANUAL);
    check(Reading.UNKNOWN.withBattery(0.3, false).withPowerSaving(true), 2, Ceiling.POWER_SAVING);
    check(Reading.UNKNOWN.withManual(4).withThermalStatus(3), 0, Ceiling.THERMAL);
    check(Reading.UNKNOWN.withManual(-1), 0, Ceiling.MANUAL);
    check(Reading.UNKNOWN.withManual(99), 6, Ceiling.BEST);
  }

  @Test
  void theCallerMaySayWhichPointWasUsed() {
    Governor governor = new Governor(SEVEN, new Policy(10.0, 0.9, 1, 0.7, 0.15, 0.5, 0.85, 1.0));
    governor.observe(99);
    assertEquals(new Decision(1, "b", Ceiling.LATENCY), governor.decide(Reading.UNKNOWN, 2));
  }

  @Test
  void wrongSettingsAreRefused() {
    assertThrows(ChainException.class, () -> new Governor(List.of(), Policy.DEFAULT));
    assertThrows(ChainException.class, () -> Policy.latencyTargetMillis(0));
    assertThrows(ChainException.class, () -> new Policy(null, 0, 32, 0.7, 0.15, 0.5, 0.85, 1));
    assertThrows(ChainException.class, () -> new Policy(null, 0.9, 32, 0.7, 0.5, 0.5, 0.85, 1));
    Governor governor = new Governor(SEVEN, Policy.DEFAULT);
    assertThrows(ChainException.class, () -> governor.observe(Double.NaN));
    assertThrows(ChainException.class, () -> governor.observe(-1));
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
    assertTrue(decisions > 300, decisions + " decisions");
  }

  private static List<String> replay(JsonObject trace) {
    List<String> points = new ArrayList<>();
    for (int i = 0; i < trace.getInt("points", 0); i++) {
      points.add("p" + i);
    }
    Governor governor = new Governor(points, policy(trace.get("policy").asObject()));
    List<String> decisions = new ArrayList<>();
    for (JsonValue event : trace.get("events").asArray()) {
      if (event.isNumber()) {
        governor.observe(event.asDouble());
      } else {
        Decision decision = governor.decide(reading(event.asObject()));
        decisions.add(new JsonArray().add(decision.point()).add(decision.reason().label()).toString());
      }
    }
    return decisions;
  }

  private static Policy policy(JsonObject fields) {
    Policy usual = Policy.DEFAULT;
    return new Policy(
        fields.get("latency_target_ms") == null ? null : fields.get("latency_target_ms").asDouble(),
        fields.getDouble("percentile", usual.percentile()),
        fields.getInt("window", usual.window()),
        fields.getDouble("relax", usual.relax()),
        fields.getDouble("low", usual.low()),
        fields.getDouble("high", usual.high()),
        fields.getDouble("warm", usual.warm()),
        fields.getDouble("hot", usual.hot()));
  }

  private static Reading reading(JsonObject fields) {
    JsonValue[] values = new JsonValue[6];
    String[] names = {"battery", "charging", "power_saving", "thermal_status", "thermal_headroom", "manual"};
    for (int i = 0; i < names.length; i++) {
      values[i] = fields.get(names[i]);
    }
    return new Reading(
        values[0] == null ? null : values[0].asDouble(),
        values[1] == null ? null : values[1].asBoolean(),
        values[2] == null ? null : values[2].asBoolean(),
        values[3] == null ? null : values[3].asInt(),
        values[4] == null ? null : values[4].asDouble(),
        values[5] == null ? null : values[5].asInt());
  }

  private static Governor steered(double target, int window) {
    return new Governor(SEVEN, new Policy(target, 0.9, window, 0.7, 0.15, 0.5, 0.85, 1.0));
  }

  private static void observe(Governor governor, double... latencies) {
    for (double latency : latencies) {
      governor.observe(latency);
    }
  }

  @Test
  void theLatencyCeilingFallsBelowThePointUsedAndRisesByOne() {
    Governor governor = steered(10, 4);
    // Element ceil(.9 * 4) - 1 = 3 of the sorted window: the largest.
    observe(governor, 1, 1, 1);
    assertEquals(4, governor.decide(Reading.UNKNOWN.withBattery(0.4, false)).point());
    observe(governor, 11);
    assertEquals(new Decision(3, "d", Ceiling.LATENCY), governor.decide(Reading.UNKNOWN));
    observe(governor, 8, 8, 8, 8);
    assertEquals(3, governor.decide(Reading.UNKNOWN).point(), "between 7 and 10 it stays, and the window slides");
    observe(governor, 7, 7, 7);
    assertEquals(3, governor.decide(Reading.UNKNOWN).point());
    observe(governor, 7);
    assertEquals(4, governor.decide(Reading.UNKNOWN).point());
    assertEquals(4, governor.decide(Reading.UNKNOWN).point(), "the window is empty");
  }

  @Test
  void theCeilingStaysBetweenTheCheapestAndTheTop() {
    Governor governor = new Governor(List.of("a", "b"), steeredPolicy(10));
    List<Integer> points = new ArrayList<>();
    for (double latency : new double[] {99, 99, 99, 1, 1, 1}) {
      governor.observe(latency);
      points.add(governor.decide(Reading.UNKNOWN).point());
    }
    assertEquals(List.of(0, 0, 0, 1, 1, 1), points);
  }

  private static Policy steeredPolicy(double target) {
    return new Policy(target, 0.9, 1, 0.7, 0.15, 0.5, 0.85, 1.0);
  }

  @Test
  void threeSlowOnesOfTheDefaultWindowPassAndFourDoNot() {
    // ceil(.9 * 32) - 1 = 28
    for (int slow = 3; slow <= 4; slow++) {
      Governor governor = new Governor(SEVEN, Policy.latencyTargetMillis(10));
      for (int i = 0; i < 32; i++) {
        governor.observe(i < slow ? 11 : 9);
      }
      assertEquals(slow == 3 ? 6 : 5, governor.decide(Reading.UNKNOWN).point());
    }
  }

  @Test
  void withoutATargetLatenciesDoNotCount() {
    Governor governor = new Governor(SEVEN, Policy.DEFAULT);
    for (int i = 0; i < 100; i++) {
      governor.observe(1e6);
    }
    assertEquals(new Decision(6, "g", Ceiling.BEST), governor.decide(Reading.UNKNOWN));
  }

  @Test
  void aResetForgetsLatenciesAndDecisions() {
    Governor governor = steered(10, 1);
    governor.observe(99);
    assertEquals(5, governor.decide(Reading.UNKNOWN).point());
    governor.observe(99);
    governor.reset();
    assertEquals(new Decision(6, "g", Ceiling.LATENCY), governor.decide(Reading.UNKNOWN));
  }

  @Test
  void aBundlesPointsAreTakenAsTheyStand() {
    Governor governor = Governor.of(Bundle.load(TestFiles.bundle("steps")).manifest(), Policy.DEFAULT);
    assertEquals(new Decision(2, "p2", Ceiling.BEST), governor.decide(Reading.UNKNOWN));
    // floor(2 / 3) = 0, floor(2 / 2) = 1
    assertEquals("p0", governor.decide(Reading.UNKNOWN.withPowerSaving(true)).name());
    assertEquals("p1", governor.decide(Reading.UNKNOWN.withThermalStatus(2)).name());
  }

  @Test
  void aReadingChangesOneThingAtATime() {
    Reading all = Reading.UNKNOWN.withManual(1).withThermalHeadroom(0.5).withThermalStatus(2).withPowerSaving(true)
        .withBattery(0.25, false);
    assertEquals(new Reading(0.25, false, true, 2, 0.5, 1), all);
  }

  @Test
  void refusalsAreSentences() {
    refuses("governor: expected at least one operating point, received none",
        () -> new Governor(List.of(), Policy.DEFAULT));
    refuses("observe: expected a finite latency of at least 0 ms, received nan",
        () -> steered(10, 1).observe(Double.NaN));
    refuses("observe: expected a finite latency of at least 0 ms, received inf",
        () -> steered(10, 1).observe(Double.POSITIVE_INFINITY));
    refuses("policy latency_target_ms: expected a positive finite number or null, received 0.0",
        () -> Policy.latencyTargetMillis(0));
    String ranges = "policy: expected percentile in (0, 1], window >= 1, relax in [0, 1) and low < high, received ";
    refuses(ranges + "percentile 1.1, window 32, relax 0.7, low 0.15, high 0.5",
        () -> new Policy(null, 1.1, 32, 0.7, 0.15, 0.5, 0.85, 1));
    refuses(ranges + "percentile 0.9, window 0, relax 0.7, low 0.15, high 0.5",
        () -> new Policy(null, 0.9, 0, 0.7, 0.15, 0.5, 0.85, 1));
    refuses(ranges + "percentile 0.9, window 32, relax 1.0, low 0.15, high 0.5",
        () -> new Policy(null, 0.9, 32, 1, 0.15, 0.5, 0.85, 1));
  }

  private static void refuses(String said, Executable call) {
    assertEquals(said, assertThrows(ChainException.class, call).getMessage());
  }
}
