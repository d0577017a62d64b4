package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.frugal.BundleException;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** What the walk over a program finds out: what a value may be where it is read, and who reads it. */
class ProgramFactsTest {
  private static final Tensor FLOAT = Tensor.float32(List.of(1, 2));
  private static final Tensor CODES = new Tensor(List.of(1, 2), TensorType.INT8, 0.5, -3);
  private static final String LOOK = run("image", "image", "v");
  private static final String REAL = run("real", "v", "v");
  private static final String CODED = run("codes", "v", "v");
  private static final String SURE =
      "'rule': {'rule': 'max_softmax', 'value': 'v', 'threshold': 0.5, 'activation': 'none'}";
  private static final String END = "{'op': 'answer', 'name': 'end', 'value': 'v'}";

  private static String run(String part, String input, String output) {
    return "{'op': 'run', 'part': '" + part + "', 'inputs': {'x': '" + input + "'}, 'outputs': {'y': '" + output
        + "'}, 'on': 'remote'}";
  }

  private static String branch(String then, String otherwise) {
    return "{'op': 'branch', " + SURE + ", 'then': [" + then + "], 'otherwise': [" + otherwise + "]}";
  }

  private static String repeat(int times, String steps) {
    return "{'op': 'repeat', 'times': " + times + ", 'steps': [" + steps + "]}";
  }

  private static ProgramFacts facts(String... steps) {
    return ManifestCheck.check(SmallManifest.read("[" + String.join(", ", steps) + "]"));
  }

  private static void refuses(String field, String problem, String... steps) {
    BundleException error = assertThrows(BundleException.class, () -> facts(steps));
    assertEquals("manifest.json: " + field + ": " + problem, error.getMessage());
  }

  @Test
  void aLine() {
    ProgramFacts facts = facts(LOOK, CODED, END);
    assertEquals(Set.of(Tensor.float32(List.of(1, 1, 2, 1))), facts.tensors().get("program[0].inputs.x"));
    assertEquals(Set.of(FLOAT), facts.tensors().get("program[1].inputs.x"));
    assertEquals(Set.of(CODES), facts.tensors().get("program[2].value"));
    assertEquals(Set.of(FLOAT, CODES), facts.values().get("v"), "at any time");
    assertEquals(Set.of("v"), facts.overwritten());
    assertEquals(List.of("image", "v"), List.copyOf(facts.values().keySet()));
  }

  @Test
  void readersArePartInputsOrNull() {
    ProgramFacts facts = facts(LOOK, CODED, END);
    Tensor photo = new Tensor(List.of(1, 1, 2, 1), TensorType.UINT8, 1.0, 0);
    assertEquals(Set.of(photo), facts.readers().get("image"));
    assertEquals(new HashSet<>(Arrays.asList(CODES, null)), facts.readers().get("v"));
  }

  @Test
  void whereWaysMeetAValueMayBeWhatEitherWrote() {
    ProgramFacts facts = facts(LOOK, branch(CODED, ""), END);
    assertEquals(Set.of(FLOAT, CODES), facts.tensors().get("program[2].value"));
    assertEquals(Set.of(FLOAT), facts.tensors().get("program[1].rule.value"));
    assertEquals(Set.of(FLOAT), facts.tensors().get("program[1].then[0].inputs.x"));
    // A way that has answered does not come here.
    facts = facts(LOOK, branch(CODED + ", " + END.replace("end", "early"), ""), END);
    assertEquals(Set.of(FLOAT), facts.tensors().get("program[2].value"));
  }

  @Test
  void aRepeatReadsWhatItsLastTurnWrote() {
    ProgramFacts facts = facts(LOOK, repeat(2, CODED), END);
    assertEquals(Set.of(FLOAT, CODES), facts.tensors().get("program[1].steps[0].inputs.x"));
    assertEquals(Set.of(CODES), facts.tensors().get("program[2].value"));
    // One turn has no last one.
    facts = facts(LOOK, repeat(1, CODED), END);
    assertEquals(Set.of(FLOAT), facts.tensors().get("program[1].steps[0].inputs.x"));
  }

