package org.frugal;

import java.nio.ByteBuffer;
import java.util.Map;
import org.frugal.tensor.Tensor;

/** The server half of a chain: runs a part somewhere else. */
@FunctionalInterface
public interface RemoteParts {
  /**
   * A tensor that travels.
   *
   * @param tensor its shape and type
   * @param data its elements from position 0, in native order
   */
  record Value(Tensor tensor, ByteBuffer data) {}

  /**
   * Runs a part.
   *
   * @param part its name
   * @param inputs part input to value; copies, which may be kept
   * @return part output to value
   * @throws Exception whatever went wrong; the chain throws a {@link ChainException} with it as the cause
   */
  Map<String, Value> run(String part, Map<String, Value> inputs) throws Exception;

  /** Whether {@link #run(String, Map, long)} ends in time. */
  default boolean keepsTime() {
    return false;
  }

  /**
   * Runs a part within a time, where {@link #keepsTime} says so.
   *
   * @param nanos after which there is a value or an exception
   */
  default Map<String, Value> run(String part, Map<String, Value> inputs, long nanos) throws Exception {
    return run(part, inputs);
  }
}
