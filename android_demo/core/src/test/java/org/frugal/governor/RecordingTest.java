package org.frugal.governor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import java.util.List;
import java.util.Random;
import org.frugal.ChainException;
import org.frugal.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a governor was shown, written down and shown again: the same decisions, to the last. */
class RecordingTest {
  private static final List<Point> POINTS = List.of(
      new Point("low", 0.8, 1.0), new Point("middle", 0.9, 2.5), new Point("high", 0.96, 4.0));

  /** A device that gets slow and empties while it answers, in numbers of many digits. */
  private static Recording recorded() {
    Random random = new Random(5);
    Policy policy = new Policy(4.4, 0.9, 0.001, 0.15, 0.5, 0.85, 1, 2000, 16, 32);
    Recorder recorder = new Recorder(Governor.of(POINTS, policy));
    for (int i = 0; i < 300; i++) {
      Double headroom = i % 7 == 0 ? Double.valueOf(Double.NaN) : (Double) (0.5 + 0.3 * random.nextDouble());
      Reading reading = new Reading(Math.max(0, 0.9 - i / 300.0), i % 50 == 0 ? null : (Boolean) (i > 250),
          i > 150 && i < 170, i > 20 && i < 30 ? 3 : 0, headroom, null, i * 33.3);
      double slowdown = (0.9 + 0.2 * random.nextDouble()) * (i > 40 && i < 110 ? 2 : 1);
      double millis = POINTS.get(recorder.decide(reading).point()).cost() * slowdown;
      recorder.observe(new Observation(millis, slowdown, i % 11 == 0, null));
      if (i % 13 == 0) {
        recorder.observe(Observation.ofMillis(millis));
      }
    }
    return recorder.recording("a hot afternoon");
  }

  @Test
  void whatWasRecordedIsDecidedAgainAlsoFromItsFile() {
    Recording made = recorded();
    assertEquals(300, made.decisions().size());
    assertTrue(made.decisions().stream().map(Decision::reason).distinct().count() >= 4, "reasons");
    assertEquals(made.decisions(), made.replay());
    Recording read = Recording.read(made.json().toString());
    assertEquals(made, read);
    assertEquals(made.decisions(), read.replay());
  }

  /** Python has made it; it is decided here as it says, and would be written as it is. */
  @Test
  void theFileThatBothRuntimesReadIsDecidedAsItSays() {
    String text = TestFiles.read("recording.json");
    Recording kept = Recording.read(text);
    assertEquals(300, kept.decisions().size());
    assertEquals(kept.decisions(), kept.replay());
    assertEquals(kept, Recording.read(kept.json().toString()));
    // As values: Python writes 1e-05 where Java writes 1.0E-5.
    assertEquals(Json.parse(text).asObject().names(), kept.json().names());
  }

  @Test
  void aRecorderBeginsAnewAndWritesDownNothingThatIsRefused() {
    Governor governor = new Governor(List.of("a", "b"), new Policy(1.0, 0.9, 0, 0.15, 0.5, 0.85, 1, 0, 1, 1));
    for (int i = 0; i < 20; i++) {
      governor.observe(9);
      governor.decide(Reading.UNKNOWN);
    }
    Recorder recorder = new Recorder(governor);
    assertEquals("b", recorder.decide(Reading.UNKNOWN).name());
    assertThrows(ChainException.class, () -> recorder.observe(new Observation(1, null, false, 7)));
    recorder.decide(Reading.UNKNOWN.withThermalHeadroom(Double.POSITIVE_INFINITY).withTimeMillis(Double.NaN));
    Recording made = recorder.recording("");
    assertEquals(List.of(Reading.UNKNOWN, Reading.UNKNOWN), made.events());
    assertEquals(made.decisions(), made.replay());
  }

  @Test
  void aFileWrittenByHandNeedsEventsAlone() {
    Recording read = Recording.read(
        "{\"format\": \"frugal-trace\", \"events\": [1.5, {\"battery\": 0.4, \"charging\": false}]}");
    assertEquals(List.of(Observation.ofMillis(1.5), new Reading(0.4, false, null, null, null, null)), read.events());
    assertNull(read.policy());
    assertEquals("trace: expected one with points and a policy to replay, received one without",
        assertThrows(ChainException.class, read::replay).getMessage());
    assertEquals(1, read.replay(new Governor(List.of("a"), Policy.DEFAULT)).size());
    assertEquals(
        "{\"format\":\"frugal-trace\",\"description\":\"\",\"events\":[1.5,{\"battery\":0.4,\"charging\":false}]}",
        read.json().toString());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "[|trace: expected latencies and readings, received others",
      "[1]|trace: expected latencies and readings, received others",
      "{\"format\": \"other\"}|trace: expected the format \"frugal-trace\", received \"other\"",
      "{\"format\": \"frugal-trace\"}|trace: expected latencies and readings",
      "{\"format\": \"frugal-trace\", \"events\": [true]}|trace: expected latencies and readings",
      "{\"format\": \"frugal-trace\", \"events\": [-1]}|observe: expected a finite latency of at least 0 ms",
      "{\"format\": \"frugal-trace\", \"events\": [{\"volts\": 4}]}|trace: expected a reading of ['battery', ",
      "{\"format\": \"frugal-trace\", \"events\": [{\"battery\": \"full\"}]}|trace: expected latencies",
      "{\"format\": \"frugal-trace\", \"events\": [], \"policy\": {\"low\": 2}}|policy low: expected",
      "{\"format\": \"frugal-trace\", \"events\": [], \"points\": [[\"a\", 1]]}|trace: expected latencies",
      "{\"format\": \"frugal-trace\", \"events\": [], \"decisions\": [[0, \"best\"]]}|trace: expected latencies"})
  void whatIsNoRecordingIsRefusedInASentence(String text, String words) {
    String said = assertThrows(ChainException.class, () -> Recording.read(text)).getMessage();
    assertTrue(said.startsWith(words), said);
  }
}
