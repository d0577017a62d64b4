package org.frugal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.frugal.bundle.GoldenIndex;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** Errors are one sentence in one line, however long or odd what they cite; and the numbers of a vector. */
class ErrorsTest {
  @Test
  void aProblemIsCutWhereItWouldBeLongerThanAThousandCharacters() {
    String thousand = "x".repeat(1000);
    assertEquals(thousand, new BundleException(thousand, "f", "").problem());
    assertEquals(thousand + "...", new BundleException(thousand + "y", "f", "").problem());
    assertEquals("f: g: " + thousand + "...", new BundleException(thousand + "yz", "f", "g").getMessage());
    // Characters of two halves each count once, and none is cut into halves.
    String wide = "\ud83d\ude00".repeat(1000);
    assertEquals(wide, new BundleException(wide, "f", "").problem());
    assertEquals(wide + "...", new BundleException(wide + "\ud83d\ude00", "f", "").problem());
  }

  @Test
  void fileAndFieldStandBeforeTheProblem() {
    BundleException error = new BundleException("expected x", "parts/p.tflite", "parts.p.file");
    assertEquals("parts/p.tflite: parts.p.file: expected x", error.getMessage());
    assertEquals(List.of("parts/p.tflite", "parts.p.file", "expected x"),
        List.of(error.file(), error.field(), error.problem()));
    assertEquals("parts/p.tflite: expected x", new BundleException("expected x", "parts/p.tflite", "").getMessage());
    assertNull(error.getCause());
    IOException cause = new IOException("disk");
    assertSame(cause, new BundleException("expected x", "f", "", cause).getCause());
  }

