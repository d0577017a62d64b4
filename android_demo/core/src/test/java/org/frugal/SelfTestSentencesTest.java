package org.frugal;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import org.frugal.bundle.SmallBundle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A bundle's self-test: what agrees, and a sentence of its own for every difference. */
class SelfTestSentencesTest {
  private static final String CROP = "{'op': 'crop', 'value': 'image', 'at': 'at', 'output': 'piece', "
      + "'size': [1, 2], 'mode': 'box'}";
  /** Exits that are passed: one gives half of what is given in the end. */
  private static final String HALF = "{'op': 'exit', 'name': 'half', 'rule': {'rule': 'max_softmax', "
      + "'value': 'v', 'threshold': 2}, 'gives': {'label': 'v'}}";
  private static final String BEFORE =
      HALF.replace("half", "before").replace("'label': 'v'", "'label': 'v', 'numbers': 'piece'");
  /** Runs relu on -1 and 3, cuts the right half of the picture, and chooses the second of two ways, an empty one. */
  private static final String PROGRAM = fill("v", "[1, 2]", "[-1, 3]") + ", " + SmallBundle.run("v", "v") + ", "
      + fill("at", "[4]", "[0, 0.5, 1, 1]") + ", " + CROP + ", {'op': 'select', 'value': 'v', 'cases': [["
      + SmallBundle.run("v", "w") + "], []]}, " + HALF + ", " + BEFORE + ", " + END.replace("'v'}", "'v', 'numbers': 'piece'}");
  private static final String EVENTS = "[{'kind': 'crop', 'name': 'piece', 'corners': [0, 0.5, 1, 1]}, "
      + "{'kind': 'case', 'name': 'main[4]', 'case': 1}, {'kind': 'skipped', 'name': 'relu'}]";
  /** Columns at .625 * 2 - .5 = .75 and at 1.25: a quarter of 40 and three of 80, and three quarters of 80. */
  private static final String GOLDEN = "{'inputs': {'image': 0}, 'operating_point': 'only', 'path': ['relu'], "
      + "'events': " + EVENTS + ", 'exit': 'end', 'reason': 'final', 'outputs': {'label': {'numbers': [0, 3], "
      + "'label': 1, 'probabilities': [0.04742587, 0.9525741]}, 'numbers': {'numbers': [70, 60]}}}";

  @TempDir Path scratch;

  private List<String> problems(String... goldens) {
    Path folder = SmallBundle.of(scratch, PROGRAM, root -> { });
    SmallBundle.addGoldens(folder, new byte[] {40, 80}, goldens);
    try (Chain chain = Chain.load(folder)) {
      return chain.selfTest();
    }
  }

  private void finds(String problem, String from, String to) {
    assertEquals(List.of("golden 0: " + problem), problems(GOLDEN.replace(from, to)));
  }

  @Test
  void whatAgreesHasNoSentence() {
    assertEquals(List.of(), problems(GOLDEN));
    assertEquals(List.of(), problems());
  }

  @Test
  void pathsExitsAndReasons() {
    finds("expected the path ['relu', 'relu'], received ['relu']", "['relu'], ", "['relu', 'relu'], ");
    finds("expected the path [], received ['relu']", "'path': ['relu']", "'path': []");
    finds("expected the exit 'before', received 'end'", "'exit': 'end'", "'exit': 'before'");
    finds("expected the reason 'rule', received 'final'", "'reason': 'final'", "'reason': 'rule'");
  }

