package org.frugal.bundle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a flatbuffer of what a test puts together: a table is a map from the number of a field to its value, which is
 * a Byte, an Integer, a Float, a text, an array, another table or a list of tables. Everything is 8-aligned where it
 * has to be, so that what a test damages is the only damage.
 */
final class FlatFile {
  private final ByteBuffer data = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private int end = 8;

  private FlatFile() {}

  /** A table of pairs of a number and a value; it may be changed. */
  static TreeMap<Integer, Object> table(Object... pairs) {
    TreeMap<Integer, Object> table = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      table.put((Integer) pairs[i], pairs[i + 1]);
    }
    return table;
  }

  /** Tables in a list that may be changed. */
  @SafeVarargs
  static List<TreeMap<Integer, Object>> list(TreeMap<Integer, Object>... tables) {
    List<TreeMap<Integer, Object>> list = new ArrayList<>();
    for (TreeMap<Integer, Object> table : tables) {
      list.add(table);
    }
    return list;
  }

  /** The file whose root is this table, with the identifier of TFLite. */
  static byte[] of(Map<Integer, Object> root) {
    FlatFile file = new FlatFile();
    file.data.put(4, (byte) 'T').put(5, (byte) 'F').put(6, (byte) 'L').put(7, (byte) '3');
    file.data.putInt(0, file.table(root));
    return Arrays.copyOf(file.data.array(), file.end);
  }

  private void align(int to, int behind) {
    while ((end + behind) % to != 0) {
      end++;
    }
  }

  private int table(Map<Integer, Object> fields) {
    align(4, 0);
    int vtable = end;
    int count = fields.isEmpty() ? 0 : ((TreeMap<Integer, Object>) fields).lastKey() + 1;
    end += 4 + 2 * count;
    align(4, 0);
    int table = end;
    data.putShort(vtable, (short) (4 + 2 * count)).putShort(vtable + 2, (short) (4 + 4 * fields.size()));
    data.putInt(table, table - vtable);
    end += 4 + 4 * fields.size();
    int slot = 4;
    for (Map.Entry<Integer, Object> field : fields.entrySet()) {
      data.putShort(vtable + 4 + 2 * field.getKey(), (short) slot);
      value(table + slot, field.getValue());
      slot += 4;
    }
    return table;
  }

  private void value(int place, Object value) {
    if (value instanceof Byte one) {
      data.put(place, one);
    } else if (value instanceof Integer number) {
      data.putInt(place, number);
    } else if (value instanceof Float number) {
      data.putFloat(place, number);
    } else {
      data.putInt(place, target(value) - place);
    }
  }

  @SuppressWarnings("unchecked")
  private int target(Object value) {
    if (value instanceof Map<?, ?> table) {
      return table((Map<Integer, Object>) table);
    } else if (value instanceof List<?> tables) {
      int vector = vector(tables.size(), 4 * tables.size());
      for (int i = 0; i < tables.size(); i++) {
        value(vector + 4 + 4 * i, tables.get(i));
      }
      return vector;
    } else if (value instanceof String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      int vector = bytes(bytes);
      end++;
      return vector;
    }
    return value instanceof byte[] bytes ? bytes(bytes) : numbers(value);
  }

  private int bytes(byte[] bytes) {
    int vector = vector(bytes.length, bytes.length);
    System.arraycopy(bytes, 0, data.array(), vector + 4, bytes.length);
    return vector;
  }

  private int numbers(Object value) {
    if (value instanceof int[] integers) {
      int vector = vector(integers.length, 4 * integers.length);
      for (int i = 0; i < integers.length; i++) {
        data.putInt(vector + 4 + 4 * i, integers[i]);
      }
      return vector;
    } else if (value instanceof float[] reals) {
      int vector = vector(reals.length, 4 * reals.length);
      for (int i = 0; i < reals.length; i++) {
        data.putFloat(vector + 4 + 4 * i, reals[i]);
      }
      return vector;
    }
    long[] longs = (long[]) value;
    int vector = vector(longs.length, 8 * longs.length);
    for (int i = 0; i < longs.length; i++) {
      data.putLong(vector + 4 + 8 * i, longs[i]);
    }
    return vector;
  }

  /** Room for a vector whose elements begin at a multiple of 8. */
  private int vector(int count, int bytes) {
    align(8, 4);
    int vector = end;
    data.putInt(vector, count);
    end += 4 + bytes;
    return vector;
  }
}
