package org.frugal.bundle;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.leave;
import static org.frugal.bundle.SmallManifest.repeat;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.JsonObject;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.frugal.BundleException;
import org.junit.jupiter.api.Test;

/** What a program may do: what is written where it is read, shapes, and every way to an answer. */
class ProgramCheckTest {
  private static final String LOOK = run("image", "image", "v");
  private static final String REAL = run("real", "v", "v");
  private static final String WRITES_W = run("real", "v", "w");
  private static final String READS_W = run("real", "w", "v");
  private static final String SCORE = fill("score", "[1]", "0");
  private static final String SURE =
      "'rule': {'rule': 'max_softmax', 'value': 'v', 'threshold': 0.5, 'activation': 'none'}";
  private static final String NOT_WRITTEN = "expected a value that every way here has written, received 'w'";

  private static String branch(String then, String otherwise) {
    return "{'op': 'branch', " + SURE + ", 'then': [" + then + "], 'otherwise': [" + otherwise + "]}";
  }

  private static String crop(String fields) {
    return "{'op': 'crop', 'value': 'image', 'output': 'piece', 'size': [1, 2], " + fields + "}";
  }

  private static void passes(String... steps) {
    ManifestCheck.check(SmallManifest.read("[" + String.join(", ", steps) + "]"));
  }

  private static void refuses(String field, String problem, String... steps) {
    refuses(root -> { }, field, problem, steps);
  }

  private static void refuses(Consumer<JsonObject> change, String field, String problem, String... steps) {
    BundleException error = assertThrows(BundleException.class,
        () -> ManifestCheck.check(SmallManifest.read("[" + String.join(", ", steps) + "]", change)));
    assertEquals("manifest.json: " + field + ": " + problem, error.getMessage());
  }

  @Test
  void valuesAreDeclared() {
    passes(LOOK, REAL, END);
    refuses("programs.main[0].inputs.x", "expected a value that is declared, received 'x'",
        run("real", "x", "v"), END);
    refuses("programs.main[1].outputs.y", "expected a value that is declared, received 'x'",
        LOOK, run("real", "v", "x"), END);
    refuses("programs.main[0].output", "expected a value that is declared, received 'x'", fill("x", "[2]", "0"), END);
  }

  @Test
  void valuesHaveTheShapesOfWhatReadsAndWritesThem() {
    refuses("programs.main[0].inputs.x", "expected the shape [1, 2], received [1, 1, 2, 1] in 'image'",
        run("real", "image", "v"), END);
    refuses("programs.main[0].outputs.y", "expected the shape [1, 2], received [3] in 'three'",
        run("image", "image", "three"), END);
    refuses("programs.main[1].output", "expected the shape [2], received [3] in 'three'",
        LOOK, fill("three", "[2]", "0"), END);
    refuses("programs.main[2].output", "expected the shape [1, 1, 2, 1], received [1, 2] in 'v'",
        LOOK, fill("at", "[4]", "0"), crop("'at': 'at'").replace("piece", "v"), END);
    // Another type is no other shape: the runtime converts.
    passes(run("image", "image", "c"), run("codes", "c", "v"), END);
  }

  @Test
  void whatIsWrittenOnOneWayOnlyIsNotWritten() {
    refuses("programs.main[2].inputs.x", NOT_WRITTEN, LOOK, branch(WRITES_W, ""), READS_W, END);
    passes(LOOK, branch(WRITES_W, WRITES_W), READS_W, END);
    // A way that has answered does not come here.
    passes(LOOK, branch(WRITES_W, END.replace("end", "early")), READS_W, END);
    refuses("programs.main[2].inputs.x", NOT_WRITTEN,
        LOOK, "{'op': 'select', 'value': 'v', 'cases': [[" + WRITES_W + "], []]}", READS_W, END);
  }

