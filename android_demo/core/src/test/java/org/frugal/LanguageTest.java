package org.frugal;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.atLeast;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.leave;
import static org.frugal.bundle.SmallManifest.repeat;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.frugal.bundle.Numbers;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What programs do, step by step, and what they say of it. Pixels are 10 and 20. */
class LanguageTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {10, 20}, 1, 2);
  private static final String LOOK = run("image", "image", "v");
  private static final String COUNT = run("count", "score", "score");
  private static final String ZERO = fill("score", "[1]", "0");
  private static final Consumer<JsonObject> KNOB = root -> root.set("parameters",
      json("{'k': {'default': 0, 'minimum': 0, 'maximum': 2}}"));

  @TempDir Path scratch;

  private static String gives(String gives) {
    return "{'op': 'answer', 'name': 'end', 'gives': {" + gives + "}}";
  }

  private static String crop(String value, String output, String fields) {
    return "{'op': 'crop', 'value': '" + value + "', 'at': 'at', 'output': '" + output + "', 'size': [1, 2], 'mode': "
        + "'box', " + fields + "}";
  }

  private Result result(String... steps) {
    try (Chain chain = SmallChain.of(scratch, String.join(", ", steps))) {
      return chain.run(PIXELS);
    }
  }

  @Test
  void aRepeatIsLeftWhereTheRuleHolds() {
    Result result = result(ZERO, repeat(5, COUNT + ", " + leave("3")), gives("'numbers': 'score'"));
    assertArrayEquals(new float[] {3}, result.answer());
    assertEquals(List.of("count", "count", "count"), result.path());
    assertEquals(
        List.of("remote count", "remote count", "remote count", "left main[1].steps[1]"), SmallChain.words(result));
    // It is never left, and ends by itself.
    assertArrayEquals(new float[] {5},
        result(ZERO, repeat(5, COUNT + ", " + leave("30")), gives("'numbers': 'score'")).answer());
  }

  @Test
  void theInnermostRepeatIsLeft() {
    String inner = repeat(9, COUNT + ", {'op': 'branch', " + atLeast("0") + ", 'then': [" + leave("2") + "]}");
    Result result = result(ZERO, repeat(3, inner), gives("'numbers': 'score'"));
    // Two times, then once in each of the others: it holds at once.
    assertArrayEquals(new float[] {4}, result.answer());
    assertEquals("left main[1].steps[0].steps[1].then[0]", SmallChain.words(result).get(2));
  }

  @ParameterizedTest
  @CsvSource({"0,0", "0.5,0", "0.51,1", "1,1", "1.5,2", "2,2"})
  void aParameterSelectsTheNearestWayTiesToEven(double knob, int way) {
    String cases = "[[], [" + COUNT + "], [" + COUNT + ", " + COUNT + "]]";
    String select = "{'op': 'select', 'parameter': 'k', 'cases': " + cases + "}";
    try (Chain chain = SmallChain.of(scratch, ZERO + ", " + select + ", " + gives("'numbers': 'score'"), KNOB)) {
      assertArrayEquals(new float[] {way}, chain.run(PIXELS, null, null, Map.of("k", Numbers.of(knob))).answer());
    }
  }

  @Test
  void whatIsNotTakenIsSkippedWhereTheWayIsTaken() {
    String branch = "{'op': 'branch', " + atLeast("0") + ", 'then': [" + run("real", "v", "v") + "], 'otherwise': ["
        + repeat(2, run("codes", "v", "v") + ", " + run("real", "v", "v") + ", " + run("codes", "v", "v")) + "]}";
    String select = "{'op': 'select', 'value': 'v', 'cases': [[" + COUNT + "], [" + branch + "]]}";
    Result result = result(ZERO, LOOK, select, END);
    // The second pixel is larger. Of what the branch skips each part is told once, though one of them runs as well.
    assertEquals(
        List.of("remote image", "case main[2] 1", "skipped count", "skipped codes", "skipped real", "remote real"),
        SmallChain.words(result));
  }

  @Test
  void whatNeverHappenedStandsAtTheEnd() {
    String exit = "{'op': 'exit', 'name': 'early', " + atLeast("0") + ", 'gives': {'label': 'v'}}";
    Result result = result(ZERO, LOOK, exit, run("codes", "v", "v"), run("real", "v", "v", COUNT), END);
    assertEquals(List.of("remote image", "not_reached codes", "not_reached real", "not_reached count"),
        SmallChain.words(result));
    assertEquals(Reason.RULE, result.reason());
  }

  @Test
  void remoteEventsSayHowLongAndHowMuch() {
    Result result = result(LOOK, END);
    Event event = result.events().get(0);
    // Two pixels of a byte there, two float32 back.
    assertEquals(List.of(2L, 8L), List.of(event.inputBytes(), event.outputBytes()));
    assertTrue(event.nanos() > 0);
    assertArrayEquals(new long[] {event.nanos()}, result.partNanos());
  }

  @Test
  void everyOutputIsAnsweredInTheOrderOfTheManifest() {
    Result result = result(LOOK, fill("three", "[3]", "[1, 2, 3]"), gives("'numbers': 'three', 'label': 'v'"));
    assertEquals(List.of("label", "numbers"), List.copyOf(result.outputs().keySet()));
    assertEquals("b", result.name());
    assertEquals(1, result.label());
    // softmax(10, 20)
    assertArrayEquals(new float[] {4.539787e-5f, 0.9999546f}, result.probabilities(), 1e-9f);
    assertArrayEquals(new float[] {10, 20}, result.answer());
    Answer numbers = result.outputs().get("numbers");
    assertArrayEquals(new float[] {1, 2, 3}, numbers.numbers());
    assertNull(numbers.probabilities());
    assertEquals(List.of(-1, false), List.of(numbers.label(), numbers.hasLabel()));
  }

  @Test
  void anAnswerWithoutLabelsHasNone() {
    Result result = result(LOOK, gives("'numbers': 'v'"));
    assertEquals(-1, result.label());
    assertNull(result.name());
    assertArrayEquals(new float[] {10, 20}, result.answer());
  }

  @Test
  void valuesAreConvertedWhereTheyAreWrittenAndWhereTheyAreRead() {
    // c holds codes of .5, from (-128 + 3) / 2 to (127 + 3) / 2 = 65: twice 20 fits, four times does not.
    Result result = result(LOOK, run("real", "v", "c"), run("real", "c", "w"), run("real", "w", "c"),
        gives("'label': 'c'"));
    assertArrayEquals(new float[] {65, 65}, result.answer());
    assertEquals(TensorType.INT8, result.outputs().get("label").type());
    result = result(LOOK, run("real", "v", "c"), run("codes", "c", "v"), gives("'numbers': 'v'"));
    assertArrayEquals(new float[] {20, 40}, result.answer());
    // A fill is converted too: .25 goes to the even 0.
    assertArrayEquals(new float[] {0, 65}, result(fill("c", "[1, 2]", "[0.25, 99]"), gives("'numbers': 'c'")).answer());
  }

  @Test
  void aCropIsBilledAndSaysWhereItWas() {
    String at = fill("at", "[4]", "[0, 0, 1, 0.5]");
    try (Chain chain = SmallChain.of(scratch, LOOK + ", " + at + ", "
        + crop("image", "piece", "'costs': {'macs': 7}") + ", " + gives("'numbers': 'piece'"))) {
      Result result = chain.run(PIXELS);
      // Columns at .125 * 2 - .5 = -.25 and .375 * 2 - .5 = .25, outside of which is zero.
      assertArrayEquals(new float[] {7.5f, 12.5f}, result.answer());
      assertEquals(8, result.macs());
      assertEquals(Map.of("macs", 8.0, "latency_us", 0.0), result.costs());
      assertEquals(List.of("image"), result.path());
      Event event = result.events().get(1);
      assertEquals("crop piece", SmallChain.words(result).get(1));
      assertEquals(new Event.Corners(0, 0, 1, 0.5), event.corners());
    }
  }

  @Test
  void aCropIsConvertedAndPaddedAndMayReadWhatItWrites() {
    String at = fill("at", "[4]", "[0, 1, 1, 2]");
    // Behind the right edge: half of the last pixel and half of 101 at column 1.5, then only that; as uint8.
    Result result = result(fill("at", "[4]", "[0, 0.75, 1, 1.75]"), crop("image", "photo", "'padding': 101"),
        gives("'numbers': 'photo'"));
    // Columns at (.75 + .25) * 2 - .5 = 1.5 and 2.5: 60.5 goes to the even 60.
    assertArrayEquals(new float[] {60, 101}, result.answer());
    // One pixel to the left each time: the image is read while its place is written.
    String shift = crop("piece", "piece", "'padding': 3");
    String copy = fill("at", "[4]", "[0, 0, 1, 1]") + ", " + crop("image", "piece", "'padding': 3");
    String half = fill("at", "[4]", "[0, 0.5, 1, 1.5]");
    assertArrayEquals(new float[] {20, 3}, result(copy, half, shift, gives("'numbers': 'piece'")).answer());
    assertArrayEquals(new float[] {3, 3}, result(copy, half, repeat(2, shift), gives("'numbers': 'piece'")).answer());
    assertArrayEquals(new float[] {3, 3}, result(copy, at, shift, gives("'numbers': 'piece'")).answer());
  }

  @Test
  void onlyMainIsRun() {
    try (Chain chain = SmallChain.of(scratch, ZERO + ", " + gives("'numbers': 'score'"), root -> root.get("programs")
        .asObject().set("other", json("[" + LOOK + ", " + END + "]")), ChainOptions.DEFAULT)) {
      assertEquals(List.of(), chain.run(PIXELS).events());
    }
  }
}
