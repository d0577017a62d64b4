package org.frugal.bundle;

import static org.frugal.bundle.FlatFile.list;
import static org.frugal.bundle.FlatFile.table;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A file read as a tree of tables: what is in it, and whatever leads out of it. */
class PartTablesTest {
  private static FlatTable read(TreeMap<Integer, Object> model) {
    return new PartTables(ByteBuffer.wrap(FlatFile.of(model))).root();
  }

  private static void refuses(String problem, ByteBuffer content) {
    DamagedPart error = assertThrows(DamagedPart.class, () -> new PartTables(content).root());
    assertEquals(problem, error.getMessage());
  }

  /** A file of a version alone: the vtable lies at 8 (6 bytes), the table at 16 (8 bytes). */
  private static ByteBuffer tiny() {
    ByteBuffer content = ByteBuffer.wrap(FlatFile.of(table(0, 3))).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(List.of(16, 24, 8), List.of(content.getInt(0), content.capacity(), content.getInt(16)));
    return content;
  }

  @Test
  void everyKindOfFieldIsRead() {
    FlatTable model = read(table(0, -1, 1, list(table(0, (byte) 200, 2, 7, 3, -9), table()), 2, list(table(1,
        new int[] {4, -5})), 3, "größe", 4, list(table(0, new byte[] {1, 2, 3})), 6, list(table(0, "m", 1, 1))));
    assertEquals(0xffffffffL, model.number("version", 0), "without a sign");
    assertEquals(List.of(200L, 7L, -9L), List.of(model.tables("operator_codes").get(0)
        .number("deprecated_builtin_code", 0), model.tables("operator_codes").get(0).number("version", 1),
        model.tables("operator_codes").get(0).number("builtin_code", 0)));
    assertEquals(1, model.tables("operator_codes").get(1).number("version", 1), "what is missing has its default");
    assertArrayEquals(new int[] {4, -5}, model.tables("subgraphs").get(0).integers("inputs"));
    assertEquals("größe", model.text("description"));
    assertEquals(3, model.tables("buffers").get(0).data("data")[1]);
    assertEquals("m", model.tables("metadata").get(0).text("name"));
  }

  @Test
  void realsAndLongNumbersAreRead() {
    TreeMap<Integer, Object> scales = table(2, new float[] {0.5f, -1}, 3, new long[] {1L << 40, -2});
    FlatTable tensor = read(table(2, list(table(0, list(table(4, scales)))))).tables("subgraphs").get(0)
        .tables("tensors").get(0);
    assertArrayEquals(new float[] {0.5f, -1}, tensor.table("quantization").reals("scale"));
    assertArrayEquals(new long[] {1L << 40, -2}, tensor.table("quantization").longs("zero_point"));
  }

  @Test
  void whatIsAbsentIsEmptyOfEveryKind() {
    FlatTable empty = new FlatTable();
    assertFalse(empty.has("x"));
    assertEquals(7, empty.number("x", 7));
    assertEquals(0, empty.real("x"));
    assertEquals("", empty.text("x"));
    assertEquals(0, empty.integers("x").length + empty.reals("x").length + empty.longs("x").length);
    assertArrayEquals(new long[] {0, 0}, empty.data("x"));
    assertFalse(empty.table("x").has("x"));
    assertEquals(List.of(), empty.tables("x"));
    empty.put("x", 1.5f);
    assertTrue(empty.has("x"));
    assertEquals(1.5, empty.real("x"));
  }

  @Test
  void whatIsNoTensorFlowLiteFileIsSaidByItsBytes() {
    refuses("expected 8 to 2147483647 bytes as model, received 7", ByteBuffer.allocate(7));
    refuses("expected a TFLite file (TFL3 at byte 4) as model, received the bytes 00000000", ByteBuffer.allocate(8));
    ByteBuffer zip = ByteBuffer.wrap("PK\3\4TFL2....".getBytes(StandardCharsets.ISO_8859_1));
    refuses("expected a TFLite file (TFL3 at byte 4) as model, received the bytes 54464c32", zip);
  }

