package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.frugal.BundleException;
import org.frugal.bundle.Manifest.FileEntry;
import org.frugal.bundle.Manifest.OperatingPoint;
import org.frugal.bundle.Manifest.Output;
import org.frugal.bundle.Manifest.Parameter;
import org.frugal.bundle.Manifest.Part;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read of a manifest: every field lands where it belongs, and what may be missing has its default. */
class ManifestReaderTest {
  private static final String ANSWER = SmallManifest.END;
  private static final Map<String, String> LABEL_OF_V = Map.of("label", "v");
  private static final String SHA = "0123456789abcdef".repeat(4);

  private static JsonValue json(String text) {
    return SmallManifest.json(text);
  }

  /** The only step of a program that ends in an answer. */
  private static Step step(String text) {
    return SmallManifest.read("[" + text + ", " + ANSWER + "]").main().get(0);
  }

  @Test
  void whatIsMissingHasItsDefault() {
    Manifest manifest = SmallManifest.read("[" + ANSWER + "]");
    assertEquals("small", manifest.name());
    assertEquals(
        Map.of("image", new Manifest.Input.Image(false, Manifest.Input.Crop.NONE, 0, List.of(1.0), List.of(0.0))),
        manifest.inputs());
    assertEquals(
        Map.of("label", new Output.Labels(List.of("a", "b"), null, Activation.SOFTMAX), "numbers", new Output.Vector()),
        manifest.outputs());
    assertEquals(new Tensor(List.of(1, 2), TensorType.INT8, 0.5, -3), manifest.values().get("c"));
    assertEquals(List.of("a", "b"), manifest.labels());
    assertNull(manifest.image(), "no step reads it");
    assertEquals(Map.of(), manifest.tables());
    assertEquals(Map.of(), manifest.parameters());
    assertEquals("{}", manifest.provenance());
    assertNull(manifest.title());
    assertNull(manifest.question());
    assertNull(manifest.goldens());
    assertEquals("macs", manifest.sortedBy());
    Part part = manifest.parts().get("real");
    Tensor tensor = Tensor.float32(List.of(1, 2));
    assertEquals(
        new Part(null, "serving_default", Map.of("x", tensor), Map.of("y", tensor), List.of(), 0,
            Map.of("macs", 1.0, "latency_us", 0.0)),
        part);
    assertEquals(0, part.cost("energy_uj"));
    assertEquals(
        new OperatingPoint("only", Map.of(), 0.5, Map.of("macs", 1.0), 2, ""), manifest.operatingPoints().get(0));
    assertEquals(Map.of("main", List.of(new Step.Answer("end", LABEL_OF_V))), manifest.programs());
  }

  @Test
  void whatIsThereIsReadAsItIs() {
    Manifest manifest = SmallManifest.read("[" + ANSWER + "]", root -> {
      root.set("inputs", json("{'text': {'kind': 'vector'}, 'photo': {'resize': 'bilinear', 'crop': 'center',"
          + " 'scale': [1, 2, 3], 'offset': [-1, -2, -3.5], 'kind': 'image'}}"));
      root.get("parts").asObject().set("filed", json("{'file': 'parts/x.tflite', 'sha256': '" + SHA + "',"
          + " 'bytes': 99, 'signature': 'two', 'inputs': {'p': {'shape': [], 'type': 'int32'}},"
          + " 'outputs': {'q': {'shape': [3], 'type': 'uint8', 'scale': 0.25, 'zero_point': 255}},"
          + " 'units': ['u1', 'u2'], 'parameters': 4611686018427387904, 'costs': {'macs': 7, 'energy_uj': 0.5}}"));
      root.set("parameters", json("{'k': {'default': 1, 'minimum': 0, 'maximum': 2, 'description': 'knob'},"
          + " 'l': {'default': [1], 'minimum': 0, 'maximum': 2}}"));
      root.set("operating_points", json("[{'name': 'p', 'parameters': {'k': 2, 'l': [0.5]}, 'accuracy': 1,"
          + " 'costs': {'macs': 9}, 'samples': 0, 'description': 'all'}]"));
      root.set("default_operating_point", "p");
      root.set("goldens", json("{'index': {'file': 'i', 'sha256': '" + SHA + "', 'bytes': 1},"
          + " 'arrays': {'file': 'p', 'sha256': '" + SHA + "', 'bytes': 0}}"));
      root.set("title", "Ziffern 😀").set("question", "w".repeat(200));
      root.set("provenance", json("{'made': ['today']}"));
    });
    assertEquals("Ziffern 😀", manifest.title());
    assertEquals(200, manifest.question().length());
    assertEquals(
        Map.of("text", new Manifest.Input.Vector(),
            "photo", new Manifest.Input.Image(
                true, Manifest.Input.Crop.CENTER, 0, List.of(1.0, 2.0, 3.0), List.of(-1.0, -2.0, -3.5))),
        manifest.inputs());
    assertEquals(
        new Part(
            new FileEntry("parts/x.tflite", SHA, 99L), "two",
            Map.of("p", new Tensor(List.of(), TensorType.INT32, null, null)),
            Map.of("q", new Tensor(List.of(3), TensorType.UINT8, 0.25, 255)),
            List.of("u1", "u2"), 1L << 62, Map.of("macs", 7.0, "energy_uj", 0.5)),
        manifest.parts().get("filed"));
    assertEquals(new Parameter(Numbers.of(1), 0, 2, "knob", List.of()), manifest.parameters().get("k"));
    assertEquals(Numbers.list(List.of(1.0)), manifest.parameters().get("l").defaults());
    assertEquals(
        new OperatingPoint(
            "p", Map.of("k", Numbers.of(2), "l", Numbers.list(List.of(0.5))), 1, Map.of("macs", 9.0), 0, "all"),
        manifest.operatingPoints().get(0));
    assertEquals(new Manifest.Goldens(new FileEntry("i", SHA, 1L), new FileEntry("p", SHA, 0L)), manifest.goldens());
    assertEquals("{\"made\":[\"today\"]}", manifest.provenance());
  }