  @Test
  void aMessageHasNoLineBreakWhateverItCites() {
    Random random = new Random(3);
    for (int round = 0; round < 2000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(20); i > 0; i--) {
        text.append((char) random.nextInt(random.nextBoolean() ? 0x80 : 0x10000));
      }
      for (FrugalException error : List.of(
          new ChainException(text.toString()), new NoAnswerException(text.toString(), "latency"),
          new BundleException(text.toString(), text.toString(), text.toString()))) {
        error.getMessage().codePoints().forEach(c -> {
          int type = Character.getType(c);
          assertTrue(type != Character.CONTROL && type != Character.LINE_SEPARATOR
              && type != Character.PARAGRAPH_SEPARATOR && type != Character.SURROGATE, Integer.toHexString(c));
        });
      }
    }
  }

  @Test
  void aRunWithoutAnAnswerSaysWhetherItWasCancelled() {
    assertTrue(new NoAnswerException("a", "cancelled").isCancelled());
    ChainException other = new NoAnswerException("a\nb", "bytes");
    assertEquals("bytes", ((NoAnswerException) other).reason());
    assertEquals("a\\nb", other.getMessage());
    assertEquals(false, ((NoAnswerException) other).isCancelled());
  }

  @Test
  void aQuoteThatIsReadAsPythonGivesTheTextAgain() {
    Random random = new Random(4);
    for (int round = 0; round < 2000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(8); i > 0; i--) {
        text.appendCodePoint("'\"\\\n\t\r ax\u00e9\u00a0\u2028".codePointAt(random.nextInt(12)));
      }
      assertEquals(text.toString(), unquoted(Words.quote(text.toString())));
    }
  }

  /** A literal of Python's, of the escapes that quotes are written with. */
  private static String unquoted(String literal) {
    char quote = literal.charAt(0);
    assertEquals(quote, literal.charAt(literal.length() - 1));
    StringBuilder text = new StringBuilder();
    String inside = literal.substring(1, literal.length() - 1);
    for (int i = 0; i < inside.length(); i++) {
      char c = inside.charAt(i);
      assertTrue(c != quote, literal);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      char kind = inside.charAt(++i);
      int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 0;
      if (digits > 0) {
        text.append((char) Integer.parseInt(inside.substring(i + 1, i + 1 + digits), 16));
        i += digits;
      } else {
        text.append(kind == 'n' ? '\n' : kind == 't' ? '\t' : kind == 'r' ? '\r' : kind);
      }
    }
    return text.toString();
  }

  @Test
  void numbersInSentencesAreTheNumbers() {
    Random random = new Random(5);
    for (int round = 0; round < 20_000; round++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        assertEquals(value, Double.parseDouble(Words.real(value)), Words.real(value));
        double six = Double.parseDouble(Words.number(value));
        assertEquals(value, six, Math.abs(value) * 5.1e-6 + Double.MIN_VALUE, Words.number(value));
      }
    }
  }

  @Test
  void aVectorIsWrittenInTheEncodingOfItsValue() {
    VectorReader reader = new VectorReader(new Tensor(List.of(2, 2), TensorType.UINT8, 0.5, 10));
    ByteBuffer made = reader.read(new float[] {0, 0.75f, -9, 1000});
    // 0 is 10; .75 / .5 = 1.5 goes to the even 2; -9 would be -8, and 1000 far beyond 255.
    byte[] codes = new byte[4];
    made.duplicate().get(codes);
    assertArrayEquals(new byte[] {10, 12, 0, (byte) 255}, codes);
    assertSame(made, reader.read(new float[4]), "the next call overwrites it");
    assertEquals(10, made.get(1));
  }

  @Test
  void aVectorIsReadFromAnyPlaceOfABuffer() {
    Tensor tensor = Tensor.float32(List.of(3));
    VectorReader reader = new VectorReader(tensor);
    Random random = new Random(6);
    for (int round = 0; round < 200; round++) {
      FloatBuffer buffer = FloatBuffer.allocate(20);
      for (int i = 0; i < 20; i++) {
        buffer.put(i, random.nextFloat());
      }
      int first = random.nextInt(17);
      buffer.position(first).limit(first + 3);
      ByteBuffer made = reader.read(random.nextBoolean() ? buffer : buffer.slice());
      for (int i = 0; i < 3; i++) {
        assertEquals(buffer.get(first + i), made.getFloat(4 * i));
      }
      assertEquals(List.of(first, first + 3), List.of(buffer.position(), buffer.limit()));
    }
  }

  @Test
  void aVectorThatIsRefusedChangesNothing() {
    VectorReader reader = new VectorReader(Tensor.float32(List.of(2)));
    ByteBuffer made = reader.read(new float[] {1, 2});
    for (Object wrong : new Object[] {new float[] {3, Float.NaN}, new float[] {3, Float.NEGATIVE_INFINITY},
        new float[3], FloatBuffer.allocate(1), new double[2], List.of(1f, 2f), "1, 2", null,
        new GoldenIndex.Array(List.of(1, 2), null, new float[2])}) {
      ChainException error = assertThrows(ChainException.class, () -> reader.read(wrong));
      assertTrue(error.getMessage().startsWith("vector: expected "), error.getMessage());
      assertEquals(List.of(1f, 2f), List.of(made.getFloat(0), made.getFloat(4)));
    }
    String said = assertThrows(ChainException.class, () -> reader.read(new double[2])).getMessage();
    assertEquals("vector: expected float32 [2], received double[]", said);
  }

  /** To codes and back: within half a step inside of the range, at its end outside. */
  @Test
  void aNumberIsOffByHalfAStepAtMost() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      boolean signed = random.nextBoolean();
      TensorType type = signed ? TensorType.INT8 : TensorType.UINT8;
      double scale = Math.pow(2, random.nextInt(12) - 8);
      int zero = random.nextInt(256) - (signed ? 128 : 0);
      Tensor tensor = new Tensor(List.of(1), type, scale, zero);
      VectorReader reader = new VectorReader(tensor);
      for (int i = 0; i < 20; i++) {
        float number = (float) ((random.nextDouble() * 600 - 300) * scale);
        ByteBuffer made = reader.read(new float[] {number});
        double back = (Byte.toUnsignedInt(made.get(0)) - (signed && made.get(0) < 0 ? 256 : 0) - zero) * scale;
        double least = (type.lowest() - zero) * scale;
        double most = (type.highest() - zero) * scale;
        double nearest = Math.max(least, Math.min(most, number));
        assertEquals(nearest, back, scale / 2, number + " in " + tensor);
      }
    }
  }
}