  @Test
  void whatARemoteRunOrOtherwiseWritesBothHaveToWrite() {
    refuses("programs.main[2].inputs.x", NOT_WRITTEN, LOOK, run("real", "v", "w", REAL), READS_W, END);
    refuses("programs.main[2].inputs.x", NOT_WRITTEN, LOOK, run("real", "v", "v", WRITES_W), READS_W, END);
    passes(LOOK, run("real", "v", "w", fill("w", "[1, 2]", "0")), READS_W, END);
    passes(LOOK, run("real", "v", "w", END.replace("end", "early")), READS_W, END);
    refuses("programs.main[1].otherwise[0].inputs.x", NOT_WRITTEN, LOOK, run("real", "v", "w", READS_W), END);
    Consumer<JsonObject> filed = root -> root.get("parts").asObject().set("filed", root.get("parts").asObject()
        .get("real").asObject().set("file", "f").set("sha256", "0".repeat(64)).set("bytes", 1));
    refuses(filed, "programs.main[1].otherwise",
        "expected otherwise only for a remote run, received it for a local one", LOOK,
        run("filed", "v", "v", "").replace("remote", "local"), END);
  }

  @Test
  void aRepeatWritesWhatEveryWayToItsEndHasWritten() {
    passes(LOOK, SCORE, repeat(2, WRITES_W + ", " + leave("0")), READS_W, END);
    refuses("programs.main[3].inputs.x", NOT_WRITTEN, LOOK, SCORE, repeat(2, leave("0") + ", " + WRITES_W), READS_W,
        END);
    // What only a later time would find has not been written the first time.
    refuses("programs.main[1].steps[0].inputs.x", NOT_WRITTEN, LOOK, repeat(2, READS_W + ", " + WRITES_W), END);
    // Its last step answers, but it can be left.
    passes(LOOK, SCORE, repeat(2, WRITES_W + ", " + leave("0") + ", " + END.replace("end", "in")), READS_W, END);
    // The inner of two repeats is left.
    refuses("programs.main[2].steps", "expected a way to its end, but every way answers before",
        LOOK, SCORE, repeat(2, repeat(2, leave("0")) + ", " + END.replace("end", "in")), END);
  }

  @Test
  void onlyARepeatIsLeft() {
    String problem = "expected a repeat or an each around it, received none";
    refuses("programs.main[1]", problem, SCORE, leave("0"), LOOK, END);
    refuses("programs.main[2]", problem, SCORE, repeat(1, SCORE), leave("0"), LOOK, END);
    passes(SCORE, LOOK, repeat(1, branch(leave("0"), "")), END);
  }

  private static final Consumer<JsonObject> TABLE = root -> root.get("values").asObject()
      .set("table", json("{'shape': [1, 3, 2], 'type': 'float32'}"))
      .set("long", json("{'shape': [1, 1001, 2], 'type': 'float32'}"))
      .set("done", json("{'shape': [1, 1], 'type': 'float32'}"))
      .set("boxes", json("{'shape': [1, 2, 4], 'type': 'float32'}"));
  private static final String ROWS = fill("table", "[1, 3, 2]", "0");

  private static String each(String fields, String steps) {
    return "{'op': 'each', 'rows': {'w': 'table'}, 'steps': [" + steps + "], " + fields + "}";
  }

  private static void passesWithRows(String... steps) {
    ManifestCheck.check(SmallManifest.read("[" + String.join(", ", steps) + "]", TABLE));
  }

