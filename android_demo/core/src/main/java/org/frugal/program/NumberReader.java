package org.frugal.program;

import java.nio.ByteBuffer;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;

/** Reads a value as real numbers, into an array that the next call overwrites. */
final class NumberReader {
  private final Encoding encoding;
  private final float[] table;
  private final double[] numbers;

  NumberReader(Tensor tensor) {
    encoding = tensor.encoding();
    table = tensor.type().isEightBit() ? Conversion.reals(encoding) : null;
    numbers = new double[tensor.elements()];
  }

  TensorType type() {
    return encoding.type();
  }

  double[] read(ByteBuffer buffer) {
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = table != null ? table[buffer.get(i) & 255] : Conversion.realAt(buffer, i, encoding);
    }
    return numbers;
  }
}
