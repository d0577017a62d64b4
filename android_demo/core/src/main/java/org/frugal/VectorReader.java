package org.frugal;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import org.frugal.bundle.GoldenIndex;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Tensor;

/** Makes the content of a value of numbers that are taken as they are. */
final class VectorReader {
  private final Tensor tensor;
  private final boolean box;
  private final ByteBuffer result;

  VectorReader(Tensor tensor) {
    this(tensor, false);
  }

  /**
   * @param box whether the numbers are the corners of one
   */
  VectorReader(Tensor tensor, boolean box) {
    this.tensor = tensor;
    this.box = box;
    result = Buffers.allocate(tensor.bytes());
  }

  /**
   * Prepares numbers.
   *
   * @param given float[], or a FloatBuffer from its position to its limit, as many as the value has elements; or a
   *     golden array of its shape
   * @return a direct buffer in the encoding of the value, which the next call overwrites
   * @throws ChainException something else, numbers that are not finite, or corners of no box inside of the picture
   */
  ByteBuffer read(Object given) {
    FloatBuffer numbers = numbers(given);
    int first = numbers.position();
    int elements = numbers.remaining();
    for (int i = 0; i < elements; i++) {
      if (!Float.isFinite(numbers.get(first + i))) {
        throw new ChainException("vector: expected finite numbers, received NaN or infinity");
      }
    }
    if (box) {
      checkCorners(numbers.get(first), numbers.get(first + 1), numbers.get(first + 2), numbers.get(first + 3));
    }
    for (int i = 0; i < elements; i++) {
      Conversion.write(result, i, numbers.get(first + i), tensor.encoding());
    }
    return result;
  }

  private static void checkCorners(float top, float left, float bottom, float right) {
    boolean inside = 0 <= top && top < bottom && bottom <= 1 && 0 <= left && left < right && right <= 1;
    if (!inside) {
      throw new ChainException(
          "box: expected top, left, bottom and right, 0..1, top above bottom and left before right, received "
              + List.of(top, left, bottom, right));
    }
  }

  private FloatBuffer numbers(Object given) {
    if (given instanceof GoldenIndex.Array array) {
      boolean same = array.values() != null && array.shape().equals(tensor.shape());
      return checked(array.values(), same, array.words());
    } else if (given instanceof float[] values) {
      return checked(values, values.length == tensor.elements(), "float32 " + List.of(values.length));
    } else if (given instanceof FloatBuffer values) {
      boolean same = values.remaining() == tensor.elements();
      return same ? values : checked(null, false, "float32 " + List.of(values.remaining()));
    }
    return checked(null, false, given == null ? "null" : given.getClass().getSimpleName());
  }

  private FloatBuffer checked(float[] values, boolean same, String received) {
    if (!same) {
      throw new ChainException("vector: expected float32 " + tensor.shape() + ", received " + received);
    }
    return FloatBuffer.wrap(values);
  }
}