  @Test
  void behindAnEachOnlyWhatItStacksIsWritten() {
    String stacks = "'stacks': {'table': 'v'}, 'done': 'done'";
    passesWithRows(ROWS, LOOK, each(stacks, READS_W), END);
    refuses(TABLE, "programs.main[2].gives.label", NOT_WRITTEN.replace("'w'", "'v'"), ROWS, each(stacks, READS_W),
        END);
    refuses(TABLE, "programs.main[3].inputs.x", NOT_WRITTEN, ROWS, LOOK, each(stacks, READS_W), READS_W, END);
    passesWithRows(ROWS, LOOK, each(stacks, READS_W), END.replace("'label': 'v'", "'label': 'v', 'numbers': 'done'"));
    refuses(TABLE, "programs.main[1].steps", "expected a way to its end, but every way answers before", ROWS,
        each(stacks, END.replace("end", "in").replace("'v'", "'w'")), END);
    // It can be left, which stacks no row: what is stacked has to be written at its end all the same.
    passesWithRows(ROWS, LOOK, SCORE, each(stacks, leave("0") + ", " + READS_W), END);
    refuses(TABLE, "programs.main[3].stacks.table", NOT_WRITTEN.replace("'w'", "'piece'"), ROWS, LOOK, SCORE,
        each("'stacks': {'table': 'piece'}", READS_W), END);
  }

  @Test
  void rowsAreThoseOfTheSecondDimension() {
    String stacks = "'stacks': {'table': 'w'}";
    Function<String, String> over = rows -> each(stacks, SCORE).replace("'w': 'table'", rows);
    refuses(TABLE, "programs.main[2].rows.w", "expected [1, rows, ...] of at most 1000 rows, received [3] in 'three'",
        ROWS, fill("three", "[3]", "0"), over.apply("'w': 'three'"), LOOK, END);
    refuses(TABLE, "programs.main[1].rows.w",
        "expected [1, 1001, ...] of at most 1000 rows, received [1, 1001, 2] in 'long'",
        fill("long", "[1, 1001, 2]", "0"), over.apply("'w': 'long'"), LOOK, END);
    refuses(TABLE, "programs.main[2].rows.at",
        "expected [1, 3, ...] of at most 1000 rows, received [1, 2, 4] in 'boxes'", ROWS, fill("boxes", "[1, 2, 4]", "0"), over.apply("'w': 'table', 'at': 'boxes'"), LOOK, END);
    refuses(TABLE, "programs.main[1].rows.at", "expected the shape [1, 2], received [4] in 'at'",
        ROWS, over.apply("'at': 'table'"), LOOK, END);
    refuses(TABLE, "programs.main[2].stacks.table", "expected a row [1, ...], received [3] in 'three'", ROWS,
        fill("three", "[3]", "0"), each("'stacks': {'table': 'three'}", SCORE), LOOK, END);
    refuses(TABLE, "programs.main[1].count", "expected 1 element(s), received 6 in 'table'", ROWS,
        each("'count': 'table', " + stacks, SCORE), LOOK, END);
    refuses(TABLE, "programs.main[1].done", "expected the shape [1, 1], received [1] in 'score'", ROWS,
        each("'done': 'score', " + stacks, SCORE), LOOK, END);
  }

  @Test
  void aKeepHasScoresForItsBoxes() {
    String keep = "{'op': 'keep', 'boxes': 'boxes', 'scores': 'v', 'threshold': 0, 'overlap': 1, 'most': 1,"
        + " 'outputs': {'count': 'done'}}";
    String boxes = fill("boxes", "[1, 2, 4]", "0");
    passesWithRows(boxes, LOOK, keep, END.replace("'label': 'v'", "'numbers': 'done'"));
    refuses(TABLE, "programs.main[2].boxes", "expected [1, rows, 4], received [1, 3, 2] in 'table'", ROWS, LOOK,
        keep.replace("'boxes': 'boxes'", "'boxes': 'table'"), END);
    refuses(TABLE, "programs.main[3].scores",
        "expected as many elements for each of 2 boxes, received 3 in 'three'", boxes, LOOK,
        fill("three", "[3]", "0"), keep.replace("'v'", "'three'"), END);
    refuses(TABLE, "programs.main[2].outputs.rows", "expected the shape [1, 1], received [1, 2] in 'w'", boxes, LOOK,
        keep.replace("'count': 'done'", "'rows': 'w'"), END);
    refuses(TABLE, "programs.main[2].costs", "expected units among ['latency_us', 'macs'], received ['energy_uj']",
        boxes, LOOK, keep.replace("'most': 1", "'most': 1, 'costs': {'energy_uj': 1}"), END);
  }