  @Test
  void aPieceThatGrowsFromTurnToTurnIsRefusedAtLast() {
    String grow = "{'op': 'crop', 'value': 'image', 'at': 'v', 'output': 'image', 'size': [1, 2], 'mode': 'glimpse',"
        + " 'scales': 8}";
    assertEquals(Set.of(Tensor.float32(List.of(1, 1, 2, 8))),
        facts(LOOK, grow, END).values().get("image").stream().skip(1)
            .collect(Collectors.toSet()));
    // Of c channels 1 x 2 pixels, and 4 times as many at each of 7 more scales: 43690 c, for c = 1, 8, 64, 512.
    refuses("program[1].steps[0].size", "expected at most 16777216 pixels, received 22369280",
        LOOK, repeat(2, grow), END);
  }

  @Test
  void anExitHasNoWayPastItThatItDoesNotLeave() {
    String exit = "{'op': 'exit', 'name': 'early', " + SURE + ", 'value': 'v'}";
    ProgramFacts facts = facts(LOOK, exit, REAL, END);
    assertEquals(Set.of(FLOAT), facts.tensors().get("program[1].value"));
    assertEquals(Set.of(FLOAT), facts.tensors().get("program[1].rule.value"));
    refuses("program", "expected every way to end in an answer, received one that does not", LOOK, exit);
  }

  @Test
  void whatIsWrittenOnOneWayOnlyIsNotWritten() {
    refuses("program[2].value", "expected a value that every way here has written, received 'w'",
        LOOK, branch(run("real", "v", "w"), ""), END.replace("'v'", "'w'"));
    refuses("program[2].value", "expected a value that every way here has written, received 'w'",
        LOOK, "{'op': 'select', 'value': 'v', 'cases': [[" + run("real", "v", "w") + "], []]}",
        END.replace("'v'", "'w'"));
  }

  @Test
  void waysThatHaveAllAnsweredHaveNothingBehindThem() {
    String both = branch(END.replace("end", "a"), END.replace("end", "b"));
    assertTrue(facts(LOOK, both).overwritten().contains("v"));
    refuses("program[2]", "expected nothing behind an answer, received a step", LOOK, both, END);
    refuses("program[1].then[1]", "expected nothing behind an answer, received a step",
        LOOK, branch(END + ", " + REAL, ""), END.replace("end", "b"));
  }

  @Test
  void namesOfExitsAndAnswersDifferAtAnyDepth() {
    refuses("program[2].name", "expected names that differ, received 'end' twice", LOOK, branch(END, ""), END);
  }

  @Test
  void numbersAreCounted() {
    String fill = "{'op': 'fill', 'output': 'v', 'shape': [3], 'content': 0}";
    refuses("program[1].value", "expected 2 element(s), received 3 in 'v'", fill, END);
    refuses("program[0].content", "expected 3 numbers for the shape, received 2", fill.replace("0}", "[1, 2]}"), END);
    String margin = "{'op': 'branch', 'rule': {'rule': 'margin', 'value': 's', 'threshold': 0}, 'then': []}";
    refuses("program[2].rule.value", "expected at least 2 elements, received 1 in 's'", LOOK,
        fill.replace("'v'", "'s'").replace("[3]", "[]"), margin, END);
    String score = "{'op': 'branch', 'rule': {'rule': 'at_least', 'value': 'v', 'threshold': 0}, 'then': []}";
    refuses("program[1].rule.value", "expected 1 element(s), received 2 in 'v'", LOOK, score, END);
  }

  @Test
  void aPartWithoutAFileRunsOnTheServerOnly() {
    refuses("program[0].part", "expected a file for 'image', which runs locally",
        LOOK.replace("remote", "local"), END);
  }

  @Test
  void oneOfManyNumbersIsNamedWhenItIsOutOfBounds() {
    BundleException error = assertThrows(BundleException.class, () -> ManifestCheck.check(SmallManifest.read(
        "[" + LOOK + ", " + END + "]", root -> root.set("parameters", Json.parse(
            "{\"k\": {\"default\": [0, 1, 3], \"minimum\": 0, \"maximum\": 2}}")))));
    assertEquals("manifest.json: parameters.k.default: expected 0 to 2, received 3", error.getMessage());
    Manifest.Parameter one = new Manifest.Parameter(Numbers.of(0), -0.5, 1234565, "");
    assertEquals("expected -0.5 to 1.23456e+06, received -0.6", ManifestCheck.settingProblem(one, Numbers.of(-0.6)));
  }
}
