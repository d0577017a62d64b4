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
  private final ByteBuffer result;

  VectorReader(Tensor tensor) {
    this.tensor = tensor;
    result = Buffers.allocate(tensor.bytes());
  }

  /**
   * Prepares numbers.
   *
   * @param given float[], or a FloatBuffer from its position to its limit, as many as the value has elements; or a
   *     golden array of its shape
   * @return a direct buffer in the encoding of the value, which the next call overwrites
   * @throws ChainException something else, or numbers that are not finite
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
    for (int i = 0; i < elements; i++) {
      Conversion.write(result, i, numbers.get(first + i), tensor.encoding());
    }
    return result;
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
