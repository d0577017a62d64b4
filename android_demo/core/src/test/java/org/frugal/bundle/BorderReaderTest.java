package org.frugal.bundle;

import static org.frugal.bundle.SmallManifest.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.frugal.BundleException;
import org.frugal.bundle.Manifest.FileEntry;
import org.frugal.bundle.Manifest.Output;
import org.frugal.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read of a manifest's inputs, outputs and tables. */
class BorderReaderTest {
  private static final String ANSWER = SmallManifest.END;
  private static final String SHA = "0123456789abcdef".repeat(4);

  @Test
  void outputsAndPrograms() {
    Manifest manifest = SmallManifest.read("[" + ANSWER + "]", root -> {
      root.set("outputs", json("{'box': {'kind': 'vector'}, 'kind': {'kind': 'labels', 'labels': ['x'],"
          + " 'activation': 'none'}, 'more': {'kind': 'labels', 'labels': ['y', 'z']}}"));
      root.get("programs").asObject().set("two", json("[" + ANSWER + "]"));
    });
    assertEquals(new Output.Labels(List.of("x"), null, Activation.NONE), manifest.outputs().get("kind"));
    assertEquals(List.of("x"), manifest.labels(), "of the first output that has some");
    assertEquals(List.of("main", "two"), List.copyOf(manifest.programs().keySet()));
  }

  @Test
  void tablesAndWhatIsSaidOfThem() {
    Manifest manifest = SmallManifest.read("[" + ANSWER + "]", root -> {
      root.set("tables", json("{'t': {'rows': 'v'}, 'u': {'rows': 'w', 'count': 'score', 'labels': ['x', 'y'],"
          + " 'type': 'float16', 'content': {'file': 'f', 'sha256': '" + SHA + "', 'bytes': 8}}}"));
      root.set("outputs", json("{'r': {'kind': 'row', 'table': 't'},"
          + " 's': {'kind': 'row', 'table': 't', 'combine': 'unit'},"
          + " 'b': {'kind': 'boxes', 'table': 'u', 'scores': 'v'}, 'l': {'kind': 'labels', 'table': 'u'}}"));
    });
    assertEquals(new Manifest.Table("v", null, List.of(), false, null), manifest.tables().get("t"));
    assertEquals(
        new Manifest.Table("w", "score", List.of("x", "y"), true, new FileEntry("f", SHA, 8L)),
        manifest.tables().get("u"));
    assertEquals(List.of(new Output.Row("t", false), new Output.Row("t", true)),
        List.of(manifest.outputs().get("r"), manifest.outputs().get("s")));
    assertEquals(new Output.Boxes(List.of(), "u", "v", null, null), manifest.outputs().get("b"));
    assertEquals(List.of("x", "y"), manifest.labels(), "those that its table comes with");
    assertEquals(List.of("image", "v", "w", "score"), ProgramInputs.given(manifest));
    assertEquals("tables.u.content.file", ManifestCheck.files(manifest).get(0).field());
  }

  @Test
  void aPaddedPicture() {
    String look = SmallManifest.run("image", "image", "v");
    Manifest manifest = SmallManifest.read("[" + look + ", " + ANSWER + "]", root -> root.set(
        "inputs", json("{'image': {'kind': 'image', 'crop': 'pad', 'padding': 255, 'scale': [], 'offset': []}}")));
    assertEquals(
        new Manifest.Input.Image(false, Manifest.Input.Crop.PAD, 255, List.of(), List.of()),
        manifest.inputs().get("image"));
    assertEquals(Tensor.float32(List.of(1, 1, 2, 1)), manifest.image());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', quoteCharacter = '^', value = {
      "inputs~{'i': {'kind': 'sound'}}~inputs.i.kind~invalid value 'sound'",
      "inputs~{'i': {'scale': [1]}}~inputs.i~object missing required field `kind`",
      "inputs~{'i': {'kind': 'vector', 'scale': [1]}}~inputs.i~object contains unknown field `scale`",
      "outputs~{'o': {'kind': 'image'}}~outputs.o.kind~invalid value 'image'",
      "outputs~{'o': {'kind': 'boxes', 'labels': ['x']}}~outputs.o~object missing required field `scores`",
      "outputs~{'o': {'kind': 'masks', 'labels': [''], 'scores': 's'}}~outputs.o~object missing required field `masks`",
      "outputs~{'o': {'kind': 'row'}}~outputs.o~object missing required field `table`",
      "outputs~{'o': {'kind': 'row', 'table': 't', 'labels': []}}~outputs.o~object contains unknown field `labels`",
      "outputs~{'o': {'kind': 'boxes', 'table': 3, 'scores': 's'}}~outputs.o.table~"
          + "expected `str | null`, received `int`",
      "tables~{'t': {'rows': ''}}~tables.t.rows~expected `str` of length >= 1",
      "tables~{'t': {'rows': 'v', 'type': 'int8'}}~tables.t.type~invalid enum value 'int8'",
      "tables~{'t': {'rows': 'v', 'content': 'x'}}~tables.t.content~expected `object | null`, received `str`",
      "tables~{'t': {'rows': 'v', 'content': {'file': 'x'}}}~tables.t.content~object missing required field `sha256`",
      "inputs~{'i': {'kind': 'image', 'padding': 256}}~inputs.i.padding~expected `int` <= 255",
      "outputs~{}~outputs~expected `object` of length >= 1"})
  void anEntryOfAnotherFormIsNamed(String field, String json, String place, String problem) {
    BundleException error = assertThrows(BundleException.class,
        () -> SmallManifest.read("[" + ANSWER + "]", root -> root.set(field, json(json))));
    assertEquals(place, error.field());
    assertEquals(problem, error.problem());
  }
}
