package org.frugal.program;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads of a TFLite file (a flatbuffer) what TensorFlow Lite's Java API does not say: the subgraph of a signature, the
 * places of its tensors, and whether they keep their memory from run to run. The file was verified when its bundle was
 * loaded.
 */
final class FlatModel {
  private static final int INT32 = 2;
  private static final int INT64 = 4;
  /** Builtin operators whose output has a size that its inputs' sizes and constants decide. */
  private static final int[] STAYING = {
    0, 1, 2, 3, 4, 5, 6, 8, 9, 11, 14, 17, 18, 19, 20, 21, 22, 23, 25, 26, 28, 34, 36, 39, 40, 41, 42, 43, 45, 47, 48,
    49, 50, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 69, 70, 71, 72, 73, 74, 75, 76, 78, 79, 81, 82,
    83, 84, 86, 87, 88, 89, 92, 97, 98, 99, 100, 101, 102, 104, 106, 108, 111, 114, 117, 123, 126, 150
  };
  private static final BitSet STAYS = new BitSet();

  static {
    for (int code : STAYING) {
      STAYS.set(code);
    }
  }

  private final ByteBuffer data;
  private final Table model;

  FlatModel(ByteBuffer content) {
    data = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    model = new Table(data.getInt(0));
  }

  /** A signature: its subgraph, and the places of its tensors among the subgraph's inputs and outputs, by name. */
  record Signature(int subgraph, Map<String, Integer> inputs, Map<String, Integer> outputs) {}

  /** All signatures by key. */
  Map<String, Signature> signatures() {
    Map<String, Signature> signatures = new LinkedHashMap<>();
    Vector definitions = model.vector(7);
    for (int i = 0; i < definitions.size(); i++) {
      Table definition = definitions.table(i);
      int subgraph = definition.integer(4, 0);
      Table graph = model.vector(2).table(subgraph);
      signatures.put(
          definition.text(2),
          new Signature(
              subgraph, side(definition.vector(0), graph.vector(1)),
              side(definition.vector(1), graph.vector(2))));
    }
    return signatures;
  }

  private static Map<String, Integer> side(Vector named, Vector places) {
    Map<String, Integer> tensors = new LinkedHashMap<>();
    for (int i = 0; i < named.size(); i++) {
      tensors.put(named.table(i).text(0), places.indexOf(named.table(i).integer(1, 0)));
    }
    return tensors;
  }

  /** Whether the tensors of a subgraph keep their memory from run to run; what is not known to counts as moving. */
  boolean hasStaticTensors(int subgraph) {
    Table graph = model.vector(2).table(subgraph);
    Vector operators = graph.vector(3);
    for (int i = 0; i < operators.size(); i++) {
      if (!hasStaticTensors(graph, operators.table(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean hasStaticTensors(Table graph, Table operator) {
    Table code = model.vector(1).table(operator.integer(0, 0));
    if (!STAYS.get(Math.max(code.oneByte(0), code.integer(3, 0)))) {
      return false;
    }
    for (int index : operator.vector(1).integers()) {
      if (index >= 0 && !isKnown(graph.vector(0).table(index))) {
        return false;
      }
    }
    return true;
  }

  /** Whether a tensor is of no integer type that sizes come in, or a constant. */
  private boolean isKnown(Table tensor) {
    int type = tensor.oneByte(1);
    boolean size = type == INT32 || type == INT64;
    return !size || model.vector(4).table(tensor.integer(2, 0)).vector(0).size() > 0;
  }

  int subgraphs() {
    return model.vector(2).size();
  }

  /** Makes a subgraph the first one, in place: the file's content has to be writable. */
  void putFirst(int subgraph) {
    Vector graphs = model.vector(2);
    int first = graphs.start();
    int other = first + 4 * subgraph;
    int firstTable = first + data.getInt(first);
    int otherTable = other + data.getInt(other);
    data.putInt(first, otherTable - first);
    data.putInt(other, firstTable - other);
  }

  /** A flatbuffer table: fields are found through its vtable; absent ones have their default. */
  private final class Table {
    private final int position;

    Table(int position) {
      this.position = position;
    }

    private int field(int id) {
      int vtable = position - data.getInt(position);
      int entry = 4 + 2 * id;
      int offset = entry < (data.getShort(vtable) & 0xffff) ? data.getShort(vtable + entry) & 0xffff : 0;
      return offset == 0 ? 0 : position + offset;
    }

    int integer(int id, int missing) {
      int field = field(id);
      return field == 0 ? missing : data.getInt(field);
    }

    int oneByte(int id) {
      int field = field(id);
      return field == 0 ? 0 : data.get(field) & 255;
    }

    Vector vector(int id) {
      int field = field(id);
      return new Vector(field == 0 ? -1 : field + data.getInt(field));
    }

    String text(int id) {
      Vector vector = vector(id);
      byte[] bytes = new byte[vector.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = data.get(vector.start() + i);
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** A flatbuffer vector; an absent one (position -1) is empty. */
  private final class Vector {
    private final int position;

    Vector(int position) {
      this.position = position;
    }

    int size() {
      return position < 0 ? 0 : data.getInt(position);
    }

    int start() {
      return position + 4;
    }

    Table table(int i) {
      int element = start() + 4 * i;
      return new Table(element + data.getInt(element));
    }

    int[] integers() {
      int[] values = new int[size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = data.getInt(start() + 4 * i);
      }
      return values;
    }

    int indexOf(int value) {
      for (int i = 0; i < size(); i++) {
        if (data.getInt(start() + 4 * i) == value) {
          return i;
        }
      }
      return -1;
    }
  }
}
