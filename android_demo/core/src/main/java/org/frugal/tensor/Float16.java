package org.frugal.tensor;

/** Numbers of 16 bits (IEEE 754 binary16), which tables may be stored in. */
public final class Float16 {
  private static final int EXPONENT = 0x1f;
  private static final int FRACTION = 0x3ff;

  private Float16() {}

  /** The number that 16 bits stand for, which float32 holds exactly. */
  public static float real(short bits) {
    int exponent = bits >> 10 & EXPONENT;
    int fraction = bits & FRACTION;
    int sign = (bits & 0x8000) << 16;
    if (exponent == 0) {
      float size = fraction * 0x1p-24f;
      return sign == 0 ? size : -size;
    }
    // Infinity and NaN have the largest exponent in both; others move from a bias of 15 to one of 127.
    int wide = exponent == EXPONENT ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }
}
