package org.frugal.bundle;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.JsonObject;
import java.util.List;
import java.util.function.Consumer;
import org.frugal.BundleException;
import org.frugal.Picture;
import org.frugal.TestFiles;
import org.junit.jupiter.api.Test;

/** The labelled pictures of a bundle: read as they lie there, and refused where they are not what it takes. */
class SamplePicturesTest {
  private static final String PROGRAM =
      "[" + run("image", "image", "v") + ", " + END + "]";
  private static final String SHA = "0123456789abcdef".repeat(4);

  /** Pictures are of 1 x 2 grey pixels, the labels a and b. */
  private static Consumer<JsonObject> samples(int bytes, String labels) {
    return root -> root.set("samples", json(
        "{'images': {'file': 'samples/images.bin', 'sha256': '" + SHA + "', 'bytes': " + bytes + "}, 'labels': "
            + labels + "}"));
  }

  private static void refuses(String field, String problem, Consumer<JsonObject> change) {
    BundleException error = assertThrows(
        BundleException.class, () -> ManifestCheck.check(SmallManifest.read(PROGRAM, change)));
    assertEquals("manifest.json: " + field + ": " + problem, error.getMessage());
  }

  @Test
  void aBundleHasThemOrNot() {
    Manifest manifest = SmallManifest.read(PROGRAM, samples(6, "[1, 0, 1]"));
    ManifestCheck.check(manifest);
    assertEquals(List.of(1L, 0L, 1L), manifest.samples().labels());
    assertEquals(List.of("b", "a"), List.of(SamplePictures.label(manifest, 2), SamplePictures.label(manifest, 1)));
    assertEquals("samples.images.file", ManifestCheck.files(manifest).get(0).field());
    assertNull(SmallManifest.read(PROGRAM).samples());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    refuses("samples.images.bytes", "expected the bytes of 3 pictures of [1, 2, 1], received 5", samples(5, "[1, 0, 1]"));
    refuses("samples.labels[1]", "expected a label from 0 to 1, received 2", samples(4, "[1, 2]"));
    refuses("samples", "expected a program that reads one picture and nothing else, received another one", root -> {
      root.get("programs").asObject().set("main", json(
          "[{'op': 'fill', 'output': 'v', 'shape': [1, 2], 'content': [1, 2]}, " + END + "]"));
      samples(4, "[1, 1]").accept(root);
    });
    assertThrows(BundleException.class, () -> SmallManifest.read(PROGRAM, samples(0, "[]")));
  }

  @Test
  void picturesAreReadAsTheyLieThere() {
    Bundle bundle = Bundle.load(TestFiles.bundle("convolutions"));
    List<Picture> pictures = SamplePictures.of(bundle);
    assertEquals(6, pictures.size());
    List<GoldenIndex.Array> goldens = GoldenIndex.read(bundle).arrays(bundle);
    for (int i = 0; i < 6; i++) { // they are the first six inputs of its self-test
      Picture golden = goldens.get(i).picture();
      assertEquals(List.of(12, 12, 1), pictures.get(i).shape());
      assertArrayEquals(golden.pixels(), pictures.get(i).pixels());
    }
    assertEquals(List.of(), SamplePictures.of(Bundle.load(TestFiles.bundle("stages"))));
  }
}
