package org.frugal.bundle;

import static org.frugal.bundle.FlatFile.table;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tensors of a part's file: types, shapes, constants and scales, each refused in one sentence. */
class PartTensorTest {
  private static final String WHERE = "model.subgraphs[0].tensors[0]";

  /** A RELU whose input and result are given scales. */
  private static SmallPart scaled(int type, float[] scales, long[] zeroPoints) {
    SmallPart part = SmallPart.relu();
    for (TreeMap<Integer, Object> tensor : part.tensors) {
      tensor.put(SmallPart.TYPE, (byte) type);
      tensor.put(SmallPart.QUANTIZATION, table(2, scales, 3, zeroPoints));
    }
    return part;
  }

  private static void refuses(SmallPart part, String place, String problem) {
    SmallPart.refuses(part, WHERE + place, problem);
  }

  @Test
  void whatIsReadOfATensor() {
    SmallPart part = SmallPart.relu();
    PartCheck.Signature signature = PartCheck.signatures(ByteBuffer.wrap(part.bytes())).get("serving_default");
    PartTensor x = signature.inputs().get("x");
    assertArrayEquals(new long[] {1, 2}, x.shape());
    assertEquals("float32", x.type());
    assertFalse(x.isConstant() || x.isEightOrSixteenBit());
    signature = PartCheck.signatures(ByteBuffer.wrap(scaled(9, new float[] {0.5f}, new long[] {-3}).bytes()))
        .get("serving_default");
    PartTensor y = signature.outputs().get("y");
    assertEquals("int8", y.type());
    assertTrue(y.isEightOrSixteenBit());
    assertArrayEquals(new float[] {0.5f}, y.scales());
    assertArrayEquals(new long[] {-3}, y.zeroPoints());
  }

  @ParameterizedTest
  @CsvSource({"5", "8", "10", "17", "255"})
  void typesThatTensorsOfPartsDoNotHave(int type) {
    SmallPart part = SmallPart.relu();
    part.tensors.get(0).put(SmallPart.TYPE, (byte) type);
    refuses(part, ".type", "a type of float32, float16, int32, uint8, int64, bool, int16, int8 / number " + type);
  }

