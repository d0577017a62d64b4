package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.frugal.BundleException;
import org.frugal.CopiedBundle;
import org.frugal.Picture;
import org.frugal.TestFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The self-test's index: cases as they are written, images cut out of their file, and what makes no sense. */
class GoldenIndexTest {
  @TempDir Path scratch;
  private CopiedBundle copy;

  @BeforeEach
  void copy() throws IOException {
    copy = CopiedBundle.of("seams", scratch.resolve("bundle"));
  }

  private static JsonObject first(JsonObject index, String list) {
    return index.get(list).asArray().get(0).asObject();
  }

  private GoldenIndex edited(Consumer<JsonObject> change) throws Exception {
    copy.edit("golden/index.json", change);
    return GoldenIndex.read(Bundle.load(copy.folder()));
  }

  private void refuses(String problem, Consumer<JsonObject> change) {
    BundleException error = assertThrows(BundleException.class, () -> edited(change));
    assertEquals("golden/index.json: expected an index of goldens, but reading failed: " + problem,
        error.getMessage());
  }

  @Test
  void picturesAreCutOutOfOneFile() {
    Bundle bundle = Bundle.load(TestFiles.bundle("seams"));
    GoldenIndex index = GoldenIndex.read(bundle);
    List<Picture> pictures = index.pictures(bundle);
    // Twelve pictures of two pixels, then one of two floats: 24 + 8 bytes.
    assertEquals(13, pictures.size());
    assertEquals(32, bundle.content("golden/images.bin").capacity());
    assertEquals(List.of(1, 2, 1), pictures.get(0).shape());
    byte[] second = {bundle.content("golden/images.bin").get(2), bundle.content("golden/images.bin").get(3)};
    assertArrayEquals(second, pictures.get(1).pixels());
    assertEquals(bundle.content("golden/images.bin").getFloat(28), pictures.get(12).values()[1]);
  }

  @Test
  void aCaseIsReadAsItIsWritten() throws Exception {
    GoldenIndex index = edited(root -> {
      JsonObject golden = first(root, "cases");
      golden.set("image", 3).set("operating_point", "p").set("label", 2).set("path", Json.array().add("a").add("b"));
      golden.set("exit", "e").set("reason", "r").set("answer", Json.array(0.5, -2)).set("probabilities", Json.array());
      golden.remove("tolerance");
    });
    assertEquals(
        new GoldenIndex.Case(3, "p", 2, List.of("a", "b"), "e", "r", List.of(0.5, -2.0), List.of(), null),
        index.cases().get(0));
    assertEquals(0.5, edited(root -> first(root, "cases").set("tolerance", 0.5)).cases().get(0).tolerance());
    assertNull(edited(root -> first(root, "cases").set("tolerance", Json.NULL)).cases().get(0).tolerance());
  }

  @Test
  void anIndexOfAnotherFormIsRefusedWithItsPlace() {
    refuses("object contains unknown field `extra` - at `cases[0]`", root -> first(root, "cases").set("extra", 1));
    copyAgain();
    refuses("object missing required field `label` - at `cases[0]`", root -> first(root, "cases").remove("label"));
    copyAgain();
    refuses("invalid enum value 'int8' - at `images[0].type`", root -> first(root, "images").set("type", "int8"));
    copyAgain();
    refuses("expected `int` >= 0 - at `images[0].offset`", root -> first(root, "images").set("offset", -1));
    copyAgain();
    refuses("expected `int` >= 0 - at `cases[0].label`", root -> first(root, "cases").set("label", -1));
    copyAgain();
    refuses("expected `float` >= 0 - at `cases[0].tolerance`", root -> first(root, "cases").set("tolerance", -0.5));
    copyAgain();
    refuses("object missing required field `cases`", root -> root.remove("cases"));
  }

  private void copyAgain() {
    try {
      copy = CopiedBundle.of("seams", scratch.resolve("bundle" + System.nanoTime()));
    } catch (IOException error) {
      throw new AssertionError(error);
    }
  }

  @ParameterizedTest
  // One byte, a row or many pixels too many.
  @CsvSource(delimiter = '|', value = {"[1, 2]|31", "[1, 33]|0", "[4096, 4096]|0", "[1, 2]|4611686018427387904"})
  void anImageBehindTheEndOfTheFileIsRefused(String shape, long offset) throws Exception {
    GoldenIndex index = edited(root -> first(root, "images").set("shape", Json.parse(shape)).set("offset", offset));
    BundleException error =
        assertThrows(BundleException.class, () -> index.pictures(Bundle.load(copy.folder())));
    assertEquals("golden/index.json: images[0].offset: expected an image inside the 32 bytes of golden/images.bin, "
        + "received one behind them", error.getMessage());
  }

  @Test
  void imagesTogetherHoldNoMoreThanATensorThoughNoNumberOf64BitsCountsThem() throws Exception {
    GoldenIndex index = edited(
        root -> first(root, "images").set("shape", Json.parse("[16777216, 16777216, 16777216]")));
    BundleException error =
        assertThrows(BundleException.class, () -> index.pictures(Bundle.load(copy.folder())));
    // 2^72, and 2 elements each of the twelve others.
    assertEquals("golden/index.json: images: expected images of at most 67108864 elements together, received "
        + "4722366482869645213720", error.getMessage());
  }

  @Test
  void floatsTakeFourBytesEach() throws Exception {
    GoldenIndex index = edited(root -> first(root, "images").set("type", "float32").set("offset", 24));
    assertEquals(2, index.pictures(Bundle.load(copy.folder())).get(0).values().length);
    GoldenIndex behind = edited(root -> first(root, "images").set("offset", 25));
    assertThrows(BundleException.class, () -> behind.pictures(Bundle.load(copy.folder())));
  }
}
