package org.frugal.tensor;

/**
 * What makes two tensors hold numbers alike: {@code real = (q - zeroPoint) * scale}.
 *
 * @param type of the elements
 * @param scale 1 for float32 and int32
 * @param zeroPoint 0 for float32 and int32
 */
public record Encoding(TensorType type, float scale, int zeroPoint) {
  /** That of images, crops and fills. */
  public static final Encoding FLOAT32 = new Encoding(TensorType.FLOAT32, 1f, 0);
}