  @Test
  void waysThatHaveAllAnsweredHaveNothingBehindThem() {
    String both = branch(END.replace("end", "a"), END.replace("end", "b"));
    passes(LOOK, both);
    refuses("programs.main[2]", "expected nothing behind an answer, received a step", LOOK, both, END);
    refuses("programs.main[1].then[1]", "expected nothing behind an answer, received a step",
        LOOK, branch(END + ", " + REAL, ""), END.replace("end", "b"));
    String exit = "{'op': 'exit', 'name': 'early', " + SURE + ", 'gives': {'label': 'v'}}";
    refuses("programs.main", "expected every way to end in an answer, received one that does not", LOOK, exit);
  }

  @Test
  void whatIsGivenIsAnOutputOfTheBundle() {
    passes(LOOK, END.replace("{'label': 'v'}", "{'numbers': 'image', 'label': 'v'}"));
    refuses("programs.main[1].gives", "expected one of the outputs ['label', 'numbers'], received 'labels'",
        LOOK, END.replace("'label'", "'labels'"));
    refuses("programs.main[1].gives.label", "expected 2 element(s), received 3 in 'three'",
        fill("three", "[3]", "0"), END.replace("'v'", "'three'"));
    refuses("programs.main[1].gives.numbers", NOT_WRITTEN, LOOK, END.replace("'label': 'v'", "'numbers': 'w'"));
    refuses("programs.main[2].name", "expected names that differ, received 'end' twice", LOOK, branch(END, ""), END);
  }

  @Test
  void aSelectNamesAValueOrAParameterOfItsCases() {
    Consumer<JsonObject> knob = root -> root.set("parameters",
        json("{'k': {'default': 0, 'minimum': 0, 'maximum': 1.5}, 'l': {'default': [0], 'minimum': 0, 'maximum': 1}}"));
    String select = "{'op': 'select', 'parameter': 'k', 'cases': [[], [], []]}";
    ManifestCheck.check(SmallManifest.read("[" + LOOK + ", " + select + ", " + END + "]", knob));
    String where = "programs.main[1]";
    refuses(knob, where, "expected a value or a parameter, received both", LOOK,
        select.replace("'k'", "'k', 'value': 'v'"), END);
    refuses(knob, where, "expected a value or a parameter, received none", LOOK,
        select.replace("'k'", "null"), END);
    refuses(knob, where + ".parameter", "expected a parameter of 0 to 1, received 0 to 1.5", LOOK,
        select.replace("[[], ", "["), END);
    refuses(knob, where + ".parameter", "expected a parameter of the bundle, received 'm'", LOOK,
        select.replace("'k'", "'m'"), END);
    refuses(knob, where + ".parameter", "expected a parameter that is one number, received the list 'l'", LOOK,
        select.replace("'k'", "'l'"), END);
    refuses(where + ".value", "expected 3 element(s), received 2 in 'v'", LOOK,
        select.replace("'parameter': 'k'", "'value': 'v'"), END);
  }

  @Test
  void cropsHaveAsMuchToReadAsTheirModeNeeds() {
    String at = fill("at", "[4]", "0");
    String spot = fill("spot", "[2]", "0");
    passes(LOOK, at, spot, crop("'at': 'at'"), crop("'at': 'at', 'mode': 'box'"),
        crop("'at': 'spot', 'mode': 'glimpse'"), END);
    refuses("programs.main[1].at", "expected 4 element(s), received 2 in 'spot'", spot,
        crop("'at': 'spot', 'mode': 'box'"), LOOK, END);
    refuses("programs.main[1].scales", "expected 1 for the mode box, received 2", at,
        crop("'at': 'at', 'mode': 'box', 'scales': 2"), LOOK, END);
    refuses("programs.main[2].value", "expected [1, height, width, channels], received [1, 2]", LOOK, at,
        crop("'at': 'at'").replace("'image'", "'v'"), END);
    refuses("programs.main[1].costs", "expected units among ['latency_us', 'macs'], received ['energy_uj', 'macs']", at,
        crop("'at': 'at', 'costs': {'macs': 1, 'energy_uj': 1}"), LOOK, END);
  }

