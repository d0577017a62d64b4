package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.frugal.bundle.Manifest;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.Tensor;

/** A named value of one program: the tensor that is declared, and the buffer that holds it now. */
final class Value {
  final Tensor tensor;
  final Encoding encoding;
  ByteBuffer buffer;

  Value(Tensor tensor) {
    this.tensor = tensor;
    encoding = tensor.encoding();
  }

  /** A place for every value that a manifest declares. */
  static Map<String, Value> of(Manifest manifest) {
    Map<String, Value> values = new LinkedHashMap<>();
    manifest.values().forEach((name, tensor) -> values.put(name, new Value(tensor)));
    return values;
  }
}
