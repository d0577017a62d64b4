package org.frugal.bundle;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.frugal.BundleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A manifest describes its parts as their files are: signature, names, shapes, types and scales. */
class PartFilesTest {
  private static final String PROGRAM = run("image", "image", "v") + ", " + END;

  @TempDir Path scratch;

  private static Consumer<JsonObject> relu(Consumer<JsonObject> change) {
    return root -> change.accept(root.get("parts").asObject().get("relu").asObject());
  }

  private void refuses(String field, String problem, Consumer<JsonObject> change) {
    refuses(field, problem, change, SmallPart.relu());
  }

  private void refuses(String field, String problem, Consumer<JsonObject> change, SmallPart part) {
    Path folder = SmallBundle.of(scratch, PROGRAM, relu(change), part.bytes());
    BundleException error = assertThrows(BundleException.class, () -> Bundle.load(folder));
    assertEquals(SmallBundle.FILE + ": parts.relu" + field + ": " + problem, error.getMessage());
  }

  private static void tensor(JsonObject part, String side, String text) {
    part.set(side, json(text));
  }

  @Test
  void whatFitsIsLoaded() {
    Bundle bundle = Bundle.load(SmallBundle.of(scratch, PROGRAM, root -> { }));
    assertEquals(SmallPart.relu().bytes().length, bundle.content(SmallBundle.FILE).capacity());
  }

  @Test
  void signatures() {
    refuses(".signature", "expected the signature 'other', received ['serving_default']",
        part -> part.set("signature", "other"));
  }

  @Test
  void namesOfInputsAndOutputs() {
    refuses(".inputs", "expected the inputs ['a'], received ['x'] in the model",
        part -> tensor(part, "inputs", "{'a': {'shape': [1, 2], 'type': 'float32'}}"));
    refuses(".outputs", "expected the outputs ['y', 'z'], received ['y'] in the model",
        part -> tensor(part, "outputs",
            "{'z': {'shape': [1, 2], 'type': 'float32'}, 'y': {'shape': [1, 2], 'type': 'float32'}}"));
  }

  @Test
  void shapesAndTypes() {
    refuses(".inputs.x", "expected the shape [2, 1] of the manifest, received [1, 2] in the model",
        part -> tensor(part, "inputs", "{'x': {'shape': [2, 1], 'type': 'float32'}}"));
    refuses(".outputs.y", "expected the shape [2] of the manifest, received [1, 2] in the model",
        part -> tensor(part, "outputs", "{'y': {'shape': [2], 'type': 'float32'}}"));
    refuses(".outputs.y", "expected the type int32 of the manifest, received float32 in the model",
        part -> tensor(part, "outputs", "{'y': {'shape': [1, 2], 'type': 'int32'}}"));
  }

  private static SmallPart codes(float scale, long zeroPoint) {
    SmallPart part = SmallPart.of(19, 1, new int[] {0}, new int[] {1});
    part.codes(SmallPart.INT8, scale, zeroPoint, 1, 2);
    part.codes(SmallPart.INT8, scale, zeroPoint, 1, 2);
    return part;
  }

  private static Consumer<JsonObject> held(String form) {
    String tensor = "{'shape': [1, 2], 'type': 'int8', " + form + "}";
    return part -> {
      tensor(part, "inputs", "{'x': " + tensor + "}");
      tensor(part, "outputs", "{'y': " + tensor + "}");
    };
  }

  @Test
  void scalesAreComparedAsTheFileHasThem() {
    // 0.1 is no float32, but the file's scale is what float32 makes of it.
    Path folder = SmallBundle.of(scratch, PROGRAM, relu(held("'scale': 0.1, 'zero_point': -3")),
        codes(0.1f, -3).bytes());
    assertEquals("small", Bundle.load(folder).manifest().name());
    refuses(".inputs.x", "expected the scale [0.20000000298023224] of the manifest, received [0.10000000149011612] in "
        + "the model", held("'scale': 0.2, 'zero_point': -3"), codes(0.1f, -3));
    refuses(".inputs.x", "expected the zero point [-2] of the manifest, received [-3] in the model",
        held("'scale': 0.1, 'zero_point': -2"), codes(0.1f, -3));
    refuses(".inputs.x", "expected the type int8 of the manifest, received float32 in the model",
        held("'scale': 0.1, 'zero_point': -2"));
  }

  @Test
  void aFileThatIsDamagedThoughItsDigestIsRightIsRefused() {
    SmallPart part = SmallPart.relu();
    part.operator.put(1, new int[] {1});
    refuses(".file", "expected a constant, an input or an earlier result as model.subgraphs[0].operators[0].inputs[0], "
        + "received 1", each -> { }, part);
  }

  @Test
  void partsThatShareAFileAreComparedEachOnItsOwn() {
    Path folder = SmallBundle.of(scratch, PROGRAM, root -> {
      JsonObject parts = root.get("parts").asObject();
      parts.set("twin", new JsonObject(parts.get("relu").asObject())
          .set("outputs", json("{'y': {'shape': [2], 'type': 'float32'}}")));
    });
    BundleException error = assertThrows(BundleException.class, () -> Bundle.load(folder));
    assertEquals("parts.twin.outputs.y", error.field());
    assertTrue(error.problem().startsWith("expected the shape [2]"), error.problem());
  }

  /** Every way of cutting a part short is refused by its size before anything is read of it. */
  @Test
  void aPartThatIsCutOffAnywhereIsRefused() throws Exception {
    Path folder = SmallBundle.of(scratch, PROGRAM, root -> { });
    byte[] content = Files.readAllBytes(folder.resolve(SmallBundle.FILE));
    for (int length = 0; length < content.length; length += 37) {
      // Written anew: what is mapped of the old file must not change.
      Files.delete(folder.resolve(SmallBundle.FILE));
      Files.write(folder.resolve(SmallBundle.FILE), Arrays.copyOf(content, length));
      BundleException error = assertThrows(BundleException.class, () -> Bundle.load(folder));
      assertEquals("expected " + content.length + " bytes, received " + length + ": is it truncated?",
          error.problem());
    }
  }
}
