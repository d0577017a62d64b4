package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.frugal.BundleException;
import org.junit.jupiter.api.Test;

/** Texts and programs that would be much work: each is refused beyond a bound, and what stays inside is read. */
class BoundsTest {
  private static final String LOGITS = "{\"op\": \"fill\", \"output\": \"logits\", \"shape\": [1, 3], \"content\": 0}";
  private static final String ANSWER = "{\"op\": \"answer\", \"name\": \"end\", \"value\": \"logits\"}";
  private static final String LARGE =
      "{\"op\": \"fill\", \"output\": \"x\", \"shape\": [16777216], \"content\": 0}";

  private static String fill(String name, String shape) {
    return "{\"op\": \"fill\", \"output\": \"" + name + "\", \"shape\": " + shape + ", \"content\": 0}";
  }

  private static String repeat(int times, String... steps) {
    return "{\"op\": \"repeat\", \"times\": " + times + ", \"steps\": [" + String.join(", ", steps) + "]}";
  }

  private static String glimpse(String value, String output, int scales) {
    return "{\"op\": \"crop\", \"value\": \"" + value + "\", \"at\": \"at\", \"output\": \"" + output
        + "\", \"size\": [1, 1], \"mode\": \"glimpse\", \"scales\": " + scales + "}";
  }

  private static String times(int count, String step) {
    return String.join(", ", Collections.nCopies(count, step));
  }

  private static void check(String... steps) throws IOException {
    Path path = Path.of(
        System.getProperty("frugal.repository"), "tests/goldens/bundles/steps/manifest.json");
    String text = new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
    int start = text.indexOf("\"program\":");
    int end = text.indexOf("\"operating_points\":");
    String program = "\"program\": [" + LOGITS + ", " + String.join(", ", steps) + ", " + ANSWER + "], ";
    String changed = text.substring(0, start) + program + text.substring(end);
    ManifestCheck.check(ManifestReader.read(changed.getBytes(StandardCharsets.UTF_8)));
  }

  private static void refuses(String words, String... steps) {
    BundleException error = assertThrows(BundleException.class, () -> check(steps));
    assertTrue(error.getMessage().contains(words), error.getMessage());
  }

  @Test
  void elementsBetweenPartsAreBounded() throws IOException {
    // Three logits written, and read by the answer; 2^24 of each large fill.
    check(LARGE, LARGE, LARGE);
    refuses("expected at most 67108864 elements read and written between parts, received 67108870",
        LARGE, LARGE, LARGE, LARGE);
    refuses("received 83886086", repeat(5, LARGE));
    refuses("program[1].shape: expected at most 16777216 elements, received 16777217", fill("x", "[97, 257, 673]"));
  }

  @Test
  void everyCaseCountsAsOftenAsItIsRepeated() throws IOException {
    String scores = fill("scores", "[100]");
    String choice = "{\"op\": \"select\", \"value\": \"scores\", \"cases\": ["
        + times(100, "[" + fill("other", "[1, 2]") + "]") + "]}";
    check(scores, repeat(980, choice));
    // 4 + 998 * (1 + 100)
    refuses("expected at most 100000 steps, each as often as it is repeated, received 100802", scores,
        repeat(998, choice));
  }

  @Test
  void valuesAreFewAndOfFewKinds() throws IOException {
    String many = IntStream.range(0, 998).mapToObj(i -> fill("v" + i, "[1]")).collect(Collectors.joining(", "));
    check(many);
    refuses("expected at most 1000 names of values, received 1001", many, fill("one_more", "[1]"));
    String kinds = IntStream.range(1, 17).mapToObj(i -> fill("v", "[" + i + "]")).collect(Collectors.joining(", "));
    check(kinds);
    refuses("program[17]: expected at most 16 kinds of tensors in a value, received more in 'v'", kinds,
        fill("v", "[17]"));
  }

