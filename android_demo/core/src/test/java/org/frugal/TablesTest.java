package org.frugal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.SmallBundle;
import org.frugal.bundle.SmallManifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of a chain: rows are taught, renamed and removed, and answers use them at once. */
class TablesTest extends Prototypes {
  private static final Picture PICTURE = Picture.grey(TestFiles.bytes(0, 255, 128, 64), 2, 2);
  /** Pixels are -1, 255 / 128 - 1, 0 and -0.5; tests/goldens/taught.py has the weights. */
  private static final float[] EMBEDDED = {-1 - 127 / 128f, 127 / 128f, 0};
  private static final String TAUGHT = "table classes: ";

  @TempDir Path scratch;

  private static String refusal(Runnable call) {
    return assertThrows(ChainException.class, call::run).getMessage();
  }

  @Test
  void theRowsThatCameWithTheBundle() {
    assertEquals(List.of("classes"), List.copyOf(chain.tables().keySet()));
    assertEquals("classes", table.name());
    assertEquals(List.of("first", "second"), table.labels());
    assertEquals(List.of(5, 2), List.of(table.capacity(), table.size()));
    assertEquals(List.of(3), table.rowShape());
    float[][] rows = table.rows();
    assertTrue(Arrays.deepEquals(new float[][] {{0.5f, 0.25f, -0.5f}, {-0.75f, 1, 0.125f}}, rows));
    rows[0][0] = 7;
    assertEquals(0.5f, table.rows()[0][0], "rows are a copy");
  }

  @Test
  void aClassThatWasTaughtIsAnsweredAtOnce() {
    Result before = chain.run(PICTURE);
    assertEquals("second", before.name());
    assertEquals(2, before.answer().length);
    assertArrayEquals(EMBEDDED, chain.teach("third", List.of(PICTURE)));
    assertArrayEquals(EMBEDDED, table.rows()[2]);
    Result after = chain.run(PICTURE);
    assertEquals(List.of("third", 2), List.of(after.name(), after.label()));
    assertEquals(List.of(3, 3), List.of(after.answer().length, after.probabilities().length));
    // The product with itself less the half of it.
    float square = EMBEDDED[0] * EMBEDDED[0] + EMBEDDED[1] * EMBEDDED[1];
    assertEquals(square / 2, after.answer()[2], 1e-5);
    assertArrayEquals(new float[] {3}, after.outputs().get("known").numbers());
    table.remove("third");
    assertEquals("second", chain.run(PICTURE).name());
  }

  @Test
  void aRowThatIsGivenBackIsNotTheTablesOwn() {
    float[] row = {1, 2, 3};
    table.add("third", row);
    row[0] = 9;
    assertArrayEquals(new float[] {1, 2, 3}, table.rows()[2]);
    chain.teach("fourth", List.of(PICTURE))[0] = 9;
    assertArrayEquals(EMBEDDED, table.rows()[3]);
  }

  @Test
  void aTableWithoutRowsAnswersNothingUntilItIsTaught() {
    table.remove("first");
    table.remove("second");
    assertEquals(TAUGHT + "expected at least one row to answer with, received none: teach it one",
        refusal(() -> chain.run(PICTURE)));
    chain.teach("only", List.of(PICTURE));
    Result result = chain.run(PICTURE);
    assertEquals("only", result.name());
    assertArrayEquals(new float[] {1}, result.probabilities());
  }

