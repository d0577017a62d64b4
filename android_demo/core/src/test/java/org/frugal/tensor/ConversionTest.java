package org.frugal.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.frugal.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Seams between tensors that hold numbers in different ways. */
class ConversionTest {
  private static final Encoding INT8 = new Encoding(TensorType.INT8, 0.5f, 10);
  private static final Encoding UINT8 = new Encoding(TensorType.UINT8, 0.25f, 100);
  private static final Encoding INT32 = new Encoding(TensorType.INT32, 1f, 0);

  private static float[] convert(Encoding from, Encoding to, float... codes) {
    ByteBuffer source = Buffers.allocate(codes.length * from.type().bytes());
    ByteBuffer target = Buffers.allocate(codes.length * to.type().bytes());
    for (int i = 0; i < codes.length; i++) {
      put(source, i, codes[i], from.type());
    }
    Conversion.between(from, to).convert(source, target, codes.length);
    float[] result = new float[codes.length];
    for (int i = 0; i < codes.length; i++) {
      result[i] = get(target, i, to.type());
    }
    return result;
  }

  private static void put(ByteBuffer buffer, int i, float code, TensorType type) {
    if (type == TensorType.FLOAT32) {
      buffer.putFloat(4 * i, code);
    } else if (type == TensorType.INT32) {
      buffer.putInt(4 * i, (int) code);
    } else if (type == TensorType.INT16) {
      buffer.putShort(2 * i, (short) code);
    } else {
      buffer.put(i, (byte) (int) code);
    }
  }

  private static float get(ByteBuffer buffer, int i, TensorType type) {
    switch (type) {
      case FLOAT32:
        return buffer.getFloat(4 * i);
      case INT32:
        return buffer.getInt(4 * i);
      case INT16:
        return buffer.getShort(2 * i);
      case INT8:
        return buffer.get(i);
      default:
        return buffer.get(i) & 255;
    }
  }

  private static void check(Encoding from, Encoding to, float code, float expected) {
    assertEquals(expected, convert(from, to, code)[0], from + " to " + to);
  }

  @Test
  void theSameEncodingNeedsNone() {
    assertNull(Conversion.between(INT8, new Encoding(TensorType.INT8, 0.5f, 10)));
    assertTrue(Conversion.between(INT8, new Encoding(TensorType.INT8, 0.5f, 11)) != null);
  }

  @Test
  void betweenEightBitsAndReals() {
    check(INT8, Encoding.FLOAT32, -128, -69);
    check(UINT8, Encoding.FLOAT32, 255, 38.75f);
    check(Encoding.FLOAT32, INT8, 1.5f, 13);
    // 1.25 / .5 = 2.5 and 1.75 / .5 = 3.5: ties to even.
    check(Encoding.FLOAT32, INT8, 1.25f, 12);
    check(Encoding.FLOAT32, INT8, 1.75f, 14);
    check(Encoding.FLOAT32, INT8, 1e30f, 127);
    check(Encoding.FLOAT32, INT8, Float.NEGATIVE_INFINITY, -128);
    check(Encoding.FLOAT32, UINT8, Float.NaN, 0);
    check(Encoding.FLOAT32, INT8, Float.NaN, -128);
  }

  @Test
  void betweenTwoScalesOfEightBits() {
    // (20 - 10) * .5 = 5 = (120 - 100) * .25
    check(INT8, UINT8, 20, 120);
    check(UINT8, INT8, 120, 20);
    check(INT8, UINT8, 127, 255);
  }

  @Test
  void wholeNumbersHaveScaleOne() {
    check(INT32, Encoding.FLOAT32, -7, -7);
    check(Encoding.FLOAT32, INT32, 2.5f, 2);
    check(Encoding.FLOAT32, INT32, -3.5f, -4);
    check(Encoding.FLOAT32, INT32, 1e30f, Integer.MAX_VALUE);
    check(Encoding.FLOAT32, INT32, Float.NaN, Integer.MIN_VALUE);
    check(INT8, INT32, 13, 2);
    check(INT32, INT8, 3, 16);
  }

  @Test
  void theTableGivesTheBitsOfTheArithmetic() {
    Random random = new Random(3);
    for (int round = 0; round < 50; round++) {
      Encoding from = new Encoding(TensorType.INT8, random.nextFloat() / 10, random.nextInt(256) - 128);
      Encoding to = new Encoding(TensorType.INT8, random.nextFloat() / 10, random.nextInt(256) - 128);
      for (int code = -128; code < 128; code++) {
        float real = ((float) code - (float) from.zeroPoint()) * from.scale();
        check(from, to, code, Conversion.quantize(real, to));
      }
    }
  }

  @Test
  void buffersAreDirectAndOfExactlyTheirCapacity() {
    ByteBuffer buffer = Buffers.allocate(7);
    assertTrue(buffer.isDirect());
    assertEquals(7, buffer.capacity());
    assertEquals(ByteOrder.nativeOrder(), buffer.order());
  }

