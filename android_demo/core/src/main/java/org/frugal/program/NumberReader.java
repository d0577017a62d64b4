package org.frugal.program;

import org.frugal.tensor.Conversion;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.TensorType;

/** Reads a value as real numbers, into an array that the next call overwrites. */
final class NumberReader {
  private final Value value;
  private final Encoding encoding;
  private final float[] table;
  private final double[] numbers;

  NumberReader(Value value) {
    this.value = value;
    encoding = value.tensor.encoding();
    table = encoding.type().isEightBit() ? Conversion.reals(encoding) : null;
    numbers = new double[value.tensor.elements()];
  }

  TensorType type() {
    return encoding.type();
  }

  double[] read() {
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = table != null ? table[value.buffer.get(i) & 255] : Conversion.realAt(value.buffer, i, encoding);
    }
    return numbers;
  }
}