  @Test
  void rowsOfAnotherFormAreRefused() {
    assertEquals(TAUGHT + "expected a row of numbers [3], received float32 [2]",
        refusal(() -> table.add("new", new float[2])));
    assertEquals(TAUGHT + "expected a row of numbers [3], received null", refusal(() -> table.add("new", null)));
    for (float wild : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      assertEquals(TAUGHT + "expected a row of finite numbers, received NaN or infinity",
          refusal(() -> table.add("new", new float[] {1, wild, 2})));
    }
    assertEquals(2, table.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\nb", "\u0000", "\ud800", "a\udc00b", "null", "first"})
  void labelsThatCannotBeAreRefused(String text) {
    String label = text.equals("null") ? null : text;
    for (Runnable change : List.<Runnable>of(
        () -> table.add(label, new float[3]), () -> table.rename("second", label))) {
      String said = refusal(change);
      String expected = text.equals("first")
          ? "expected a new label, received 'first', which is there: rename or remove it first"
          : "expected a label of 1 to 200 characters, none of them a control character, received ";
      assertTrue(said.startsWith(TAUGHT + expected), said);
    }
    assertEquals(List.of("first", "second"), table.labels());
  }

  @Test
  void charactersOfALabelAreCountedNotTheirHalves() {
    table.add("\ud83d\ude00".repeat(200), new float[3]);
    assertTrue(refusal(() -> table.add("\ud83d\ude00".repeat(201), new float[3])).contains("200 characters"));
  }

  @Test
  void rowsAreRenamedAndRemovedWhereTheyAre() {
    chain.teach("third", List.of(PICTURE));
    table.rename("second", "zwei");
    table.rename("zwei", "zwei");
    table.remove("first");
    assertEquals(List.of("zwei", "third"), table.labels());
    assertTrue(Arrays.deepEquals(new float[][] {{-0.75f, 1, 0.125f}, EMBEDDED}, table.rows()));
    assertEquals(1, chain.run(PICTURE).label());
    String nobody = TAUGHT + "expected one of the labels ['zwei', 'third'], received ";
    assertEquals(nobody + "'first'", refusal(() -> table.remove("first")));
    assertEquals(nobody + "null", refusal(() -> table.rename(null, "x")));
  }

  @Test
  void aFullTableSaysSoBeforeAnythingIsRun() {
    for (String label : List.of("a", "b", "c")) {
      table.add(label, new float[] {0, 0, 1});
    }
    assertEquals(TAUGHT + "expected fewer rows than its capacity, 5, to add one: remove another first",
        refusal(() -> chain.teach("d", List.of("no example is looked at"))));
    assertEquals(5, chain.run(PICTURE).answer().length);
  }

  @Test
  void lessonsThatCannotBeAreRefused() {
    List<Object> pictures = List.of(PICTURE);
    assertEquals("examples: expected a list of at least one, received []",
        refusal(() -> chain.teach("new", List.of())));
    assertEquals("examples: expected a list of at least one, received null", refusal(() -> chain.teach("new", null)));
    assertEquals("program: expected one of ['main', 'point', 'teach'], received 'learn'",
        refusal(() -> chain.teach("new", pictures, null, null, "learn")));
    assertEquals("program: expected one of ['main', 'point', 'teach'], received null",
        refusal(() -> chain.teach("new", pictures, null, null, null)));
    assertEquals("program main: expected one that gives one row, received one that gives []",
        refusal(() -> chain.teach("new", pictures, null, null, "main")));
    assertEquals("inputs: expected the inputs ['image'], received String",
        refusal(() -> chain.teach("new", List.of(PICTURE, "a cat"))));
    assertEquals("image: expected a Picture, received null",
        refusal(() -> chain.teach("new", Arrays.asList(PICTURE, null))));
    assertEquals(2, table.size());
  }

  @Test
  void aProgramThatMayAnswerWithoutItsRowTeachesNothing() {
    assertEquals("teach: expected a row for every example, received none for number 1", refusal(() -> new Teaching(
        chain.bundle().manifest(), chain.tables()).teach("new", List.of(1, 2), "teach", example -> chain.run(
            PICTURE, null, null, null, example.equals(1) ? "teach" : "main"), done -> {})));
  }

  private static Path edited(Path folder, Consumer<JsonObject> change) {
    try {
      CopiedBundle copy = CopiedBundle.of("prototypes", folder);
      copy.edit("manifest.json", change);
      return folder;
    } catch (Exception error) {
      throw new AssertionError(error);
    }
  }

  @Test
  void rowsThatAreNotFiniteAreRefusedWithTheBundle() throws IOException {
    byte[] rows = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7c};
    Path folder = edited(scratch.resolve("bundle"), root -> SmallBundle.sign(root.get("tables").asObject()
        .get("classes").asObject().get("content").asObject(), rows));
    Files.write(folder.resolve("tables/classes.bin"), rows);
    BundleException error = assertThrows(BundleException.class, () -> Chain.load(folder, TestFiles.OPTIONS));
    assertEquals(List.of("tables/classes.bin", "tables.classes.content"), List.of(error.file(), error.field()));
    assertEquals("expected finite numbers, received NaN or infinity", error.problem());
  }

  @Test
  void aTablesFileIsCheckedLikeAnyOther() throws IOException {
    CopiedBundle copy = CopiedBundle.of("prototypes", scratch.resolve("bundle"));
    copy.flip("tables/classes.bin", 3);
    BundleException error = assertThrows(BundleException.class, () -> Chain.load(copy.folder(), TestFiles.OPTIONS));
    assertEquals("tables.classes.content.file", error.field());
    assertTrue(error.problem().contains("the file was changed"), error.problem());
  }

  /** The bundle of boxes, whose classes become the rows of a table. */
  private Path boxesOfATable() throws Exception {
    CopiedBundle copy = CopiedBundle.of("boxes", scratch.resolve("boxes"));
    Files.createDirectories(copy.folder().resolve("tables"));
    copy.write("tables/names.bin", new byte[12]);
    JsonObject content = SmallBundle.sign(new JsonObject().set("file", "tables/names.bin"), new byte[12]);
    copy.edit("manifest.json", root -> {
      root.get("values").asObject().set("names", SmallManifest.json("{'shape': [1, 4], 'type': 'float32'}"));
      root.set("tables", SmallManifest.json("{'names': {'rows': 'names', 'labels': ['a', 'b', 'c']}}"));
      root.get("tables").asObject().get("names").asObject().set("content", content);
      for (JsonObject.Member output : root.get("outputs").asObject()) {
        if (output.getValue().asObject().get("scores") != null) {
          output.getValue().asObject().set("labels", new JsonArray()).set("table", "names");
        }
      }
    });
    return copy.folder();
  }

  @Test
  void boxesAreNamedByTheRowsOfATable() throws Exception {
    try (Chain chain = Chain.load(boxesOfATable(), TestFiles.OPTIONS)) {
      assertEquals(List.of(), chain.selfTest());
      Table names = chain.tables().get("names");
      assertEquals(List.of(), names.rowShape());
      GoldenIndex index = GoldenIndex.read(chain.bundle());
      Picture picture = index.pictures(chain.bundle()).values().iterator().next();
      List<Box> boxes = chain.run(picture).boxes();
      boxes.forEach(box -> assertEquals(List.of("a", "b", "c").get(box.label()), box.name()));
      names.rename("a", "A");
      names.remove("c");
      names.remove("b");
      // A class behind the last row counts as that row.
      List<Box> after = chain.run(picture).boxes();
      assertEquals(boxes.size(), after.size());
      assertTrue(after.size() > 0);
      after.forEach(box -> assertEquals(List.of(0, "A"), List.of(box.label(), box.name())));
      names.remove("A");
      assertEquals("table names: expected at least one row to answer with, received none: teach it one",
          refusal(() -> chain.run(picture)));
    }
  }

  @Test
  void codesOfEightBitsHoldRowsToo() {
    Path folder = edited(scratch.resolve("bundle"), root -> root.get("values").asObject().get("classes").asObject()
        .set("type", "int8").set("scale", 0.5).set("zero_point", 1));
    try (Chain edited = Chain.load(folder, TestFiles.OPTIONS)) {
      edited.tables().get("classes").remove("first");
      // The row -0.75, 1, 0.125 is read as -1 (ties to even: -1.5 to -2), 1 and 0; the table keeps it as it is.
      float[] features = edited.run(Map.of("image", PICTURE), null, null, null, "teach").answer();
      float product = -features[0] + features[1];
      assertEquals(product - (1 + 1) / 2f, edited.run(PICTURE).answer()[0], 1e-5);
      assertArrayEquals(new float[] {-0.75f, 1, 0.125f}, edited.tables().get("classes").rows()[0]);
    }
  }
}