  @Test
  void aListOfOneIsNoNumber() {
    assertEquals(1, Numbers.list(List.of(1.0)).first());
    assertFalse(Numbers.list(List.of(1.0)).equals(Numbers.of(1)));
  }

  @Test
  void namesKeepTheOrderOfTheText() {
    Manifest manifest = SmallManifest.read("[" + ANSWER + "]", root -> root.set("parameters",
        json("{'z': {'default': 1, 'minimum': 1, 'maximum': 1}, 'a': {'default': 1, 'minimum': 1, 'maximum': 1}}")));
    assertEquals(List.of("real", "codes", "image", "count"), List.copyOf(manifest.parts().keySet()));
    assertEquals(List.of("z", "a"), List.copyOf(manifest.parameters().keySet()));
  }

  @Test
  void steps() {
    assertEquals(new Step.Run("real", Map.of("x", "v"), Map.of("y", "w"), true, null),
        step(SmallManifest.run("real", "v", "w")));
    assertEquals(new Step.Run("real", Map.of("x", "v"), Map.of("y", "w"), true, List.of()),
        step(SmallManifest.run("real", "v", "w", "")));
    assertEquals(new Step.Run("real", Map.of(), Map.of("y", "w"), false, null),
        step("{'outputs': {'y': 'w'}, 'inputs': {}, 'part': 'real', 'op': 'run', 'otherwise': null}"));
    Step.Answer in = new Step.Answer("n", LABEL_OF_V);
    String inside = ANSWER.replace("end", "n");
    assertEquals(new Step.Repeat(2, List.of(in)), step(SmallManifest.repeat(2, inside)));
    assertEquals(new Step.Select("v", null, List.of(List.of(), List.of(in))),
        step("{'op': 'select', 'value': 'v', 'cases': [[], [" + inside + "]]}"));
    assertEquals(new Step.Select(null, "k", List.of(List.of())),
        step("{'op': 'select', 'value': null, 'parameter': 'k', 'cases': [[]]}"));
    Rule sure = new Rule.AtLeast("score", new Setting.Constant(Numbers.of(0)));
    String rule = SmallManifest.atLeast("0");
    assertEquals(new Step.Exit("e", sure, Map.of("label", "v", "numbers", "w")),
        step("{'op': 'exit', 'name': 'e', " + rule + ", 'gives': {'label': 'v', 'numbers': 'w'}}"));
    assertEquals(new Step.Branch(sure, List.of(), List.of()), step("{'op': 'branch', " + rule + ", 'then': []}"));
    assertEquals(new Step.Leave(sure), step(SmallManifest.leave("0")));
  }

