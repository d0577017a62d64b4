package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.frugal.BundleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Manifests that are refused, each with its field named: one change of a golden bundle's manifest each. */
class RefusalsTest {
  private static final String DELETE = null;

  /**
   * A change and what is said of it.
   *
   * @param place the field to set, such as {@code program[3].rule}
   * @param json what to set it to; null takes it away
   */
  private record Case(String bundle, String place, String json, String field, String words) {
    @Override
    public String toString() {
      return bundle + ": " + place + " = " + json;
    }
  }

  /** Another field is named than the one that was set. */
  private static Case other(String bundle, String place, String json, String field, String words) {
    return new Case(bundle, place, json, field, words);
  }

  /** The field is named that was set. */
  private static Case same(String bundle, String place, String json, String words) {
    return new Case(bundle, place, json, place, words);
  }

  private static JsonValue manifest(String bundle) throws IOException {
    Path path = Path.of(System.getProperty("frugal.repository"), "tests/goldens/bundles", bundle, "manifest.json");
    return Json.parse(new String(Files.readAllBytes(path), StandardCharsets.UTF_8));
  }

  private static void set(JsonValue root, String place, String json) {
    String[] keys = place.replaceAll("\\[(\\d+)\\]", ".$1").split("\\.");
    JsonValue parent = root;
    for (int i = 0; i < keys.length - 1; i++) {
      parent = parent.isArray() ? parent.asArray().get(Integer.parseInt(keys[i])) : parent.asObject().get(keys[i]);
    }
    String last = keys[keys.length - 1];
    if (parent.isArray() && json == null) {
      parent.asArray().remove(Integer.parseInt(last));
    } else if (parent.isArray()) {
      parent.asArray().set(Integer.parseInt(last), Json.parse(json));
    } else if (json == null) {
      parent.asObject().remove(last);
    } else {
      parent.asObject().set(last, Json.parse(json));
    }
  }

