package org.frugal.program;

import java.nio.ByteBuffer;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Encoding;

/** Hands a row on between tables of rows that may be encoded otherwise. */
record RowCopy(Conversion conversion, int elements, int bytes) {
  /**
   * @param elements of a row
   */
  RowCopy(Encoding from, Encoding to, int elements) {
    this(Conversion.between(from, to), elements, elements * from.type().bytes());
  }

  /** Copies row {@code number} of one table to row {@code place} of another. */
  void copy(ByteBuffer from, int number, ByteBuffer to, int place) {
    if (conversion == null) {
      Buffers.copy(from, number * bytes, to, place * bytes, bytes);
    } else {
      conversion.convert(from, number * elements, to, place * elements, elements);
    }
  }
}
