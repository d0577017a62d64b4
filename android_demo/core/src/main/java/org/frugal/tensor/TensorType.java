package org.frugal.tensor;

/** The element types that a tensor at the border of a part may have. */
public enum TensorType {
  FLOAT32("float32", 4, 0, 0),
  INT8("int8", 1, Byte.MIN_VALUE, Byte.MAX_VALUE),
  UINT8("uint8", 1, 0, 255),
  INT16("int16", 2, Short.MIN_VALUE, Short.MAX_VALUE),
  INT32("int32", 4, Integer.MIN_VALUE, Integer.MAX_VALUE);

  private final String label;
  private final int bytes;
  private final int lowest;
  private final int highest;

  TensorType(String label, int bytes, int lowest, int highest) {
    this.label = label;
    this.bytes = bytes;
    this.lowest = lowest;
    this.highest = highest;
  }

  /** The name in a manifest. */
  public String label() {
    return label;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** The lowest code of an integer type. */
  public int lowest() {
    return lowest;
  }

  /** The highest code of an integer type. */
  public int highest() {
    return highest;
  }

  /** Whether it is int8 or uint8. */
  public boolean isEightBit() {
    return bytes == 1;
  }

  /** Whether it has a scale and a zero point: int8, uint8 and int16, of which the zero point is 0. */
  public boolean isScaled() {
    return bytes <= 2;
  }
}