  private static void load(JsonValue manifest) {
    ManifestCheck.check(ManifestReader.read(manifest.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static void check(Case change) throws IOException {
    JsonValue manifest = manifest(change.bundle);
    load(manifest);
    set(manifest, change.place, change.json);
    BundleException error = assertThrows(BundleException.class, () -> load(manifest));
    assertEquals(change.field, error.field(), error.getMessage());
    assertTrue(error.problem().contains(change.words), error.getMessage());
    assertEquals("manifest.json", error.file());
  }

  @ParameterizedTest
  @MethodSource({"anotherForm", "noSense", "programsThatCannotRun"})
  void oneChangeIsRefusedWithItsField(Case change) throws IOException {
    check(change);
  }

  static List<Case> anotherForm() {
    return List.of(
        same("steps", "format", "\"onnx\"", "expected \"frugal\", received 'onnx'"),
        same("steps", "version", "2", "this runtime reads versions up to 1"),
        same("steps", "version", "true", "expected a whole number from 1 to 1, received True"),
        same("steps", "version", "1.0", "received 1.0"),
        same("steps", "name", "\"a b\"", "matching regex"),
        other("steps", "extra", "1", "", "object contains unknown field `extra`"),
        other("steps", "task", DELETE, "", "object missing required field `task`"),
        same("steps", "task.labels", "[]", "expected `array` of length >= 1"),
        same("steps", "task.kind", "\"detection\"", "invalid enum value 'detection'"),
        same("steps", "input.shape", "[5, 4]", "expected `array` of length 3"),
        same("steps", "input.shape[0]", "0", "expected `int` >= 1"),
        same("steps", "input.shape[0]", "2.0", "expected `int`, received `float`"),
        same("steps", "input.shape[0]", "99999999999999999999", "expected `int` <= 16777216"),
        same("steps", "input.scale[0]", "1e31", "expected `float` <= 1e+30"),
        same("steps", "input.scale[0]", "1e999", "number out of range"),
        same("steps", "name", "1e999", "number out of range"),
        same("steps", "input.resize", "\"cubic\"", "invalid enum value 'cubic'"),
        same("steps", "program[0].op", "\"jump\"", "invalid value 'jump'"),
        other("steps", "program[0].op", DELETE, "program[0]", "object missing required field `op`"),
        same("steps", "program[0].op", "7", "expected `str`"),
        other("steps", "program[0].threads", "2", "program[0]", "object contains unknown field `threads`"),
        same("steps", "program[0].content", "[]", "expected `array` of length >= 1"),
        same("steps", "program[0].content", "\"zero\"", "expected `float | object | array`, received `str`"),
        same("steps", "program[1].size", "[3]", "expected `array` of length 2"),
        same("steps", "program[1].scales", "9", "expected `int` <= 8"),
        same("steps", "program[2].outputs", "{}", "expected `object` of length >= 1"),
        same("steps", "program[2].on", "\"cloud\"", "invalid enum value 'cloud'"),
        same("steps", "program[5].times", "1001", "expected `int` <= 1000"),
        same("steps", "program[6].rule.rule", "\"coin\"", "invalid value 'coin'"),
        same("steps", "program[6].rule.threshold", "\"high\"", "expected `float | object`, received `str`"),
        other("steps", "program[6].rule.weight", "1", "program[6].rule", "object contains unknown field `weight`"),
        other("seams", "parts.first.inputs.image.zero_point", "256", "parts.first.inputs[...].zero_point", "<= 255"),
        other("seams", "parts.first.inputs.image.scale", "0", "parts.first.inputs[...].scale", ">= 1e-30"),
        other("seams", "parts.first.inputs.image.scale", "\"x\"", "parts.first.inputs[...].scale", "`float | null`"),
        same("seams", "parts.first.sha256", "\"" + "A".repeat(64) + "\"", "matching regex"),
        same("seams", "parts.first.bytes", "-1", "expected `int` >= 0"),
        other("seams", "parts.first.costs.macs", "-1", "parts.first.costs[...]", "expected `float` >= 0.0"),
        same("steps", "operating_points[0].accuracy", "1.5", "expected `float` <= 1.0"),
        other("steps", "parameters.sure.minimum", "null", "parameters[...].minimum",
            "expected `float`, received `null`"),
        same("steps", "goldens", "3", "expected `object | null`, received `int`"),
        same("steps", "provenance", "[]", "expected `object`, received `array`"));
  }

  static List<Case> noSense() {
    return List.of(
        other("seams", "parts.first.sha256", "null", "parts.first.file", "expected sha256 and bytes beside the file"),
        other("seams", "parts.first.file", "\"manifest.json\"", "parts.first.file", "another file than the manifest"),
        other("seams", "parts.other.file", "\"parts/first.tflite\"", "parts.other.file", "one sha256 and one size"),
        same("steps", "input.scale", "[1, 1]", "expected one number for each of 1 channels, received 2"),
        same("steps", "input.shape", "[8192, 8192, 2]", "expected at most 67108864 elements"),
        other("seams", "parts.other.costs", "{}", "parts.other.costs", "expected macs among the costs"),
        other("steps", "parts.plain.costs", "{\"macs\": 1}", "parts.plain.costs", "the same units, received ['macs']"),
        same("seams", "parts.first.inputs.image", "{\"shape\": [1, 1, 2, 1], \"type\": \"int8\"}", "a scale for int8"),
        other("seams", "parts.first.inputs.image.zero_point", "128", "parts.first.inputs.image", "received 128"),
        other("seams", "parts.first.inputs.image.zero_point", "null", "parts.first.inputs.image", "received None"),
        other("seams", "parts.real.inputs.x.scale", "0.5", "parts.real.inputs.x",
            "no scale and no zero point for float32"),
        other("steps", "parameters.sure.minimum", "1e30", "parameters.sure.default",
            "expected 1e+30 to 1e+30, received 2"),
        other("steps", "parameters.sure.maximum", "-1e30", "parameters.sure.default",
            "expected -1e+30 to -1e+30, received 2"),
        same("steps", "operating_points[1].name", "\"p0\"", "expected names that differ, received 'p0' twice"),
        other("steps", "operating_points[0].parameters.kappa", "1", "operating_points[0].parameters",
            "received 'kappa'"),
        same("steps", "operating_points[0].parameters.sure", "[1]", "expected a number, received a list of 1"),
        same("steps", "default_operating_point", "\"best\"", "expected one of ['p0', 'p1', 'p2'], received 'best'"));
  }

  static List<Case> programsThatCannotRun() {
    return List.of(
        other("steps", "program[8]", DELETE, "program", "expected every way to end in an answer"),
        other("steps", "program[0]", DELETE, "program[0].at",
            "a value that every way here has written, received 'theta'"),
        same("steps", "program[2].part", "\"patches\"", "expected a part of the bundle, received 'patches'"),
        other("steps", "program[2].inputs", "{\"x\": \"piece\"}", "program[2].inputs", "expected the inputs ['piece']"),
        other("steps", "program[2].inputs.piece", "\"image\"", "program[2].inputs.piece",
        "expected the shape [1, 3, 3, 1], received [1, 5, 4, 1] in 'image'"),
        other("steps", "program[2].outputs.none", "\"x\"", "program[2].outputs",
            "one of the outputs ['choice'], received 'none'"),
        other("steps", "program[5].steps[1].outputs.place", "\"state\"", "program[5].steps[1].outputs",
        "expected values that differ, received ['state', 'state']"),
        same("steps", "program[1].at", "\"image\"", "expected 4 element(s), received 20 in 'image'"),
        same("steps", "program[1].scales", "2", "expected 1 for the mode theta, received 2"),
        same("steps", "program[1].size", "[16384, 16384]", "expected at most 16777216 pixels, received 268435456"),
        same("steps", "program[1].value", "\"theta\"", "expected [1, height, width, channels], received [4]"),
        other("steps", "program[0].shape", "[5]", "program[0].content", "expected 5 numbers for the shape, received 4"),
        other("steps", "program[3].content.parameter", "\"begin\"", "program[3].content", "received 'begin'"),
        same("steps", "program[4].shape", "[16777216, 16777216]", "expected at most 16777216 elements"),
        other("steps", "program[5].steps[2].name", "\"end\"", "program[8].name",
            "names that differ, received 'end' twice"),
        same("steps", "program[6].rule.value", "\"nothing\"", "has written, received 'nothing'"),
        other("steps", "program[7].cases", "[[], [], []]", "program[7].value", "expected 3 element(s), received 2"),
        same("steps", "program[8].value", "\"choice\"", "expected 3 element(s), received 2 in 'choice'"),
        other("rules_float", "program[3].rule.threshold.parameter", "\"beta\"", "program[3].rule.threshold",
            "received 'beta'"),
        other("steps", "program[6].rule.threshold.parameter", "\"start\"", "program[6].rule.threshold", "one number"));
  }

  @Test
  void aProgramThatRunsTooLongOrIsNestedTooDeep() throws IOException {
    JsonValue manifest = manifest("steps");
    String step = manifest.asObject().get("program").asArray().get(0).toString();
    String inner = step;
    for (int i = 0; i < 17; i++) {
      inner = "{\"op\": \"repeat\", \"times\": 1, \"steps\": [" + inner + "]}";
    }
    check(new Case("steps", "program[0]", inner, "program", "expected at most 16 steps inside each other"));
    String thousand = "{\"op\": \"repeat\", \"times\": 1000, \"steps\": [" + step + "]}";
    String tenThousand = "{\"op\": \"repeat\", \"times\": 10, \"steps\": [" + thousand + "]}";
    // 1 + 10 * (1 + 1000), and of the others 1 + 1 + 1 + 1 + (1 + 3 * 3) + (1 + 1) + (1 + 1) + 1.
    check(new Case("steps", "program[0]", tenThousand, "program",
        "expected at most 10000 steps a run, received 10030"));
  }

  @Test
  void aRepeatThatAlwaysAnswersHasNoWayToItsEnd() throws IOException {
    String answer = "{\"op\": \"answer\", \"name\": \"early\", \"value\": \"state\"}";
    check(new Case("steps", "program[5].steps[2]", answer, "program[5].steps", "expected a way to its end"));
    check(new Case("steps", "program[7]", answer, "program[8]", "expected nothing behind an answer, received a step"));
  }

  @Test
  void whatIsWrittenOnOneWayOnlyCannotBeRead() throws IOException {
    check(new Case("steps", "program[6].otherwise", "[]", "program[8].value", "has written, received 'logits'"));
  }
}