  @Test
  void aRootOutsideOfTheFileOrBesideItsPlaceIsRefused() {
    refuses("expected a table inside of 24 bytes, at a multiple of 4 as model, received one at byte 24",
        tiny().putInt(0, 24));
    refuses("expected a table inside of 24 bytes, at a multiple of 4 as model, received one at byte 18",
        tiny().putInt(0, 18));
    refuses("expected a table inside of 24 bytes, at a multiple of 4 as model, received one at byte 4294967292",
        tiny().putInt(0, -4));
    // Eight bytes from 20 on would reach behind the end; its vtable is that of the table at 16.
    refuses("expected a table inside of 24 bytes as model, received one up to byte 28",
        tiny().putInt(20, 12).putInt(0, 20));
  }

  @Test
  void aTableWithoutAUsableVtableIsRefused() {
    String inside = "expected a vtable inside of 24 bytes, at a multiple of 2 as model, received one at byte ";
    refuses(inside + "-4", tiny().putInt(16, 20));
    refuses(inside + "7", tiny().putInt(16, 9));
    refuses(inside + "22", tiny().putInt(16, -6));
    String form = "expected a vtable of 4 to 20 bytes as model, received one of ";
    refuses(form + "2 for a table of 8", tiny().putShort(8, (short) 2));
    refuses(form + "7 for a table of 8", tiny().putShort(8, (short) 7));
    refuses(form + "22 for a table of 8", tiny().putShort(8, (short) 22));
    refuses(form + "18 for a table of 8", tiny().putShort(8, (short) 18));
    refuses(form + "6 for a table of 3", tiny().putShort(10, (short) 3));
  }

  @Test
  void aVtableMayBeTheLastOfAFile() {
    // Of a table without a field, behind that table.
    ByteBuffer content = tiny().putInt(16, -4).putShort(20, (short) 4).putShort(22, (short) 4);
    assertFalse(new PartTables(content).root().has("version"));
    refuses("expected a vtable of 4 to 20 bytes as model, received one of 6 for a table of 4",
        content.putShort(20, (short) 6));
  }

  @Test
  void aFieldOutsideOfItsTableIsRefused() {
    String problem = "expected a field inside of its table of 8 bytes as model.version, received one at ";
    refuses(problem + "2", tiny().putShort(12, (short) 2));
    refuses(problem + "6", tiny().putShort(12, (short) 6));
    refuses(problem + "8", tiny().putShort(12, (short) 8));
  }

  @Test
  void whatTensorFlowLiteWouldFollowElsewhereIsRefused() {
    TreeMap<Integer, Object> code = table(1, "custom");
    DamagedPart error = assertThrows(DamagedPart.class, () -> read(table(1, list(code))));
    assertEquals("expected nothing as model.operator_codes[0].custom_code, received a value", error.getMessage());
    TreeMap<Integer, Object> operator = table(5, new byte[] {1, 2});
    error = assertThrows(DamagedPart.class, () -> read(table(2, list(table(3, list(operator))))));
    assertEquals("expected nothing as model.subgraphs[0].operators[0].custom_options, received 2 elements",
        error.getMessage());
    assertNull(SmallPart.problem(FlatFile.of(withEmptyCustomOptions().model)));
  }

  private static SmallPart withEmptyCustomOptions() {
    SmallPart part = SmallPart.relu();
    part.operator.put(5, new byte[0]);
    return part;
  }

  /** A file of a description alone: its vtable takes 12 bytes from 8 on, the table 8, and the text lies at 28. */
  private static ByteBuffer described(String text) {
    ByteBuffer content = ByteBuffer.wrap(FlatFile.of(table(3, text))).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(List.of(20, 4, text.length()), List.of(content.getInt(0), content.getInt(24), content.getInt(28)));
    return content;
  }