  @Test
  void rulesReadAtMostAMillionNumbers() throws IOException {
    String loud = "{\"op\": \"branch\", \"rule\": {\"rule\": \"entropy\", \"value\": \"v\", \"threshold\": 1}, "
        + "\"then\": []}";
    check(fill("v", "[1048576]"), loud);
    refuses("program[2].rule.value: expected at most 1048576 elements, received 1048577 in 'v'",
        fill("v", "[1048577]"), loud);
  }

  @Test
  void nestedRepeatsAreCheckedAtOnce() {
    String steps = glimpse("a", "b", 1);
    for (int i = 0; i < 10; i++) {
      steps = repeat(2, steps, glimpse("b", "a", 1));
    }
    String nested = steps;
    assertTimeout(Duration.ofSeconds(10), () -> check(fill("at", "[2]"), glimpse("image", "a", 2), nested));
  }

  @Test
  void aCheckThatTakesTooManyVisitsIsGivenUp() {
    String start = IntStream.range(1, 400).mapToObj(i -> glimpse("image", "v" + i, 1))
        .collect(Collectors.joining(", "));
    String moves = IntStream.range(1, 400).mapToObj(i -> glimpse("v" + (399 - i), "v" + (400 - i), 1))
        .collect(Collectors.joining(", "));
    assertTimeout(Duration.ofSeconds(20), () -> refuses("checked in 20000 visits of steps",
        fill("at", "[2]"), glimpse("image", "v0", 2), start, repeat(3, moves)));
  }

  private static void refusesText(String words, String text) {
    JsonForm.FormException error = assertThrows(
        JsonForm.FormException.class, () -> JsonText.parse(text.getBytes(StandardCharsets.UTF_8), "JSON"));
    assertEquals("expected JSON, but reading failed: " + words, error.getMessage());
  }

  private static void reads(String text) {
    JsonText.parse(text.getBytes(StandardCharsets.UTF_8), "JSON");
  }

  @Test
  void textsHaveLimits() {
    String deep = "[".repeat(64) + "]".repeat(64);
    String long_ = "[" + "0,".repeat((1 << 20) - 1) + "0]";
    reads(deep);
    reads(long_);
    reads("1".repeat(64));
    reads("[\"" + "[".repeat(200) + "1".repeat(200) + "\\\\\\\"" + "\"]");
    refusesText("more than 64 lists and objects inside each other", "[" + deep + "]");
    refusesText("more than 1048576 values", "[0," + long_.substring(1));
    refusesText("a number of more than 64 characters", "1".repeat(65));
    refusesText("more than 8388608 bytes", " ".repeat(8 << 20) + "1");
    refusesText("the field 'a' stands twice", "{\"a\": 1, \"b\": 2, \"\\u0061\": 1}");
    refusesText("the field 'x' stands twice", "{\"a\": [{\"x\": 1, \"x\": 1}], \"a\": 1}");
    refusesText("the text is not UTF-8", "[\"\\ud800\"]");
  }

  @Test
  void numbersBeyondFloat64AreShown() {
    for (String number : new String[] {"1e999", "-1e999"}) {
      String text = "{\"format\": \"frugal\", \"version\": " + number + "}";
      BundleException error = assertThrows(
          BundleException.class, () -> ManifestReader.read(text.getBytes(StandardCharsets.UTF_8)));
      assertEquals("expected a whole number from 1 to 1, received " + number.replace("1e999", "inf"), error.problem());
    }
  }

  @Test
  void whatIsNoFileIsNoBundle() {
    for (Path path : new Path[] {Path.of("/dev/null"), Path.of("/dev/null/x"), null}) {
      assertThrows(BundleException.class, () -> Bundle.load(path));
    }
  }

  @Test
  void aSentenceIsShortWhateverItCites() {
    String text = "{\"format\": \"frugal\", \"version\": 1, \"" + "x".repeat(100_000) + "\": 1}";
    BundleException error = assertThrows(
        BundleException.class, () -> ManifestReader.read(text.getBytes(StandardCharsets.UTF_8)));
    assertTrue(error.getMessage().length() < 1100 && error.getMessage().endsWith("..."));
  }
}
