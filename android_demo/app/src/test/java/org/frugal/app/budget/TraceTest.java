package org.frugal.app.budget;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    for (String latency : List.of("-1", "1e999")) {
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