  static List<JsonObject> cases() {
    return TestFiles.cases("conversions");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bothRuntimesConvertAlike(JsonObject line) {
    double[] codes = TestFiles.numbers(line.get("codes"));
    double[] expected = TestFiles.numbers(line.get("expected"));
    Encoding from = tensor(line.get("from").asObject(), codes.length).encoding();
    Encoding to = tensor(line.get("to").asObject(), codes.length).encoding();
    ByteBuffer source = Buffers.allocate(codes.length * from.type().bytes());
    ByteBuffer target = Buffers.allocate(codes.length * to.type().bytes());
    for (int i = 0; i < codes.length; i++) {
      write(source, i, codes[i], from.type());
    }
    Conversion.between(from, to).convert(source, target, codes.length);
    for (int i = 0; i < codes.length; i++) {
      double made = to.type() == TensorType.INT32 ? target.getInt(4 * i) : get(target, i, to.type());
      assertEquals(expected[i], made, line.getString("why", ""));
    }
  }

  /** As {@link #put}, but for whole numbers that float32 does not hold. */
  private static void write(ByteBuffer buffer, int i, double code, TensorType type) {
    if (type == TensorType.INT32) {
      buffer.putInt(4 * i, (int) code);
    } else if (type == TensorType.INT16) {
      buffer.putShort(2 * i, (short) code);
    } else {
      put(buffer, i, (float) code, type);
    }
  }

  private static Tensor tensor(JsonObject form, int elements) {
    TensorType type = TensorType.valueOf(form.getString("type", "").toUpperCase(Locale.ROOT));
    return new Tensor(
        List.of(elements), type, form.get("scale") == null ? null : form.get("scale").asDouble(),
        form.get("zero_point") == null ? null : form.get("zero_point").asInt());
  }

  @Test
  void aScaleIsWhatFloat32MakesOfIt() {
    Tensor tensor = new Tensor(List.of(1), TensorType.INT8, 0.1, 0);
    assertEquals(0.1f, tensor.encoding().scale());
    assertNull(Conversion.between(
        tensor.encoding(), new Tensor(List.of(9), TensorType.INT8, (double) 0.1f, 0).encoding()));
  }

  @Test
  void aShapeHoldsTheProductOfItsDimensionsHoweverLarge() {
    assertEquals(1, Tensor.float32(List.of()).elements());
    assertEquals(24, new Tensor(List.of(2, 3), TensorType.INT32, null, null).bytes());
    assertEquals(6, new Tensor(List.of(2, 3), TensorType.UINT8, 1.0, 0).bytes());
    // 2^24 eight times over.
    assertEquals(BigInteger.TWO.pow(192), Tensor.product(Collections.nCopies(8, 1 << 24)));
  }

  /** From the second element of four to the third of four: 2 and 3 of three encodings. */
  @Test
  void aPieceIsConvertedFromOnePlaceToAnother() {
    Encoding half = new Encoding(TensorType.INT8, 0.5f, 0);
    Encoding whole = new Encoding(TensorType.UINT8, 1f, 10);
    for (Encoding from : List.of(half, Encoding.FLOAT32, new Encoding(TensorType.INT32, 1f, 0))) {
      for (Encoding to : List.of(whole, new Encoding(TensorType.FLOAT32, 1f, 9))) {
        ByteBuffer source = Buffers.allocate(4 * from.type().bytes());
        ByteBuffer target = Buffers.allocate(4 * to.type().bytes());
        for (int i = 0; i < 4; i++) {
          Conversion.write(source, i, i + 1, from);
        }
        Conversion.between(from, to).convert(source, 1, target, 2, 2);
        float untouched = to.type() == TensorType.UINT8 ? -10 : 0;
        float[] expected = {untouched, untouched, 2, 3};
        for (int i = 0; i < 4; i++) {
          assertEquals(expected[i], Conversion.realAt(target, i, to), from + " to " + to);
        }
      }
    }
  }

  @Test
  void aPieceIsCopiedWhereverTheBuffersStand() {
    ByteBuffer from = Buffers.allocate(4).put(new byte[] {1, 2, 3, 4});
    ByteBuffer to = Buffers.allocate(5).put((byte) 9);
    from.limit(2).position(1);
    Buffers.copy(from.asReadOnlyBuffer(), 1, to, 3, 2);
    assertEquals(List.of(9, 0, 0, 2, 3),
        List.of((int) to.get(0), (int) to.get(1), (int) to.get(2), (int) to.get(3), (int) to.get(4)));
    assertEquals(List.of(0, 5), List.of(to.position(), to.limit()));
    Buffers.copy(from, 2, to, 0, 2);
    assertEquals(List.of(3, 4), List.of((int) to.get(0), (int) to.get(1)));
    assertEquals(List.of(0, 4), List.of(from.position(), from.limit()));
  }

  @Test
  void aCopyIsWholeWhereverTheBuffersStand() {
    ByteBuffer from = Buffers.allocate(3).put((byte) 1).put((byte) 2).put((byte) 3);
    ByteBuffer to = Buffers.allocate(3).put((byte) 9);
    Buffers.copy(from, to);
    assertEquals(List.of(1, 2, 3, 0, 0),
        List.of((int) to.get(0), (int) to.get(1), (int) to.get(2), from.position(), to.position()));
  }
}