  @Test
  void shapes() {
    SmallPart part = SmallPart.relu();
    part.tensors.get(0).put(SmallPart.SHAPE, new int[] {1, 1, 1, 1, 1, 1, 1, 1, 2});
    refuses(part, ".shape", "at most 8 dimensions / 9");
    part.tensors.get(0).put(SmallPart.SHAPE, new int[] {1, 0});
    refuses(part, ".shape", "sizes of at least 1 / [1, 0]");
    part.tensors.get(0).put(SmallPart.SHAPE, new int[] {1, -1});
    refuses(part, ".shape", "sizes of at least 1 / [1, -1]");
    part.tensors.get(0).put(SmallPart.SHAPE, new int[] {8192, 8193});
    refuses(part, ".shape", "at most 67108864 elements / [8192, 8193]");
    part.tensors.get(0).put(SmallPart.SHAPE, new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE, 4, 4});
    refuses(part, ".shape", "at most 67108864 elements / [2147483647, 2147483647, 4, 4]");
  }

  @Test
  void eightDimensionsAndAllOfTheirElementsAreATensor() {
    SmallPart part = SmallPart.relu();
    part.tensors.forEach(tensor -> tensor.put(SmallPart.SHAPE, new int[] {1, 1, 1, 1, 1, 1, 8192, 8192}));
    assertNull(part.problem());
    // One scale is for the whole of a tensor, however large its first dimension is.
    part = scaled(9, new float[] {1}, new long[1]);
    part.tensors.forEach(tensor -> tensor.put(SmallPart.SHAPE, new int[] {3, 2}));
    assertNull(part.problem());
  }

  @Test
  void aShapeThatOnlyARunWouldTellIsRefused() {
    SmallPart part = SmallPart.relu();
    part.tensors.get(0).put(SmallPart.SHAPE_SIGNATURE, new int[] {-1, 2});
    refuses(part, ".shape_signature", "the shape [1, 2] / [-1, 2]");
    part.tensors.get(0).put(SmallPart.SHAPE_SIGNATURE, new int[] {1, 2});
    assertNull(part.problem());
  }

  /** A PAD of x by a constant, the tensor 0. */
  private static SmallPart padded(byte[] data, int type) {
    SmallPart part = SmallPart.of(34, 1, new int[] {1, 0}, new int[] {2});
    part.constant(type, data, 2, 2);
    part.tensor(SmallPart.FLOAT32, 1, 2);
    part.tensor(SmallPart.FLOAT32, 1, 3);
    part.graph.put(1, new int[] {1});
    part.graph.put(2, new int[] {2});
    part.signature.put(0, FlatFile.list(table(0, "x", 1, 1)));
    part.signature.put(1, FlatFile.list(table(0, "y", 1, 2)));
    return part;
  }

  @Test
  void aConstantHasAsManyBytesAsItsShapeTakes() {
    byte[] pads = new byte[16];
    pads[12] = 1;
    assertNull(padded(pads, SmallPart.INT32).problem());
    refuses(padded(new byte[15], SmallPart.INT32), ".buffer", "16 bytes of data / 15");
    refuses(padded(new byte[17], SmallPart.INT32), ".buffer", "16 bytes of data / 17");
    refuses(padded(pads, SmallPart.INT64), ".buffer", "32 bytes of data / 16");
    SmallPart elsewhere = padded(pads, SmallPart.INT32);
    elsewhere.tensors.get(0).put(SmallPart.BUFFER, 2);
    refuses(elsewhere, ".buffer", "a number below 2 / 2");
    elsewhere.tensors.get(0).put(SmallPart.BUFFER, -1);
    refuses(elsewhere, ".buffer", "a number below 2 / 4294967295");
  }

  @Test
  void aConstantLiesWhereItsNumbersCanBeRead() {
    byte[] data = new byte[36];
    Arrays.fill(data, (byte) 7);
    byte[] bytes = padded(data, SmallPart.INT64).bytes();
    ByteBuffer content = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int vector = 0;
    while (content.getInt(vector) != 36 || content.getInt(vector + 4) != 0x07070707) {
      vector += 4;
    }
    int slot = vector - 4;
    while (content.getInt(slot) != vector - slot) {
      slot -= 4;
    }
    // Four bytes later there are as many bytes as four numbers take, but not at a multiple of eight.
    content.putInt(vector + 4, 32).putInt(slot, vector + 4 - slot);
    assertEquals("expected data at a multiple of 8 as " + WHERE + ".buffer, received some at byte " + (vector + 8),
        SmallPart.problem(bytes));
  }

  @Test
  void scalesOfCodes() {
    assertNull(scaled(9, new float[] {0x1p-40f}, new long[] {127}).problem());
    assertNull(scaled(9, new float[] {0x1p10f}, new long[] {-128}).problem());
    for (float wild : new float[] {0x1p-41f, 0x1p11f, 0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
      refuses(scaled(9, new float[] {wild}, new long[] {0}), ".quantization.scale", "2^-40 to 2^10 / others");
    }
    refuses(scaled(9, new float[0], new long[0]), ".quantization.scale", "at least one number for int8 / none");
    refuses(scaled(3, new float[0], new long[0]), ".quantization.scale", "at least one number for uint8 / none");
    refuses(scaled(7, new float[0], new long[0]), ".quantization.scale", "at least one number for int16 / none");
  }

  @ParameterizedTest
  @CsvSource({"9,-129,-128 to 127", "9,128,-128 to 127", "3,-1,0 to 255", "3,256,0 to 255", "7,1,0 to 0", "0,1,0 to 0"})
  void zeroPointsOfTheirTypes(int type, long zeroPoint, String range) {
    refuses(scaled(type, new float[] {1}, new long[] {zeroPoint}), ".quantization.zero_point", range + " / others");
  }

  @Test
  void asManyZeroPointsAsScales() {
    refuses(scaled(9, new float[] {1}, new long[0]), ".quantization.zero_point", "1 numbers / 0");
    refuses(scaled(9, new float[] {1}, new long[2]), ".quantization.zero_point", "1 numbers / 2");
  }

  @Test
  void whatHoldsRealsMayHaveUsualScales() {
    assertNull(scaled(0, new float[] {3e38f}, new long[1]).problem());
    for (float wild : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
      refuses(scaled(0, new float[] {wild}, new long[1]), ".quantization.scale", "finite numbers above 0 / others");
    }
  }

  /** A convolution of one pixel whose weights, the tensor 0, have a scale for each of two results. */
  private static SmallPart perChannel(int dimension, float... scales) {
    SmallPart part = SmallPart.of(3, 1, new int[] {1, 0}, new int[] {2});
    part.constant(SmallPart.INT8, new byte[] {1, 2, 3, 4, 5, 6}, 2, 1, 1, 3);
    part.tensors.get(0).put(SmallPart.QUANTIZATION, table(2, scales, 3, new long[scales.length], 6, dimension));
    part.codes(SmallPart.INT8, 0.5f, 0, 1, 1, 1, 3);
    part.codes(SmallPart.INT8, 0.5f, 0, 1, 1, 1, 2);
    part.graph.put(1, new int[] {1});
    part.graph.put(2, new int[] {2});
    part.signature.put(0, FlatFile.list(table(0, "x", 1, 1)));
    part.signature.put(1, FlatFile.list(table(0, "y", 1, 2)));
    return part.options(1, 1, 1, 2, 1);
  }

  @Test
  void weightsHaveAScaleForEachOfADimension() {
    assertNull(perChannel(0, 0.5f, 0.25f).problem());
    assertNull(perChannel(3, 0.5f, 0.25f, 1f).problem());
    refuses(perChannel(0, 1, 1, 1), ".quantization.scale", "1 or 2 numbers / 3");
    refuses(perChannel(4, 1, 1), ".quantization.quantized_dimension", "a number below 4 / 4");
    refuses(perChannel(-1, 1, 1), ".quantization.quantized_dimension", "a number below 4 / -1");
    refuses(perChannel(0, 1, 0), ".quantization.scale", "2^-40 to 2^10 / others");
  }

  @Test
  void whatIsComputedHasOneScale() {
    SmallPart part = scaled(9, new float[] {1}, new long[1]);
    part.tensors.get(0).put(SmallPart.QUANTIZATION, table(2, new float[] {1, 2}, 3, new long[2], 6, 1));
    refuses(part, ".quantization", "one scale of what is computed / 2");
  }
}
