package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.frugal.Chain;
import org.frugal.ChainException;
import org.frugal.ChainOptions;
import org.frugal.Table;
import org.frugal.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of saved rows: what they hold, and those that are refused. */
class TableFileTest {
  private static final String BUNDLE = "0123456789abcdef".repeat(4);
  private static final TableFile FILE = new TableFile(BUNDLE, "t", 3, 2);
  private static final byte[] SAVED = FILE.write(new TableFile.Rows(
      List.of("a \"b\"", "\u00fc\ud83d\ude00"), List.of(new float[] {1, -0.5f}, new float[] {0, 1e-30f})));

  @TempDir Path scratch;

  private static String refusal(byte[] data) {
    return assertThrows(ChainException.class, () -> FILE.read(data, "rows")).getMessage();
  }

  /** The file with another head, and its rows as they are. */
  private static byte[] headed(Consumer<JsonObject> change) {
    String text = new String(SAVED, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\n');
    JsonObject head = Json.parse(new String(SAVED, 0, end, StandardCharsets.UTF_8)).asObject();
    change.accept(head);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
    file.write(SAVED, end, SAVED.length - end);
    return file.toByteArray();
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    TableFile.Rows rows = FILE.read(SAVED, "rows");
    assertEquals(List.of("a \"b\"", "\u00fc\ud83d\ude00"), rows.labels());
    assertArrayEquals(new float[] {1, -0.5f}, rows.rows().get(0));
    assertArrayEquals(new float[] {0, 1e-30f}, rows.rows().get(1));
    assertEquals(List.of(), FILE.read(FILE.write(new TableFile.Rows(List.of(), List.of())), "rows").labels());
    // A line break ends the head, whatever the rows' bytes are.
    float[] breaks = {Float.intBitsToFloat(0x0a0a0a0a), 0};
    byte[] file = FILE.write(new TableFile.Rows(List.of("a\tb"), List.of(breaks)));
    assertArrayEquals(breaks, FILE.read(file, "rows").rows().get(0));
  }

  @Test
  void aDamagedHeadIsNoSuchFile() {
    String other = "table t: expected a file of saved rows, received another one: rows";
    String head = new String(SAVED, StandardCharsets.ISO_8859_1);
    head = head.substring(0, head.indexOf('\n'));
    for (String text : List.of("", "\n", "{}\n", "[]\n", "3\n", head, head.substring(1) + "\n", "\ufeff" + head + "\n",
        "{\"format\": \"frugal-table\", \"format\": \"frugal-table\"}\n", "{\"format\": 1}\n")) {
      assertEquals(other, refusal(text.getBytes(StandardCharsets.UTF_8)), text);
    }
    assertEquals(other, refusal(headed(root -> root.set("format", "frugal"))));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "version|2|expected saved rows of the version 1, received 2",
      "version|true|expected saved rows of the version 1, received True",
      "version|null|expected saved rows of the version 1, received None",
      "table|\"u\"|expected saved rows of the table 't', received 'u'",
      "table|[1]|expected saved rows of the table 't', received [1]",
      "labels|\"ab\"|expected at most 3 labels that differ in rows, received others",
      "labels|[\"a\", 2]|expected at most 3 labels that differ in rows, received others",
      "labels|[\"a\", \"\"]|expected at most 3 labels that differ in rows, received others",
      "labels|[\"a\", \"a\"]|expected at most 3 labels that differ in rows, received others",
      "labels|[\"a\", \"b\", \"c\", \"d\"]|expected at most 3 labels that differ in rows, received others",
      "labels|[\"a\"]|expected 8 bytes of rows in rows, received 16",
      "labels|[\"a\", \"b\", \"c\"]|expected 24 bytes of rows in rows, received 16"})
  void aFieldThatIsAnotherIsNamed(String field, String json, String problem) {
    assertEquals("table t: " + problem, refusal(headed(root -> root.set(field, Json.parse(json)))));
  }

  @Test
  void rowsOfAnotherBundleAreOfNoUse() {
    String said = refusal(headed(root -> root.set("bundle", "f".repeat(64))));
    assertEquals("table t: expected saved rows of the bundle '" + BUNDLE + "', received '" + "f".repeat(64)
        + "': teach it anew", said);
    assertEquals("table t: expected saved rows of the table 't', received None",
        refusal(headed(root -> root.remove("table"))));
  }

  @Test
  void rowsAreWholeAndFinite() {
    assertEquals("table t: expected 16 bytes of rows in rows, received 15",
        refusal(Arrays.copyOf(SAVED, SAVED.length - 1)));
    assertEquals("table t: expected 16 bytes of rows in rows, received 17",
        refusal(Arrays.copyOf(SAVED, SAVED.length + 1)));
    byte[] wild = SAVED.clone();
    Arrays.fill(wild, SAVED.length - 4, SAVED.length, (byte) -1);
    assertEquals("table t: expected finite numbers in rows, received NaN or infinity", refusal(wild));
  }

  /** Whatever a byte of the file is changed to: it is refused in a sentence, or has rows that a table can hold. */
  @Test
  void anyByteMayBeAnother() {
    for (int place = 0; place < SAVED.length; place++) {
      for (int change = 1; change < 256; change += 6) {
        byte[] file = SAVED.clone();
        file[place] ^= (byte) change;
        try {
          TableFile.Rows rows = FILE.read(file, "rows");
          assertEquals(2, rows.labels().size());
          assertTrue(Float.isFinite(rows.rows().get(0)[0]) && Float.isFinite(rows.rows().get(1)[1]));
        } catch (ChainException error) {
          assertTrue(error.getMessage().startsWith("table t: expected "), error.getMessage());
        }
      }
    }
  }

  private Chain chain() {
    return Chain.load(TestFiles.bundle("prototypes"), ChainOptions.DEFAULT.withWarmUp(false));
  }

  @Test
  void savedRowsAreLoadedByAnotherChain() throws IOException {
    Path file = scratch.resolve("rows");
    try (Chain one = chain(); Chain other = chain()) {
      Table table = one.tables().get("classes");
      table.rename("first", "erste \u00fc");
      table.remove("second");
      Files.write(file, new byte[] {1, 2, 3});
      table.save(file);
      other.tables().get("classes").load(file);
      assertEquals(List.of("erste \u00fc"), other.tables().get("classes").labels());
      assertArrayEquals(table.rows()[0], other.tables().get("classes").rows()[0]);
    }
    try (Stream<Path> files = Files.list(scratch)) {
      assertEquals(List.of(file), files.collect(Collectors.toList()), "no draft is left");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nowhere/rows", "."})
  void placesThatCannotBeReadOrWrittenAreTold(String place) {
    try (Chain chain = chain()) {
      Table table = chain.tables().get("classes");
      for (Runnable change : List.<Runnable>of(
          () -> table.save(scratch.resolve(place)), () -> table.load(scratch.resolve(place)))) {
        String said = assertThrows(ChainException.class, change::run).getMessage();
        assertTrue(said.startsWith("table classes: expected a file "), said);
      }
      assertEquals(List.of("first", "second"), table.labels());
    }
  }

  @Test
  void aFileThatIsTooLargeIsNotRead() throws IOException {
    Path file = scratch.resolve("rows");
    try (var channel = Files.newByteChannel(
        file, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE)) {
      channel.position(1L << 33).write(java.nio.ByteBuffer.wrap(new byte[1]));
    }
    try (Chain chain = chain()) {
      String said = assertThrows(
          ChainException.class, () -> chain.tables().get("classes").load(file)).getMessage();
      assertTrue(said.contains("received another one"), said);
    }
  }
}
