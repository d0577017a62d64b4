package org.frugal.app.budget;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.frugal.governor.Ceiling;
import org.frugal.governor.Governor;
import org.frugal.governor.Policy;
import org.junit.Test;

public class TraceTest {
  private static final List<String> POINTS = List.of("fast", "balanced", "full");

  /** Of its own points and policy, whatever is chosen here. */
  @Test
  public void aRecordedTraceReplaysToItsOwnDecisions() throws IOException {
    Path file = Path.of(System.getProperty("frugal.repository"), "tests/goldens/recording.json");
    String report = "{\"format\": \"frugal-benchmark\", \"trace\": " + Files.readString(file) + "}";
    Trace trace = Trace.read(report);
    List<Trace.Frame> frames = trace.play(new Governor(POINTS, Policy.latencyTargetMillis(1)));
    assertEquals(trace.recording().decisions(), frames.stream().map(Trace.Frame::decision).toList());
    assertEquals(List.of(300, 7), List.of(frames.size(), trace.pointCount(3)));
    assertEquals("a hot afternoon", trace.description());
  }

  /** The traces that Python and the JVM agree on, read as files of this format. */
  @Test
  public void theGoldenTracesDecideAsRecorded() throws IOException {
    Path file = Path.of(System.getProperty("frugal.repository"), "tests/goldens/governor.json");
    int played = 0;
    for (JsonValue each : Json.parse(Files.readString(file)).asArray()) {
      JsonObject golden = each.asObject();
      if (!golden.get("policy").asObject().isEmpty() || !golden.get("points").isNumber()) {
        continue;
      }
      List<String> points = new ArrayList<>();
      for (int i = 0; i < golden.getInt("points", 0); i++) {
        points.add("point_" + i);
      }
      Trace trace = Trace.read("{\"format\": \"frugal-trace\", \"events\": " + golden.get("events") + "}");
      List<Trace.Frame> frames = trace.play(new Governor(points, Policy.DEFAULT));
      List<String> decided = new ArrayList<>();
      frames.forEach(frame -> decided.add(frame.decision().point() + " " + frame.decision().reason().label()));
      List<String> expected = new ArrayList<>();
      golden.get("decisions").asArray()
          .forEach(pair -> expected.add(pair.asArray().get(0) + " " + pair.asArray().get(1).asString()));
      assertEquals(expected, decided);
      played++;
    }
    assertTrue("traces: " + played, played >= 2);
  }

  @Test
  public void theTraceOfTheAppShowsEveryReasonThatAPhoneGives() throws IOException {
    String file = "android_demo/app/src/main/assets/traces/a_day.json";
    Trace trace = Trace.read(Files.readString(Path.of(System.getProperty("frugal.repository"), file)));
    List<Ceiling> reasons =
        trace.play(new Governor(POINTS, Policy.DEFAULT)).stream().map(frame -> frame.decision().reason()).distinct().toList();
    assertTrue("" + reasons, reasons.containsAll(
        List.of(Ceiling.BEST, Ceiling.BATTERY, Ceiling.THERMAL, Ceiling.POWER_SAVING)));
  }

  @Test
  public void whatIsNoTraceIsRefusedInASentence() {
    assertRefused("[", "expected latencies and readings, received others: ");
    assertRefused("{\"format\": \"other\"}", "expected the format \"frugal-trace\", received \"other\"");
    assertRefused("{\"format\": \"frugal-trace\"}", "expected latencies and readings, received others: ");
    assertRefused("{\"format\": \"frugal-trace\", \"events\": [true]}", "expected latencies");
    assertRefused(
        "{\"format\": \"frugal-trace\", \"events\": [{\"volts\": 4}]}", "expected a reading of ['battery', ");
    assertRefused(
        "{\"format\": \"frugal-trace\", \"events\": []}", "expected at least one reading, received 0 latencies");
    assertRefused(
        "{\"format\": \"frugal-trace\", \"events\": [1.5, 2]}", "expected at least one reading, received 2 latencies");
    assertRefused(
        "{\"format\": \"frugal-trace\", \"events\": [{\"latency_ms\": 1, \"volts\": 4}]}",
        "expected a run of ['cut', 'latency_ms', 'lost', 'point', 'round_trip_ms', 'slowdown'], received 'volts'");
    assertRefused(
        "{\"format\": \"frugal-trace\", \"events\": [{\"latency_ms\": 1, \"slowdown\": 0}]}",
        "observe: expected a finite slowdown above 0 or null, received 0.0");
    for (String latency : List.of("-1", "1e999", "{\"latency_ms\": -1}")) {
      assertRefused(
          "{\"format\": \"frugal-trace\", \"events\": [{\"battery\": 1}, " + latency + "]}",
          "observe: expected a finite latency of at least 0 ms, received ");
    }
  }

  private static void assertRefused(String text, String beginning) {
    IOException error = assertThrows(IOException.class, () -> Trace.read(text));
    assertTrue(error.getMessage(), error.getMessage().startsWith(beginning));
  }
}
