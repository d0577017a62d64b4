package org.frugal.bundle;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.frugal.BundleException;
import org.frugal.ChainException;
import org.frugal.bundle.Manifest.Parameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files, parts, tensors, parameters and operating points of a manifest: what makes no sense, and where. */
class ManifestCheckTest {
  private static final String PROGRAM = "[" + run("image", "image", "v") + ", " + END + "]";
  private static final String SHA = "0123456789abcdef".repeat(4);

  private static void passes(Consumer<JsonObject> change) {
    ManifestCheck.check(SmallManifest.read(PROGRAM, change));
  }

  private static void refuses(String field, String problem, Consumer<JsonObject> change) {
    BundleException error = assertThrows(BundleException.class, () -> passes(change));
    assertEquals("manifest.json: " + field + ": " + problem, error.getMessage());
  }

  private static JsonObject part(JsonObject root, String name) {
    return root.get("parts").asObject().get(name).asObject();
  }

  /** The part of real numbers in a file. */
  private static Consumer<JsonObject> filed(String file, String sha, Object bytes) {
    return root -> part(root, "real").set("file", file)
        .set("sha256", json(sha == null ? "null" : "'" + sha + "'")).set("bytes", json(String.valueOf(bytes)));
  }

  private static Consumer<JsonObject> goldens(String index, Object indexBytes, String arrays) {
    return root -> root.set("goldens", json("{'index': {'file': '" + index + "', 'sha256': '" + SHA + "', 'bytes': "
        + indexBytes + "}, 'arrays': {'file': '" + arrays + "', 'sha256': '" + SHA + "', 'bytes': 5}}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/x", "../x", "a/../x", "./x", "a//x", "a/", "a\\\\x", "C:x", "a:b", "..", ".", "a\\u0000"})
  void aFileLiesInsideOfTheBundle(String file) {
    BundleException error = assertThrows(BundleException.class,
        () -> passes(root -> part(root, "real").set("file", json("'" + file + "'")).set("sha256", SHA)
            .set("bytes", 1)));
    assertEquals("parts.real.file", error.field());
    assertEquals(0, error.problem().indexOf(
        "expected a relative path with forward slashes inside the bundle, received "), error.problem());
  }

  @Test
  void aFileHasADigestAndASize() {
    passes(filed("parts/x", SHA, 1));
    refuses("parts.real.file", "expected sha256 and bytes beside the file, received null", filed("parts/x", null, 1));
    refuses("parts.real.file", "expected sha256 and bytes beside the file, received null",
        filed("parts/x", SHA, "null"));
    refuses("parts.real.file", "expected at most 2147483647 bytes, received 2147483648",
        filed("parts/x", SHA, 1L << 31));
    passes(filed("parts/x", SHA, (1L << 31) - 1));
    refuses("parts.real.file", "expected another file than the manifest, received 'manifest.json'",
        filed("manifest.json", SHA, 1));
  }

  @Test
  void partsOfOneFileAgreeOnIt() {
    Consumer<JsonObject> one = filed("parts/x", SHA, 1);
    passes(one.andThen(root -> part(root, "codes").set("file", "parts/x").set("sha256", SHA).set("bytes", 1)));
    String problem = "expected one sha256 and one size for a file that is named twice, received two for 'parts/x'";
    refuses("parts.codes.file", problem,
        one.andThen(root -> part(root, "codes").set("file", "parts/x").set("sha256", SHA).set("bytes", 2)));
    refuses("parts.codes.file", problem, one.andThen(
        root -> part(root, "codes").set("file", "parts/x").set("sha256", SHA.replace('0', '1')).set("bytes", 1)));
    refuses("goldens.arrays.file", problem, one.andThen(goldens("i", 5, "parts/x")));
  }

  @Test
  void anIndexOfGoldensIsAsLongAsATextMayBe() {
    passes(goldens("i", 8 << 20, "a"));
    refuses("goldens.index.file", "expected at most 8388608 bytes, received 8388609",
        goldens("i", (8 << 20) + 1, "a"));
    refuses("goldens.index.file", "expected a relative path with forward slashes inside the bundle, received '/i'",
        goldens("/i", 5, "a"));
    refuses("goldens.arrays.file", "expected another file than the manifest, received 'manifest.json'",
        goldens("i", 5, "manifest.json"));
  }

  @Test
  void everyPartCountsInTheSameUnits() {
    refuses("parts.real.costs", "expected macs among the costs, received ['latency_us']",
        root -> part(root, "real").set("costs", json("{'latency_us': 1}")));
    refuses("parts.codes.costs", "expected every part to have the same units, received ['energy_uj', 'macs']",
        root -> part(root, "codes").set("costs", json("{'macs': 1, 'energy_uj': 1}")));
    refuses("parts.codes.costs", "expected every part to have the same units, received ['macs']",
        root -> part(root, "codes").set("costs", json("{'macs': 1}")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "'type': 'float32', 'scale': 1|expected no scale and no zero point for float32, received one",
      "'type': 'int32', 'zero_point': 0|expected no scale and no zero point for int32, received one",
      "'type': 'uint8', 'zero_point': 0|expected a scale for uint8, received none",
      "'type': 'int8', 'scale': 1|expected a zero point from -128 to 127 for int8, received None",
      "'type': 'int8', 'scale': 1, 'zero_point': 128|expected a zero point from -128 to 127 for int8, received 128",
      "'type': 'uint8', 'scale': 1, 'zero_point': -1|expected a zero point from 0 to 255 for uint8, received -1"},
      quoteCharacter = '^')
  void tensorsHoldTheirNumbersAsTheirTypesDo(String form, String problem) {
    String tensor = "{'shape': [1, 2], " + form + "}";
    refuses("values.w", problem, root -> root.get("values").asObject().set("w", json(tensor)));
    refuses("parts.real.inputs.x", problem,
        root -> part(root, "real").set("inputs", json("{'x': " + tensor + "}")));
    refuses("parts.real.outputs.y", problem,
        root -> part(root, "real").set("outputs", json("{'y': " + tensor + "}")));
  }

  @Test
  void aTensorHasAtMost2To26Elements() {
    passes(root -> root.get("values").asObject().set("w", json("{'shape': [8192, 8192], 'type': 'float32'}")));
    refuses("values.w", "expected at most 67108864 elements, received 67117056",
        root -> root.get("values").asObject().set("w", json("{'shape': [8192, 8193], 'type': 'float32'}")));
    // 2^(24 * 8), which no number of the machine holds.
    refuses("values.w", "expected at most 67108864 elements, received "
        + "6277101735386680763835789423207666416102355444464034512896", root -> root.get("values").asObject().set("w",
            json("{'shape': [" + "16777216, ".repeat(7) + "16777216], 'type': 'float32'}")));
  }

  private static Consumer<JsonObject> parameter(String form) {
    return root -> root.set("parameters", json("{'k': {" + form + "}}"));
  }

  @Test
  void parametersHaveBoundsThatTheirDefaultsKeep() {
    passes(parameter("'default': 1, 'minimum': 1, 'maximum': 1"));
    refuses("parameters.k", "expected minimum <= maximum, received the reverse",
        parameter("'default': 1, 'minimum': 2, 'maximum': 1"));
    refuses("parameters.k.default", "expected 0 to 1, received 1.5",
        parameter("'default': 1.5, 'minimum': 0, 'maximum': 1"));
    refuses("parameters.k.default", "expected 0 to 1, received -0.25",
        parameter("'default': [0, -0.25, 9], 'minimum': 0, 'maximum': 1"));
  }

  @Test
  void aSettingHasTheFormOfItsDefault() {
    Parameter number = new Parameter(Numbers.of(1), 0, 2, "", List.of());
    Parameter list = new Parameter(Numbers.list(List.of(1.0, 1.0)), 0, 2, "", List.of());
    assertNull(ManifestCheck.settingProblem(number, Numbers.of(2)));
    assertNull(ManifestCheck.settingProblem(list, Numbers.list(List.of(0.0, 2.0))));
    assertEquals("expected a number, received a list of 1",
        ManifestCheck.settingProblem(number, Numbers.list(List.of(1.0))));
    assertEquals("expected a list of 2 numbers, received a number", ManifestCheck.settingProblem(list, Numbers.of(1)));
    assertEquals("expected a list of 2 numbers, received a list of 3",
        ManifestCheck.settingProblem(list, Numbers.list(List.of(1.0, 1.0, 1.0))));
    assertEquals("expected 0 to 2, received 2.00001", ManifestCheck.settingProblem(number, Numbers.of(2.00001)));
    // The first that is wrong.
    assertEquals("expected 0 to 2, received 3",
        ManifestCheck.settingProblem(list, Numbers.list(List.of(3.0, -4.0))));
    assertEquals("expected 0 to 2, received nan", ManifestCheck.settingProblem(number, Numbers.of(Double.NaN)));
  }

  private static Consumer<JsonObject> points(String first, String second) {
    return parameter("'default': 1, 'minimum': 0, 'maximum': 2").andThen(root -> root.set("operating_points", json(
        "[{'name': 'only', 'parameters': {" + first + "}, 'accuracy': 0.5, 'costs': {'macs': 1}, 'samples': 2}, {'name': "
            + second + ", 'accuracy': 0.5, 'costs': {'macs': 1}, 'samples': 2}]")));
  }

  @Test
  void operatingPointsHaveNamesOfTheirOwnAndSettingsThatAreOnes() {
    passes(points("'k': 2", "'more', 'parameters': {}"));
    refuses("operating_points[1].name", "expected names that differ, received 'only' twice",
        points("", "'only', 'parameters': {}"));
    refuses("operating_points[0].parameters", "expected a parameter of the bundle, received 'm'",
        points("'m': 1", "'more', 'parameters': {}"));
    refuses("operating_points[1].parameters.k", "expected 0 to 2, received 3",
        points("", "'more', 'parameters': {'k': 3}"));
    refuses("operating_points[1].parameters.k", "expected a number, received a list of 1",
        points("", "'more', 'parameters': {'k': [1]}"));
    refuses("default_operating_point", "expected one of ['only', 'more'], received 'best'",
        points("", "'more', 'parameters': {}").andThen(root -> root.set("default_operating_point", "best")));
  }

  @Test
  void ofSeveralMistakesTheFirstInTheOrderOfTheChecksIsNamed() {
    List<String> fields = new ArrayList<>();
    List<Consumer<JsonObject>> mistakes = List.of(
        filed("/x", SHA, 1), root -> root.get("values").asObject().set("w", json("{'shape': [1], 'type': 'int8'}")),
        root -> root.get("inputs").asObject().set("text", json("{'kind': 'vector'}")),
        root -> part(root, "count").set("costs", json("{'macs': 1}")),
        parameter("'default': 1, 'minimum': 2, 'maximum': 1"),
        root -> root.set("default_operating_point", "best"),
        root -> root.set("programs", json("{'other': [" + END + "]}")));
    for (int i = 0; i < mistakes.size(); i++) {
      List<Consumer<JsonObject>> rest = mistakes.subList(i, mistakes.size());
      fields.add(assertThrows(BundleException.class,
          () -> passes(root -> rest.forEach(each -> each.accept(root)))).field());
    }
    assertEquals(List.of("parts.real.file", "values.w", "inputs.text", "parts.count.costs", "parameters.k",
        "default_operating_point", "programs"), fields);
  }

  @Test
  void aValueIsFoundByItsName() {
    Parameter task = new Parameter(Numbers.of(0), 0, 1, "", List.of("digit", "garment"));
    assertEquals(Numbers.of(1), task.named("garment"));
    ChainException error = assertThrows(ChainException.class, () -> task.named("colour"));
    assertEquals("parameter: expected one of ['digit', 'garment'], received 'colour'", error.getMessage());
  }
}