  @Test
  void keepsAndRows() {
    String keep = "{'op': 'keep', 'boxes': 'b', 'scores': 's', 'threshold': 0, 'overlap': {'parameter': 'k'},"
        + " 'most': 1000, 'outputs': {'rows': 'r', 'boxes': 'c'}";
    Setting zero = new Setting.Constant(Numbers.of(0));
    Setting overlap = new Setting.Reference("k");
    Step.Keep read = (Step.Keep) step(keep + "}");
    assertEquals(
        new Step.Keep("b", "s", zero, overlap, 1000, Map.of("rows", "r", "boxes", "c"), Map.of()), read);
    assertEquals(List.of("rows", "boxes"), List.copyOf(read.outputs().keySet()));
    assertEquals(3, ((Step.Priced) step(keep + ", 'costs': {'macs': 3}}")).cost("macs"));
    assertEquals(
        List.of(List.of(1, 1000, 4), List.of(1, 1000), List.of(1, 1000), List.of(1, 1000), List.of(1, 1)),
        Stream.of("boxes", "scores", "classes", "rows", "count").map(read::shape).toList());
    String each = "{'op': 'each', 'rows': {'r': 'b'}, 'stacks': {'t': 'r'}, 'steps': [" + ANSWER.replace("end", "n")
        + "]";
    List<Step> inside = List.of(new Step.Answer("n", LABEL_OF_V));
    Step.Each plain = (Step.Each) step(each + "}");
    assertEquals(new Step.Each(Map.of("r", "b"), null, inside, Map.of("t", "r"), null), plain);
    assertEquals(List.of(new Step.Inner("steps", inside)), plain.inner());
    assertEquals(new Step.Each(Map.of("r", "b"), "n", inside, Map.of("t", "r"), "d"),
        step(each + ", 'count': 'n', 'done': 'd'}"));
    assertEquals(plain, step(each + ", 'count': null, 'done': null}"));
  }

  @Test
  void boxesAndMasks() {
    String fields = "'labels': ['x'], 'scores': 's'";
    String masks = "{'kind': 'masks', " + fields + ", 'masks': 'm'";
    Manifest manifest = SmallManifest.read("[" + ANSWER + "]", root -> root.set("outputs", json(
        "{'some': {'kind': 'boxes', " + fields + "}, 'all': {'kind': 'boxes', 'labels': ['y'], 'scores': 's',"
            + " 'classes': 'c', 'count': 'n'}, 'none': " + masks + ", 'activation': 'none'}, 'shapes': " + masks
            + ", 'count': 'n'}}")));
    Output.Boxes some = new Output.Boxes(List.of("x"), null, "s", null, null);
    assertEquals(some, manifest.outputs().get("some"));
    assertEquals(Map.of("scores", "s"), some.beside());
    Output all = manifest.outputs().get("all");
    assertEquals(new Output.Boxes(List.of("y"), null, "s", "c", "n"), all);
    assertEquals(List.of("scores", "classes", "count"), List.copyOf(all.beside().keySet()));
    assertEquals(new Output.Masks(some, "m", false), manifest.outputs().get("none"));
    Output shapes = manifest.outputs().get("shapes");
    assertEquals(new Output.Masks(new Output.Boxes(List.of("x"), null, "s", null, "n"), "m", true), shapes);
    assertEquals(Map.of("scores", "s", "count", "n", "masks", "m"), shapes.beside());
    assertEquals(Map.of(), new Output.Vector().beside());
    assertEquals(List.of("x"), manifest.labels(), "of the first output of boxes, where none is of labels");
  }

  @Test
  void crops() {
    String crop = "{'op': 'crop', 'value': 'v', 'at': 'w', 'output': 'c', 'size': [3, 4]";
    assertEquals(new Step.Crop("v", "w", "c", 3, 4, Step.CropMode.THETA, 1, 0, Map.of()), step(crop + "}"));
    assertEquals(new Step.Crop("v", "w", "c", 3, 4, Step.CropMode.GLIMPSE, 8, 0, Map.of()),
        step(crop + ", 'mode': 'glimpse', 'scales': 8}"));
    Step.Crop box = (Step.Crop) step(crop + ", 'mode': 'box', 'padding': -1.5, 'costs': {'macs': 7}}");
    assertEquals(new Step.Crop("v", "w", "c", 3, 4, Step.CropMode.BOX, 1, -1.5, Map.of("macs", 7.0)), box);
    assertEquals(7, box.cost("macs"));
    assertEquals(0, box.cost("energy_uj"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', quoteCharacter = '^', value = {
      "programs~{'p': [{'op': 'keep', 'outputs': {'rows': {}}}]}~programs.p[0].outputs[...]~expected `str`, "
          + "received `object`",
      "programs~{'p': [{'op': 'keep', 'outputs': {'cups': 5}}]}~programs.p[0].outputs~invalid enum value 'cups'",
      "programs~{'p': [{'op': 'each', 'rows': {'r': 'b'}}]}~programs.p[0]~object missing required field `steps`",
      "title~''~title~expected `str` of length >= 1",
      "question~5~question~expected `str`, received `int`",
      "values~{'v': {'shape': [0], 'type': 'int8'}}~values.v.shape[0]~expected `int` >= 1",
      "programs~{'p': []}~programs.p~expected `array` of length >= 1",
      "programs~{'p': [{'op': 'jump'}]}~programs.p[0].op~invalid value 'jump'",
      "parameters~{'k': {'default': 'x'}}~parameters.k.default~expected `float | array`, received `str`"})
  void anEntryOfAnotherFormIsNamed(String field, String json, String place, String problem) {
    BundleException error = assertThrows(BundleException.class,
        () -> SmallManifest.read("[" + ANSWER + "]", root -> root.set(field, json(json))));
    assertEquals(place, error.field());
    assertEquals(problem, error.problem());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"-1.5|false", "[1, 2]|true", "[3]|true"})
  void theContentOfAFill(String content, boolean isList) {
    Step.Fill fill = (Step.Fill) step("{'op': 'fill', 'output': 'v', 'shape': [2], 'content': " + content + "}");
    Numbers numbers = ((Setting.Constant) fill.content()).value();
    assertEquals(isList, numbers.isList());
    assertEquals(Json.parse(content), isList ? list(numbers) : Json.value(numbers.first()));
    assertEquals(List.of(2), fill.shape());
  }

