package org.frugal.bundle;

import static org.frugal.bundle.SmallManifest.json;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.frugal.BundleException;
import org.frugal.ChainException;
import org.frugal.CopiedBundle;
import org.frugal.TestFiles;
import org.frugal.bundle.GoldenIndex.Box;
import org.frugal.bundle.GoldenIndex.Happening;
import org.frugal.bundle.GoldenIndex.Output;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The self-test's index: cases as they are written, arrays cut out of their file, and what makes no sense. */
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

  /** What is read of a changed index, whether or not it fits a bundle. */
  private static GoldenIndex read(Consumer<JsonObject> change) {
    JsonObject index = Json.parse(TestFiles.read("bundles/seams/golden/index.json")).asObject();
    change.accept(index);
    return GoldenIndex.read(index.toString().getBytes(StandardCharsets.UTF_8), "golden/index.json");
  }

  private void refuses(String problem, Consumer<JsonObject> change) {
    BundleException error = assertThrows(BundleException.class, () -> edited(change));
    assertEquals("golden/index.json: expected an index of goldens, but reading failed: " + problem,
        error.getMessage());
  }

  @Test
  void arraysAreCutOutOfOneFile() {
    Bundle bundle = Bundle.load(TestFiles.bundle("seams"));
    List<GoldenIndex.Array> arrays = GoldenIndex.read(bundle).arrays(bundle);
    // Twelve pictures of two pixels, then one of two floats: 24 + 8 bytes.
    assertEquals(13, arrays.size());
    assertEquals(32, bundle.content("golden/arrays.bin").capacity());
    assertEquals(List.of(1, 2), arrays.get(0).shape());
    byte[] second = {bundle.content("golden/arrays.bin").get(2), bundle.content("golden/arrays.bin").get(3)};
    assertArrayEquals(second, arrays.get(1).pixels());
    assertNull(arrays.get(1).values());
    assertEquals(bundle.content("golden/arrays.bin").getFloat(28), arrays.get(12).values()[1]);
  }

  @Test
  void arraysOfTwoOrThreeSidesArePictures() {
    assertEquals(List.of(2, 1, 1), new GoldenIndex.Array(List.of(2, 1), new byte[2], null).picture().shape());
    assertEquals(List.of(1, 1, 2), new GoldenIndex.Array(List.of(1, 1, 2), null, new float[2]).picture().shape());
    ChainException error = assertThrows(ChainException.class,
        () -> new GoldenIndex.Array(List.of(2), new byte[2], null).picture());
    assertEquals("image: expected [height, width] or [height, width, channels], received [2]", error.getMessage());
  }

  @Test
  void aCaseIsReadAsItIsWritten() {
    GoldenIndex index = read(root -> {
      JsonObject golden = first(root, "cases");
      golden.set("inputs", json("{'image': 3, 'text': 0}")).set("operating_point", "p");
      golden.set("path", Json.array().add("a").add("b")).set("exit", "e").set("reason", "r");
      golden.set("events", json("[{'kind': 'failed', 'name': 'f', 'why': 'late'}, {'kind': 'case', 'name': 'main[1]',"
          + " 'case': 2}, {'kind': 'row', 'name': 'main[2]', 'row': 7},"
          + " {'kind': 'crop', 'name': 'c', 'corners': [0, 0.25, 1, 1.5]}]"));
      golden.set("outputs", json("{'o': {'numbers': [0.5, -2]}, 'l': {'numbers': [], 'label': 4,"
          + " 'probabilities': [1]}, 'b': {'numbers': [],"
          + " 'boxes': [{'label': 1, 'score': 0.5}, {'label': 0, 'score': 2, 'mask': [0.25]}]}}"));
      golden.set("parameters", json("{'k': 2}"));
      golden.remove("tolerance");
    });
    assertEquals(
        new GoldenIndex.Case(
            "main", Map.of("image", 3L, "text", 0L), "p", Map.of("k", Numbers.of(2)), List.of("a", "b"),
            List.of(
                new Happening("failed", "f", "late", null, null, null),
                new Happening("case", "main[1]", null, 2L, null, null),
                new Happening("row", "main[2]", null, null, 7L, null),
                new Happening("crop", "c", null, null, null, List.of(0.0, 0.25, 1.0, 1.5))),
            "e", "r",
            Map.of(
                "o", new Output(List.of(0.5, -2.0), null, null, null),
                "l", new Output(List.of(), 4L, List.of(1.0), null),
                "b", new Output(List.of(), null, null, List.of(new Box(1, 0.5, null), new Box(0, 2, List.of(0.25))))),
            null),
        index.cases().get(0));
    assertEquals(0.5, read(root -> first(root, "cases").set("tolerance", 0.5)).cases().get(0).tolerance());
    assertNull(read(root -> first(root, "cases").set("tolerance", Json.NULL)).cases().get(0).tolerance());
  }

  @Test
  void picturesAreThoseThatTheMainProgramIsGiven() {
    Bundle bundle = Bundle.load(TestFiles.bundle("prototypes"));
    GoldenIndex read = GoldenIndex.read(bundle);
    // Of 16 arrays three were taught with, and one is no picture.
    List<Long> twelve = LongStream.range(0, 12).boxed().collect(Collectors.toList());
    assertEquals(twelve, List.copyOf(read.pictures(bundle).keySet()));
    assertEquals(List.of(2, 2, 1), read.pictures(bundle).get(0L).shape());
    assertEquals("teach", read.cases().get(24).program());
    assertEquals("point", read.cases().get(31).program());
  }

  private void refusesAgain(String problem, Consumer<JsonObject> change) {
    refuses(problem, change);
    copyAgain();
  }

  @Test
  void anIndexOfAnotherFormIsRefusedWithItsPlace() {
    refusesAgain("object contains unknown field `extra` - at `cases[0]`", root -> first(root, "cases").set("extra", 1));
    refusesAgain("object missing required field `events` - at `cases[0]`",
        root -> first(root, "cases").remove("events"));
    refusesAgain("invalid enum value 'int8' - at `arrays[0].type`", root -> first(root, "arrays").set("type", "int8"));
    refusesAgain("expected `int` >= 0 - at `arrays[0].offset`", root -> first(root, "arrays").set("offset", -1));
    refusesAgain("expected `array` of length >= 1 - at `arrays[0].shape`",
        root -> first(root, "arrays").set("shape", Json.array()));
    refusesAgain("expected `int` >= 0 - at `cases[0].inputs[...]`",
        root -> first(root, "cases").set("inputs", json("{'image': -1}")));
    refusesAgain("invalid enum value 'run' - at `cases[0].events[0].kind`",
        root -> first(root, "cases").set("events", json("[{'kind': 'run', 'name': 'first'}]")));
    refusesAgain("expected `int` >= 0 - at `cases[0].events[0].row`",
        root -> first(root, "cases").set("events", json("[{'kind': 'row', 'name': 'main[1]', 'row': -1}]")));
    refusesAgain("object missing required field `score` - at `cases[0].outputs[...].boxes[0]`",
        root -> first(root, "cases").set("outputs", json("{'b': {'numbers': [], 'boxes': [{'label': 1}]}}")));
    refusesAgain("expected `array` of length 4 - at `cases[0].events[0].corners`",
        root -> first(root, "cases").set("events", json("[{'kind': 'crop', 'name': 'c', 'corners': [1, 2, 3]}]")));
    refusesAgain("object missing required field `numbers` - at `cases[0].outputs[...]`",
        root -> first(root, "cases").set("outputs", json("{'label': {'label': 1}}")));
    refusesAgain("expected `float` >= 0 - at `cases[0].tolerance`",
        root -> first(root, "cases").set("tolerance", -0.5));
    refusesAgain("object missing required field `cases`", root -> root.remove("cases"));
  }

  @Test
  void aCaseNamesArraysThatAreThere() throws Exception {
    Bundle bundle = Bundle.load(copy.folder());
    GoldenIndex index = GoldenIndex.read(bundle);
    List<GoldenIndex.Array> arrays = index.arrays(bundle);
    assertEquals(Map.of("image", arrays.get(0)), index.inputs(1, arrays));
    BundleException error = assertThrows(BundleException.class,
        () -> edited(root -> first(root, "cases").set("inputs", json("{'image': 13}"))));
    assertEquals("golden/index.json: cases[0].inputs: expected an array below 13, received 13", error.getMessage());
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
  void anArrayBehindTheEndOfTheFileIsRefused(String shape, long offset) throws Exception {
    BundleException error = assertThrows(BundleException.class, () -> edited(
        root -> first(root, "arrays").set("shape", Json.parse(shape)).set("offset", offset)));
    assertEquals("golden/index.json: arrays[0].offset: expected an array inside the 32 bytes of golden/arrays.bin, "
        + "received one behind them", error.getMessage());
  }

  @Test
  void arraysTogetherHoldNoMoreThanATensorThoughNoNumberOf64BitsCountsThem() throws Exception {
    BundleException error = assertThrows(BundleException.class, () -> edited(
        root -> first(root, "arrays").set("shape", Json.parse("[16777216, 16777216, 16777216]"))));
    // 2^72, and 2 elements each of the twelve others.
    assertEquals("golden/index.json: arrays: expected arrays of at most 67108864 elements together, received "
        + "4722366482869645213720", error.getMessage());
  }

  @Test
  void floatsTakeFourBytesEach() throws Exception {
    GoldenIndex index = edited(root -> first(root, "arrays").set("type", "float32").set("offset", 24)
        .set("shape", Json.parse("[1, 2, 1]")));
    assertEquals(2, index.arrays(Bundle.load(copy.folder())).get(0).values().length);
    BundleException behind = assertThrows(
        BundleException.class, () -> edited(root -> first(root, "arrays").set("offset", 25)));
    assertEquals("arrays[0].offset", behind.field());
  }
}
