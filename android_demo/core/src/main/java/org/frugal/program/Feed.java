package org.frugal.program;

import java.nio.ByteBuffer;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.Tensor;

/**
 * Hands numbers on in the encoding of a tensor: as they lie where it is theirs, otherwise converted into a buffer of
 * its own.
 */
record Feed(Conversion conversion, ByteBuffer own, int elements) {
  static Feed of(Encoding from, Tensor to) {
    Conversion conversion = Conversion.between(from, to.encoding());
    return new Feed(conversion, conversion == null ? null : Buffers.allocate(to.bytes()), to.elements());
  }

  /** Whether numbers are handed on as they lie. */
  boolean isDirect() {
    return conversion == null;
  }

  /** The numbers of {@code source}; the next call may overwrite them. */
  ByteBuffer pass(ByteBuffer source) {
    if (conversion == null) {
      return source;
    }
    conversion.convert(source, own, elements);
    return own;
  }

  /** Writes the numbers of {@code source} into {@code target}. */
  void copy(ByteBuffer source, ByteBuffer target) {
    if (conversion == null) {
      Buffers.copy(source, target);
    } else {
      conversion.convert(source, target, elements);
    }
  }
}