  private static JsonValue list(Numbers numbers) {
    return Json.array(numbers.values().stream().mapToDouble(Double::doubleValue).toArray());
  }

  @Test
  void rules() {
    Setting limit = new Setting.Reference("k");
    Setting one = new Setting.Constant(Numbers.of(1));
    String fields = "'value': 's', 'threshold': {'parameter': 'k'}";
    assertEquals(new Rule.MaxSoftmax("s", limit, Activation.SOFTMAX), rule("'rule': 'max_softmax', " + fields));
    assertEquals(new Rule.Entropy("s", limit, Activation.NONE),
        rule("'rule': 'entropy', 'activation': 'none', " + fields));
    assertEquals(new Rule.Margin("s", limit, Activation.SOFTMAX), rule(fields + ", 'rule': 'margin'"));
    assertEquals(new Rule.LogisticEntropy("s", limit, one, limit, Activation.SOFTMAX),
        rule("'rule': 'logistic_entropy', 'weight': 1, 'bias': {'parameter': 'k'}, " + fields));
    BundleException error = assertThrows(BundleException.class, () -> rule("'rule': 'logistic_entropy', " + fields));
    assertEquals("manifest.json: programs.main[0].rule: object missing required field `weight`", error.getMessage());
    error = assertThrows(BundleException.class, () -> rule("'rule': 'at_least', 'activation': 'none', " + fields));
    assertEquals("programs.main[0].rule", error.field());
    assertEquals("object contains unknown field `activation`", error.problem());
  }

  private static Rule rule(String fields) {
    return ((Step.Branch) step("{'op': 'branch', 'rule': {" + fields + "}, 'then': []}")).rule();
  }

  @Test
  void aWalkMeetsInnerStepsBehindTheOneThatHoldsThem() {
    String fill = "{'op': 'fill', 'output': 'NAME', 'shape': [], 'content': 0}";
    String select = "{'op': 'select', 'value': 'v', 'cases': [[" + fill.replace("NAME", "b") + "], [], ["
        + fill.replace("NAME", "c") + "]]}";
    Manifest manifest = SmallManifest.read("[{'op': 'repeat', 'times': 1, 'steps': [" + fill.replace("NAME", "a") + ", "
        + select + "]}, " + ANSWER + "]");
    List<String> met = new ArrayList<>();
    Step.walk(manifest.main(), each -> met.add(
        each instanceof Step.Fill f ? f.output() : each.getClass().getSimpleName()));
    assertEquals(List.of("Repeat", "a", "Select", "b", "c", "Answer"), met);
    Step inner = manifest.main().get(0).inner().get(0).steps().get(1);
    List<String> keys = new ArrayList<>();
    inner.inner().forEach(each -> keys.add(each.key()));
    assertEquals(List.of("cases[0]", "cases[1]", "cases[2]"), keys);
  }

  @Test
  void theFilesOfABundleAreThoseOfItsLocalPartsAndOfItsGoldens() {
    JsonObject root = SmallManifest.of("[" + ANSWER + "]");
    assertTrue(ManifestCheck.files(SmallManifest.read(root)).isEmpty());
    root.set("goldens", json("{'index': {'file': 'i', 'sha256': '" + SHA + "', 'bytes': 1},"
        + " 'arrays': {'file': 'p', 'sha256': '" + SHA + "', 'bytes': 0}}"));
    List<String> fields = new ArrayList<>();
    ManifestCheck.files(SmallManifest.read(root)).forEach(each -> fields.add(each.field()));
    assertEquals(List.of("goldens.index.file", "goldens.arrays.file"), fields);
  }
}
