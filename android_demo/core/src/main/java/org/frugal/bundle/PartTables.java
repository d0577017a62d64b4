package org.frugal.bundle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a TFLite file as a tree of tables without trusting a byte of it. The twin of tflite/bundle/part_tables.py: an
 * offset is followed only after what it leads to was seen to lie inside the file, aligned, and of a known kind; the
 * work is bounded by the file's size.
 */
final class PartTables {
  private static final long MOST_BYTES = Integer.MAX_VALUE;
  private static final int IDENTIFIER = 0x334c4654;
  /**
   * Table to its fields in their order, as name:kind: b (one byte, unsigned), i (int32), I (uint32), f (float32), s
   * (string), B (bytes), *i, *f, *l (vectors of int32, float32, int64), a table's name, * and a name (a vector of
   * tables), u (a table of a union), e (a vector that has to be empty) or - (absent).
   */
  private static final String TABLES = """
      Model version:I operator_codes:*OperatorCode subgraphs:*SubGraph description:s buffers:*Buffer metadata_buffer:*i
          metadata:*Metadata signature_defs:*SignatureDef
      OperatorCode deprecated_builtin_code:b custom_code:- version:i builtin_code:i
      SubGraph tensors:*Tensor inputs:*i outputs:*i operators:*Operator name:s debug_metadata_index:i
      Tensor shape:*i type:b buffer:I name:s quantization:Quantization is_variable:- sparsity:- shape_signature:*i
          has_rank:b variant_tensors:-
      Quantization min:*f max:*f scale:*f zero_point:*l details_type:- details:- quantized_dimension:i
      Operator opcode_index:I inputs:*i outputs:*i builtin_options_type:b builtin_options:u custom_options:e
          custom_options_format:- mutating_variable_inputs:e intermediates:e large_custom_options_offset:-
          large_custom_options_size:- builtin_options_2_type:- builtin_options_2:- debug_metadata_index:i
      Buffer data:B offset:- size:-
      Metadata name:s buffer:I
      SignatureDef inputs:*TensorMap outputs:*TensorMap signature_key:s deprecated_tag:- subgraph_index:I
      TensorMap name:s tensor_index:I
      """;
  private static final Map<String, List<Field>> KINDS = new HashMap<>();

  static {
    List<Field> fields = null;
    for (String word : TABLES.trim().split("\\s+")) {
      int colon = word.indexOf(':');
      if (colon < 0) {
        fields = new ArrayList<>();
        KINDS.put(word, fields);
      } else {
        fields.add(new Field(word.substring(0, colon), word.substring(colon + 1)));
      }
    }
  }

  /** A field of a table. */
  record Field(String name, String kind) {}

  private record Present(String name, String kind, int offset) {}

  private record Layout(int size, List<Present> fields) {}

  private final ByteBuffer content;
  private final long size;
  /** By kind, whose lists are told apart by identity, and by vtable. */
  private final Map<List<Field>, Map<Long, Layout>> layouts = new IdentityHashMap<>();
  private long left;

  PartTables(ByteBuffer file) {
    content = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    size = content.capacity();
    left = size;
    DamagedPart.unless(size >= 8, "model", "8 to " + MOST_BYTES + " bytes", size);
    if (content.getInt(4) != IDENTIFIER) {
      String received = String.format("%08x", Integer.reverseBytes(content.getInt(4)));
      throw new DamagedPart("model", "a TFLite file (TFL3 at byte 4)", "the bytes " + received);
    }
  }

  /** The whole file. */
  FlatTable root() {
    return table(unsigned(0), KINDS.get("Model"), "model");
  }

  /** A table and everything behind it; {@code where} is its path, for the error. */
  FlatTable table(long position, List<Field> kind, String where) {
    spend(1, where);
    FlatTable table = new FlatTable();
    for (Present field : layout(position, kind, where).fields) {
      table.put(field.name, value((int) position + field.offset, field.kind, where + "." + field.name));
    }
    return table;
  }

