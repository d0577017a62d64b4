package org.frugal.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.ChainException;
import org.frugal.RemoteParts.Value;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** The protocol's bytes and headers, against the constants that Python's are tested with. */
class WireTest {
  private static final Tensor SEEN = Tensor.float32(List.of(1, 2));
  private static final Tensor OTHER = new Tensor(List.of(1, 3), TensorType.INT16, 0.5, 0);
  private static final Map<String, Tensor> TENSORS = new LinkedHashMap<>();
  private static final byte[] BODY = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0, 1, 0, (byte) 0xfe, -1, 0, 1};

  static {
    TENSORS.put("seen", SEEN);
    TENSORS.put("a, b=\u00fc", OTHER);
  }

  @Test
  void numbersLieInTheManifestsOrderLittleEndian() {
    ByteBuffer seen = Buffers.allocate(8).putFloat(0, 1).putFloat(4, -2);
    ByteBuffer other = Buffers.allocate(6).putShort(0, (short) 1).putShort(2, (short) -2).putShort(4, (short) 256);
    Map<String, Value> values = Map.of("seen", new Value(SEEN, seen), "a, b=\u00fc", new Value(OTHER, other));
    assertArrayEquals(BODY, Wire.pack(values, TENSORS));
    Map<String, Value> back = Wire.unpack(BODY, TENSORS);
    assertEquals(-2, back.get("seen").data().getFloat(4));
    assertEquals(256, back.get("a, b=\u00fc").data().getShort(4));
  }

  @Test
  void namesThatAreNoWordsOfAHeaderAreEscaped() {
    assertEquals("seen=float32[1,2], a%2C%20b%3D%C3%BC=int16[1,3]", Wire.described(TENSORS));
    assertEquals("/v1/halves/ab/a%2Fb", Wire.path("halves", "ab", "a/b"));
  }

  @Test
  void theDigestIsThatOfRfc9530() {
    assertEquals("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
        Wire.digest("{\"hello\": \"world\"}\n".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void whatIsNotAsTheManifestSaysIsNeitherSentNorTaken() {
    Value turned = new Value(Tensor.float32(List.of(2, 1)), Buffers.allocate(8));
    assertEquals("seen: expected float32 [1, 2], received float32 [2, 1]",
        assertThrows(ChainException.class, () -> Wire.pack(Map.of("seen", turned), TENSORS)).getMessage());
    assertThrows(ChainException.class, () -> Wire.pack(Map.of(), TENSORS));
    assertThrows(ChainException.class, () -> Wire.unpack(new byte[13], TENSORS));
  }
}
