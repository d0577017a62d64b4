package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.frugal.BundleException;
import org.frugal.TestFiles;
import org.junit.jupiter.api.Test;

/** Texts and programs that would be much work: each is refused beyond a bound, and what stays inside is read. */
class BoundsTest {
  private static final String LOGITS = "{\"op\": \"fill\", \"output\": \"logits\", \"shape\": [1, 3], \"content\": 0}";
  private static final String ANSWER = "{\"op\": \"answer\", \"name\": \"end\", \"gives\": {\"label\": \"logits\"}}";
  private static final Map<String, String> VALUES = Map.of("x", "[16777216]", "scores", "[100]", "other", "[1, 2]",
      "v", "[1048576]", "at", "[2]", "a", "[1, 1, 1, 1]", "b", "[1, 1, 1, 1]");
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

  /** Of the golden bundle's image of 5 x 4 and what else a test declares: name to shape. */
  private static void check(Map<String, String> values, String... steps) {
    JsonObject manifest = Json.parse(TestFiles.read("bundles/steps/manifest.json")).asObject();
    Map<String, String> all = new TreeMap<>(values);
    all.put("image", "[1, 5, 4, 1]");
    all.put("logits", "[1, 3]");
    JsonObject declared = Json.object();
    all.forEach((name, shape) -> declared.set(name, Json.parse("{\"shape\": " + shape + ", \"type\": \"float32\"}")));
    manifest.set("values", declared);
    String program = "[" + LOGITS + ", " + String.join(", ", steps) + ", " + ANSWER + "]";
    manifest.set("programs", Json.object().set("main", Json.parse(program)));
    ManifestCheck.check(ManifestReader.read(manifest.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static void check(String... steps) {
    check(VALUES, steps);
  }

  private static void refuses(String words, String... steps) {
    BundleException error = assertThrows(BundleException.class, () -> check(steps));
    assertTrue(error.getMessage().contains(words), error.getMessage());
  }

  @Test
  void elementsBetweenPartsAreBounded() {
    // Three logits written, and read by the answer; 2^24 of each large fill.
    check(LARGE, LARGE, LARGE);
    refuses("expected at most 67108864 elements read and written between parts, received 67108870",
        LARGE, LARGE, LARGE, LARGE);
    refuses("received 83886086", repeat(5, LARGE));
    refuses("programs.main[1].shape: expected at most 16777216 elements, received 16777217",
        fill("x", "[97, 257, 673]"));
  }

  @Test
  void everyCaseCountsAsOftenAsItIsRepeated() {
    String scores = fill("scores", "[100]");
    String choice = "{\"op\": \"select\", \"value\": \"scores\", \"cases\": ["
        + times(100, "[" + fill("other", "[1, 2]") + "]") + "]}";
    check(scores, repeat(980, choice));
    // 4 + 998 * (1 + 100)
    refuses("expected at most 100000 steps, each as often as it is repeated, received 100802", scores,
        repeat(998, choice));
  }

  @Test
  void whatIsGivenAndCutCountsToo() {
    // Of 2^24 elements each: an image that is read, its windows of 4 x 1 + 1 pixels, and what is answered with.
    Map<String, String> large = Map.of("x", "[1, 4096, 4096, 1]", "at", "[2]", "p", "[1, 1, 1, 2]", "v", "[1048576]");
    String cut = "{\"op\": \"crop\", \"value\": \"x\", \"at\": \"at\", \"output\": \"p\", \"size\": [1, 1], "
        + "\"mode\": \"glimpse\", \"scales\": 2}";
    BundleException error = assertThrows(BundleException.class,
        () -> check(large, fill("at", "[2]"), fill("x", "[1, 4096, 4096, 1]"), repeat(4, cut)));
    // 3 + 2 + 2^24 + 4 (2^24 + 2 + 5) + 3
    assertTrue(error.getMessage().endsWith("received 83886116"), error.getMessage());
  }

  private static String each(String rows, String... steps) {
    return "{\"op\": \"each\", \"rows\": {" + rows + "}, \"steps\": [" + String.join(", ", steps)
        + "], \"stacks\": {\"rows\": \"row\"}}";
  }

  private static void refuses(Map<String, String> values, String words, String... steps) {
    BundleException error = assertThrows(BundleException.class, () -> check(values, steps));
    assertTrue(error.getMessage().contains(words), error.getMessage());
  }

  @Test
  void stepsInAnEachCountAsOftenAsThereAreRows() {
    Map<String, String> values = Map.of("row", "[1]", "rows", "[1, 999]", "x", "[1]");
    String rows = fill("rows", "[1, 999]");
    check(values, rows, each("\"row\": \"rows\"", times(9, fill("x", "[1]"))));
    // 4 + 999 * 11
    refuses(values, "expected at most 10000 steps a run, received 10993", rows,
        each("\"row\": \"rows\"", times(11, fill("x", "[1]"))));
    // A value that is not declared has one row, and is refused for what it is.
    refuses(values, "expected a value that is declared, received 'no'", rows,
        each("\"row\": \"no\"", times(11, fill("x", "[1]"))));
  }

  @Test
  void rowsAndBoxesCountToo() {
    Map<String, String> tables = Map.of("row", "[1, 16000]", "rows", "[1, 1000, 16000]");
    String rows = fill("rows", "[1, 1000, 16000]");
    String each = each("\"row\": \"rows\"", fill("row", "[1, 16000]"));
    // 16 million each: a table filled, gone over, filled row by row, and stacked.
    check(tables, rows, each);
    refuses(tables, "received 80000006", rows, rows, each);
    Map<String, String> boxes = Map.of("b", "[1, 4096, 4]", "s", "[4096, 16]", "k", "[1, 1000, 4]", "m", "[1, 1000]");
    String keep = "{\"op\": \"keep\", \"boxes\": \"b\", \"scores\": \"s\", \"threshold\": 0, \"overlap\": 1, "
        + "\"most\": 1000, \"outputs\": {\"boxes\": \"k\"}}";
    check(boxes, fill("b", "[1, 4096, 4]"), fill("s", "[4096, 16]"), keep);
    // 6 of the logits, 81,920 of the fills, and twice 81,920 + 1000 * 65,536.
    refuses(boxes, "received 131317766", fill("b", "[1, 4096, 4]"), fill("s", "[4096, 16]"), repeat(2, keep));
  }

  @Test
  void valuesAreFew() {
    Map<String, String> many = new TreeMap<>();
    for (int i = 0; i < 998; i++) {
      many.put("v" + i, "[1]");
    }
    check(many, fill("v1", "[1]"));
    many.put("one_more", "[1]");
    BundleException error = assertThrows(BundleException.class, () -> check(many, fill("v1", "[1]")));
    assertEquals("manifest.json: values: expected `object` of length <= 1000", error.getMessage());
  }

  @Test
  void rulesReadAtMostAMillionNumbers() {
    String loud = "{\"op\": \"branch\", \"rule\": {\"rule\": \"entropy\", \"value\": \"v\", \"threshold\": 1}, "
        + "\"then\": []}";
    check(fill("v", "[1048576]"), loud);
    BundleException error = assertThrows(BundleException.class,
        () -> check(Map.of("v", "[1048577]"), fill("v", "[1048577]"), loud));
    assertEquals("programs.main[2].rule.value", error.field());
    assertEquals("expected at most 1048576 elements, received 1048577 in 'v'", error.problem());
  }

  @Test
  void nestedRepeatsAreCheckedAtOnce() {
    String steps = glimpse("a", "b", 1);
    for (int i = 0; i < 10; i++) {
      steps = repeat(2, steps, glimpse("b", "a", 1));
    }
    String nested = steps;
    assertTimeout(Duration.ofSeconds(10), () -> check(fill("at", "[2]"), fill("a", "[1, 1, 1, 1]"), nested));
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
      assertEquals("expected a whole number from 1, received " + number.replace("1e999", "inf"), error.problem());
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
    String text = "{\"format\": \"frugal\", \"version\": 2, \"" + "x".repeat(100_000) + "\": 1}";
    BundleException error = assertThrows(
        BundleException.class, () -> ManifestReader.read(text.getBytes(StandardCharsets.UTF_8)));
    assertTrue(error.getMessage().length() < 1100 && error.getMessage().endsWith("..."));
  }
}
