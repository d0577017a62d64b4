package org.frugal.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers of 16 bits. */
class Float16Test {
  @ParameterizedTest
  @CsvSource({
    "0000,0", "8000,-0", "3c00,1", "bc00,-1", "3555,0.33325195", "7bff,65504", "fbff,-65504", "0400,6.1035156e-5",
    "0001,5.9604645e-8", "83ff,-6.097555e-5", "7c00,Infinity", "fc00,-Infinity"})
  void knownNumbers(String bits, float expected) {
    float received = Float16.real((short) Integer.parseInt(bits, 16));
    assertEquals(Float.floatToIntBits(expected), Float.floatToIntBits(received));
  }

  /** The formula of IEEE 754, in float64. */
  @Test
  void everyNumberIsTheFormulas() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      int exponent = bits >> 10 & 31;
      double fraction = (bits & 1023) / 1024.0;
      double size = exponent == 0 ? Math.scalb(fraction, -14) : Math.scalb(1 + fraction, exponent - 15);
      float received = Float16.real((short) bits);
      if (exponent < 31) {
        assertEquals(bits < 1 << 15 ? size : -size, received);
      } else {
        assertTrue(fraction == 0 ? Float.isInfinite(received) : Float.isNaN(received));
      }
    }
  }
}