  /** Whole numbers of 4 or 8 bytes in data that were checked to lie inside. */
  long[] numbers(int begin, int count, int width) {
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = width == 8 ? content.getLong(begin + 8 * i) : content.getInt(begin + 4 * i);
    }
    return numbers;
  }

  private void spend(long count, String where) {
    left -= count;
    if (left < 0) {
      throw new DamagedPart(where, "at most " + size + " tables and elements, as many as bytes", "more");
    }
  }

  private long unsigned(int position) {
    return content.getInt(position) & 0xffffffffL;
  }

  private Layout layout(long position, List<Field> kind, String where) {
    if (position % 4 != 0 || position > size - 4) {
      throw new DamagedPart(
          where, "a table inside of " + size + " bytes, at a multiple of 4", "one at byte " + position);
    }
    long vtable = position - content.getInt((int) position);
    Map<Long, Layout> known = layouts.computeIfAbsent(kind, key -> new HashMap<>());
    Layout layout = known.get(vtable);
    if (layout == null) {
      layout = readLayout(vtable, kind, where);
      known.put(vtable, layout);
    }
    if (position + layout.size > size) {
      throw new DamagedPart(
          where, "a table inside of " + size + " bytes", "one up to byte " + (position + layout.size));
    }
    return layout;
  }

  private Layout readLayout(long vtable, List<Field> kind, String where) {
    if (vtable < 0 || vtable % 2 != 0 || vtable > size - 4) {
      throw new DamagedPart(
          where, "a vtable inside of " + size + " bytes, at a multiple of 2", "one at byte " + vtable);
    }
    int length = half((int) vtable);
    int tableSize = half((int) vtable + 2);
    int longest = 4 + 2 * kind.size();
    if (length < 4 || length % 2 != 0 || length > longest || vtable + length > size || tableSize < 4) {
      throw new DamagedPart(
          where, "a vtable of 4 to " + longest + " bytes", "one of " + length + " for a table of " + tableSize);
    }
    List<Present> present = new ArrayList<>();
    for (int i = 0; i < (length - 4) / 2; i++) {
      int offset = half((int) vtable + 4 + 2 * i);
      if (offset != 0) {
        present.add(checked(kind.get(i), offset, tableSize, where));
      }
    }
    return new Layout(tableSize, present);
  }

  private static Present checked(Field field, int offset, int tableSize, String where) {
    String place = where + "." + field.name;
    DamagedPart.unless(!field.kind.equals("-"), place, "nothing", "a value");
    int width = field.kind.equals("b") ? 1 : 4;
    if (offset < 4 || offset + width > tableSize || offset % width != 0) {
      throw new DamagedPart(place, "a field inside of its table of " + tableSize + " bytes", "one at " + offset);
    }
    return new Present(field.name, field.kind, offset);
  }

  private int half(int position) {
    return content.getShort(position) & 0xffff;
  }

  private Object value(int position, String kind, String where) {
    switch (kind) {
      case "b":
        return (long) (content.get(position) & 255);
      case "i":
        return (long) content.getInt(position);
      case "I":
        return unsigned(position);
      case "f":
        return content.getFloat(position);
      case "u":
        return target(position, where);
      default:
        long target = target(position, where);
        List<Field> fields = KINDS.get(kind);
        return fields == null ? vector(target, kind, where) : table(target, fields, where);
    }
  }

  /** Where an offset leads to, which is never back to itself. */
  private long target(int position, String where) {
    DamagedPart.unless(unsigned(position) != 0, where, "an offset above 0", 0);
    return position + unsigned(position);
  }

  private Object vector(long position, String kind, String where) {
    if (position % 4 != 0 || position > size - 4) {
      throw new DamagedPart(
          where, "a vector inside of " + size + " bytes, at a multiple of 4", "one at byte " + position);
    }
    long count = unsigned((int) position);
    int begin = (int) position + 4;
    int width = kind.equals("*l") ? 8 : kind.startsWith("*") ? 4 : 1;
    if (begin + count * width + (kind.equals("s") ? 1 : 0) > size) {
      throw new DamagedPart(
          where, "a vector inside of " + size + " bytes", "one of " + count + " elements at byte " + position);
    }
    if (kind.equals("B")) {
      return new long[] {begin, count};
    }
    if (kind.equals("e")) {
      DamagedPart.unless(count == 0, where, "nothing", count + " elements");
      return "";
    }
    spend(count, where);
    return kind.equals("s") ? text(begin, (int) count, where) : elements(begin, (int) count, kind.substring(1), where);
  }

  private Object elements(int begin, int count, String element, String where) {
    switch (element) {
      case "i":
        int[] integers = new int[count];
        for (int i = 0; i < count; i++) {
          integers[i] = content.getInt(begin + 4 * i);
        }
        return integers;
      case "f":
        float[] reals = new float[count];
        for (int i = 0; i < count; i++) {
          reals[i] = content.getFloat(begin + 4 * i);
        }
        return reals;
      case "l":
        DamagedPart.unless(begin % 8 == 0, where, "numbers at a multiple of 8", "some at byte " + begin);
        return numbers(begin, count, 8);
      default:
        List<FlatTable> tables = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          String which = where + "[" + i + "]";
          tables.add(table(target(begin + 4 * i, which), KINDS.get(element), which));
        }
        return tables;
    }
  }

  private String text(int begin, int count, String where) {
    if (content.get(begin + count) == 0) {
      byte[] bytes = new byte[count];
      for (int i = 0; i < count; i++) {
        bytes[i] = content.get(begin + i);
      }
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException error) {
        // the same sentence as for one without its zero
      }
    }
    throw new DamagedPart(where, "a string in UTF-8 that ends in a zero", "another");
  }
}