  @Test
  void numbersAreCounted() {
    refuses("programs.main[0].content", "expected 3 numbers for the shape, received 2", fill("three", "[3]", "[1, 2]"),
        LOOK, END);
    String margin = "{'op': 'branch', 'rule': {'rule': 'margin', 'value': 'score', 'threshold': 0}, 'then': []}";
    refuses("programs.main[1].rule.value", "expected at least 2 elements, received 1 in 'score'", SCORE, margin, LOOK,
        END);
    refuses("programs.main[1].rule.value", "expected 1 element(s), received 2 in 'v'", LOOK,
        "{'op': 'branch', 'rule': {'rule': 'at_least', 'value': 'v', 'threshold': 0}, 'then': []}", END);
    refuses("programs.main[0].part", "expected a file for 'image', which runs locally",
        LOOK.replace("remote", "local"), END);
  }

  @Test
  void allProgramsAreCheckedAndOneIsMain() {
    refuses(root -> root.get("programs").asObject().set("other", json("[" + LOOK + "]")), "programs.other",
        "expected every way to end in an answer, received one that does not", LOOK, END);
    refuses(root -> root.set("programs", json("{'b': [" + END + "], 'a': [" + END + "]}")), "programs",
        "expected a program \"main\", received ['a', 'b']", END);
    // Names are unique in a program, and written values are one program's.
    ManifestCheck.check(SmallManifest.read("[" + LOOK + ", " + END + "]",
        root -> root.get("programs").asObject().set("other", json("[" + LOOK + ", " + END + "]"))));
    refuses(root -> root.get("programs").asObject().set("other", json("[" + END + "]")),
        "programs.other[0].gives.label", NOT_WRITTEN.replace("'w'", "'v'"), LOOK, END);
  }

  @Test
  void inputsAreDeclaredInTypesThatCanHoldThem() {
    Consumer<JsonObject> text = root -> root.get("inputs").asObject().set("text", json("{'kind': 'vector'}"));
    refuses(text, "inputs.text", "expected a value of that name, received none", LOOK, END);
    refuses(text.andThen(root -> root.get("values").asObject().set("text", json("{'shape': [3], 'type': 'int32'}"))),
        "values.text.type", "expected float32, int8, uint8 or int16 for an input, received int32", LOOK, END);
    refuses(root -> root.get("values").asObject().set("image", json("{'shape': [1, 2, 1], 'type': 'float32'}")),
        "values.image.shape", "expected [1, height, width, channels], received [1, 2, 1]", LOOK, END);
    refuses(root -> root.get("inputs").asObject().get("image").asObject().set("scale", json("[1, 1]")),
        "inputs.image.scale", "expected one number for each of 1 channels, received 2", LOOK, END);
    refuses(root -> root.get("values").asObject().set("w", json("{'shape': [1, 2], 'type': 'int8'}")),
        "values.w", "expected a scale for int8, received none", LOOK, END);
  }

  @Test
  void oneOfManyNumbersIsNamedWhenItIsOutOfBounds() {
    refuses(root -> root.set("parameters", json("{'k': {'default': [0, 1, 3], 'minimum': 0, 'maximum': 2}}")),
        "parameters.k.default", "expected 0 to 2, received 3", LOOK, END);
    Manifest.Parameter one = new Manifest.Parameter(Numbers.of(0), -0.5, 1234565, "", List.of());
    assertEquals("expected -0.5 to 1.23456e+06, received -0.6", ManifestCheck.settingProblem(one, Numbers.of(-0.6)));
  }
}
