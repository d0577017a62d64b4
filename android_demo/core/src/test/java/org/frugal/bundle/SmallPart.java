package org.frugal.bundle;

import static org.frugal.bundle.FlatFile.list;
import static org.frugal.bundle.FlatFile.table;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A TFLite file of one operator, which a test may change before it is written: tables of {@link FlatFile}, whose fields
 * have the numbers of TensorFlow Lite's schema. Usually a RELU from {@code x} (tensor 0) to {@code y} (tensor 1), both
 * float32 [1, 2]; buffer 0 is the empty one.
 */
final class SmallPart {
  static final int FLOAT32 = 0;
  static final int INT32 = 2;
  static final int UINT8 = 3;
  static final int INT64 = 4;
  static final int INT8 = 9;
  // Fields of a tensor.
  static final int SHAPE = 0;
  static final int TYPE = 1;
  static final int BUFFER = 2;
  static final int QUANTIZATION = 4;
  static final int SHAPE_SIGNATURE = 7;

  final List<TreeMap<Integer, Object>> buffers = list(table());
  final List<TreeMap<Integer, Object>> tensors = new ArrayList<>();
  final TreeMap<Integer, Object> code = table(0, (byte) 19, 2, 1, 3, 19);
  final TreeMap<Integer, Object> operator = table(1, new int[] {0}, 2, new int[] {1});
  final TreeMap<Integer, Object> graph =
      table(0, tensors, 1, new int[] {0}, 2, new int[] {1}, 3, list(operator), 4, "main");
  final TreeMap<Integer, Object> signature =
      table(0, list(table(0, "x", 1, 0)), 1, list(table(0, "y", 1, 1)), 2, "serving_default", 4, 0);
  final TreeMap<Integer, Object> model =
      table(0, 3, 1, list(code), 2, list(graph), 3, "small", 4, buffers, 7, list(signature));

  private SmallPart() {}

  /** From x to y. */
  static SmallPart relu() {
    SmallPart part = new SmallPart();
    part.tensor(FLOAT32, 1, 2);
    part.tensor(FLOAT32, 1, 2);
    return part;
  }

  /** Of another operator, by its number and version; its tensors are still to be added. */
  static SmallPart of(int number, int version, int[] inputs, int[] outputs) {
    SmallPart part = new SmallPart();
    part.code.put(0, (byte) Math.min(number, 127));
    part.code.put(2, version);
    part.code.put(3, number);
    part.operator.put(1, inputs);
    part.operator.put(2, outputs);
    return part;
  }

  /** Adds a tensor that is computed or an input. */
  int tensor(int type, int... shape) {
    tensors.add(table(SHAPE, shape, TYPE, (byte) type, 3, "t" + tensors.size()));
    return tensors.size() - 1;
  }

  /** Adds one that is held as codes. */
  int codes(int type, float scale, long zeroPoint, int... shape) {
    int index = tensor(type, shape);
    tensors.get(index).put(QUANTIZATION, table(2, new float[] {scale}, 3, new long[] {zeroPoint}));
    return index;
  }

  /** Adds a constant of bytes. */
  int constant(int type, byte[] data, int... shape) {
    int index = tensor(type, shape);
    buffers.add(table(0, data));
    tensors.get(index).put(BUFFER, buffers.size() - 1);
    return index;
  }

  /** Adds a list of whole numbers, such as a size. */
  int constant(int... numbers) {
    ByteBuffer data = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int number : numbers) {
      data.putInt(number);
    }
    return constant(INT32, data.array(), numbers.length);
  }

  /** Sets the options of the operator. */
  SmallPart options(int type, Object... fields) {
    operator.put(3, (byte) type);
    operator.put(4, table(fields));
    return this;
  }

  byte[] bytes() {
    return FlatFile.of(model);
  }

  /** Why it is no part, or null. */
  String problem() {
    return problem(bytes());
  }

  /** Expects a refusal; {@code problem} is what was expected and what was received, with a slash between them. */
  static void refuses(SmallPart part, String place, String problem) {
    int slash = problem.lastIndexOf(" / ");
    assertEquals("expected " + problem.substring(0, slash) + " as " + place + ", received "
        + problem.substring(slash + 3), part.problem());
  }

  static String problem(byte[] content) {
    try {
      PartCheck.signatures(ByteBuffer.wrap(content));
      return null;
    } catch (DamagedPart error) {
      return error.getMessage();
    }
  }
}