  @Test
  void eventsInTheirOrderWithWhatTheySay() {
    String received = ", received [crop 'piece', case 'main[4]' 1, skipped 'relu']";
    finds("expected the events [crop 'piece', case 'main[4]' 0, skipped 'relu']" + received, "'case': 1", "'case': 0");
    finds("expected the events [crop 'image', case 'main[4]' 1, skipped 'relu']" + received,
        "'name': 'piece'", "'name': 'image'");
    finds("expected the events [failed 'relu' 'late', case 'main[4]' 1, skipped 'relu']" + received,
        "{'kind': 'crop', 'name': 'piece', 'corners': [0, 0.5, 1, 1]}",
        "{'kind': 'failed', 'name': 'relu', 'why': 'late'}");
    finds("expected the events [crop 'piece', case 'main[4]' 1]" + received,
        ", {'kind': 'skipped', 'name': 'relu'}", "");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"[0, 0.5005, 1, 1]|", "[0, 0.502, 1, 1]|within 0.001, received 0.00199997 off",
      "[0.25, 0.5, 1, 0]|within 0.001, received 1 off"})
  void corners(String corners, String problem) {
    String golden = GOLDEN.replace("[0, 0.5, 1, 1]", corners);
    assertEquals(problem == null ? List.of() : List.of("golden 0: expected corners of piece " + problem),
        problems(golden));
  }

  @Test
  void outputs() {
    finds("expected the label 0 of label, received 1", "'label': 1", "'label': 0");
    String half = "{'label': {'numbers': [0, 3], 'label': 1, 'probabilities': [0.04742587, 0.9525741]}}";
    String golden = GOLDEN.replace("'exit': 'end'", "'exit': 'half'");
    assertEquals(
        List.of("golden 0: expected the exit 'half', received 'end'",
            "golden 0: expected the outputs ['label'], received ['label', 'numbers']"),
        problems(golden.substring(0, golden.indexOf("{'label'")) + half + "}"));
  }

  @Test
  void numbersAreComparedAsFloat32WithinAThousandth() {
    assertEquals(List.of(), problems(GOLDEN.replace("[70, 60]", "[70.0009, 59.9991]")));
    // Near 70 the numbers of float32 lie 2^-17 apart: 144 of those.
    finds("expected numbers of numbers within 0.001, received 0.00109863 off", "[70, 60]", "[70.0011, 60]");
    finds("expected numbers of label within 0.001, received 0.25 off", "'numbers': [0, 3]", "'numbers': [0.25, 3]");
  }

  @Test
  void aToleranceMayBeNoneAtAll() {
    String close = GOLDEN.replace("[70, 60]", "[70.0009, 60]");
    String none = close.substring(0, close.length() - 1) + ", 'tolerance': 0}";
    List<String> problems = problems(none.replace("[0.04742587, 0.9525741]", "[0.5, 0.5]"));
    assertEquals(2, problems.size(), problems.toString());
    assertEquals("golden 0: expected probabilities of label within 0, received 0.452574 off", problems.get(0));
    assertEquals("golden 0: expected numbers of numbers within 0, received 0.000900269 off", problems.get(1));
    String wide = close.replace("[70.0009, 60]", "[99, 31]");
    assertEquals(List.of(), problems(wide.substring(0, wide.length() - 1) + ", 'tolerance': 29}"));
  }

  @Test
  void everyCaseHasItsNumberAndEveryDifferenceItsSentence() {
    assertEquals(
        List.of("golden 1: expected the exit 'before', received 'end'",
            "golden 2: expected the path [], received ['relu']",
            "golden 2: expected the reason 'rule', received 'final'",
            "golden 2: expected the label 0 of label, received 1"),
        problems(GOLDEN, GOLDEN.replace("'exit': 'end'", "'exit': 'before'"), GOLDEN.replace("'path': ['relu']",
            "'path': []").replace("'final'", "'rule'").replace("'label': 1", "'label': 0")));
  }

  @Test
  void aNumberBeyondFloat32IsADifference() {
    Path folder = SmallBundle.of(scratch, fill("v", "[1, 2]", "0") + ", " + END, root -> { });
    SmallBundle.addGoldens(folder, new byte[] {1, 2}, "{'inputs': {'image': 0}, 'operating_point': 'only', 'path': [], "
        + "'events': [], 'exit': 'end', 'reason': 'final', 'outputs': {'label': {'numbers': [1e308, 0], 'label': 0, "
        + "'probabilities': [0.5, 0.5]}}}");
    try (Chain chain = Chain.load(folder)) {
      assertEquals(List.of("golden 0: expected numbers of label within 0.001, received inf off"), chain.selfTest());
    }
  }

  @Test
  void aGoldenWhoseInputsAreOthersIsAnError() {
    String said = assertThrows(BundleException.class, () -> problems(GOLDEN.replace("'image': 0", "'picture': 0")))
        .getMessage();
    assertEquals("golden/index.json: cases[0].inputs: expected the inputs ['image'], received ['picture']", said);
    said = assertThrows(BundleException.class, () -> problems(GOLDEN.replace("'image': 0", "'image': 1")))
        .getMessage();
    assertEquals("golden/index.json: cases[0].inputs: expected an array below 1, received 1", said);
  }
}
