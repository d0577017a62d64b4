package org.frugal.tensor;

import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor at the border of a part, or a value of the program.
 *
 * @param shape dimensions, each at least 1
 * @param type of the elements
 * @param scale for int8, uint8 and int16, otherwise null
 * @param zeroPoint for int8, uint8 and int16, otherwise null
 */
public record Tensor(List<Integer> shape, TensorType type, @Nullable Double scale, @Nullable Integer zeroPoint) {
  /** A float32 tensor. */
  public static Tensor float32(List<Integer> shape) {
    return new Tensor(shape, TensorType.FLOAT32, null, null);
  }

  /** How many elements a shape holds, however many that is. */
  public static BigInteger product(List<Integer> shape) {
    BigInteger product = BigInteger.ONE;
    for (int dimension : shape) {
      product = product.multiply(BigInteger.valueOf(dimension));
    }
    return product;
  }

  /** How many elements this checked tensor holds. */
  public int elements() {
    return product(shape).intValue();
  }

  /** How many bytes this checked tensor holds. */
  public int bytes() {
    return elements() * type.bytes();
  }

  /** How it holds its numbers. */
  public Encoding encoding() {
    boolean scaled = scale != null;
    return new Encoding(type, scaled ? scale.floatValue() : 1f, scaled ? zeroPoint : 0);
  }
}