  @Test
  void aTextEndsInAZeroAndIsUtf8() {
    String problem = "expected a string in UTF-8 that ends in a zero as model.description, received another";
    refuses(problem, described("abc").put(35, (byte) 1));
    refuses(problem, described("abc").put(33, (byte) 0xff));
    // Its zero would be behind the end.
    refuses("expected a vector inside of 36 bytes as model.description, received one of 4 elements at byte 28",
        described("abc").putInt(28, 4));
    refuses("expected a vector inside of 36 bytes as model.description, received one of 4294967295 elements at byte 28",
        described("abc").putInt(28, -1));
  }

  @Test
  void anOffsetLeadsForwardToAnAlignedPlace() {
    refuses("expected an offset above 0 as model.description, received 0", described("abc").putInt(24, 0));
    String problem = "expected a vector inside of 36 bytes, at a multiple of 4 as model.description, received one at ";
    refuses(problem + "byte 30", described("abc").putInt(24, 6));
    refuses(problem + "byte 36", described("abc").putInt(24, 12));
    refuses(problem + "byte 4294967316", described("abc").putInt(24, -4));
  }

  @Test
  void longNumbersLieAtMultiplesOfEight() {
    TreeMap<Integer, Object> scales = table(2, new float[] {1}, 3, new long[] {77, 78});
    byte[] bytes = FlatFile.of(table(2, list(table(0, list(table(4, scales))))));
    ByteBuffer content = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int vector = 0;
    while (content.getInt(vector) != 2 || content.getLong(vector + 4) != 77) {
      vector += 4;
    }
    int slot = vector - 4;
    while (content.getInt(slot) != vector - slot) {
      slot -= 4;
    }
    // Four bytes earlier the scale's only element is taken for the number of elements: make it one.
    content.putInt(vector - 4, 1).putInt(slot, vector - 4 - slot);
    refuses("expected numbers at a multiple of 8 as model.subgraphs[0].tensors[0].quantization.zero_point, received "
        + "some at byte " + vector, content);
  }

  @Test
  void tablesThatShareATailAreCountedAsOftenAsTheyAreReached() {
    // 60 subgraphs of one and the same long list of inputs: 60 * 100 elements are more than the file has bytes.
    int[] inputs = new int[100];
    byte[] bytes = FlatFile.of(table(2, list(table(1, inputs))));
    ByteBuffer small = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(100, new PartTables(small).root().tables("subgraphs").get(0).integers("inputs").length);
    int count = 60;
    ByteBuffer content = ByteBuffer.allocate(64 + 4 * count + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
    content.put(bytes, 0, 8).putInt(0, 24);
    // Root: a vtable of ten bytes at 8, a table of eight at 24; the list at 32; one table behind it.
    content.putShort(8, (short) 10).putShort(10, (short) 8).putShort(16, (short) 4);
    content.putInt(24, 16).putInt(28, 4).putInt(32, count);
    int vtable = 36 + 4 * count;
    int table = vtable + 8;
    content.putShort(vtable, (short) 8).putShort(vtable + 2, (short) 8).putShort(vtable + 6, (short) 4);
    content.putInt(table, 8).putInt(table + 4, 4).putInt(table + 8, 100);
    for (int i = 0; i < count; i++) {
      content.putInt(36 + 4 * i, table - 36 - 4 * i);
    }
    int size = content.capacity();
    DamagedPart error = assertThrows(DamagedPart.class, () -> new PartTables(content).root());
    assertTrue(error.getMessage().startsWith(
        "expected at most " + size + " tables and elements, as many as bytes as model.subgraphs["), error.getMessage());
  }

  /** Any byte of a good file changed in any way, and any length of it: it is read or refused, nothing else. */
  @Test
  void noDamageDoesAnythingElse() {
    byte[] good = SmallPart.relu().bytes();
    Random random = new Random(11);
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = random.nextInt(10) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
      for (int i = random.nextInt(3); i >= 0 && bytes.length > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      refused += SmallPart.problem(bytes) == null ? 0 : 1;
    }
    assertTrue(refused > 5_000 && refused < 19_900, refused + " refused");
  }
}
