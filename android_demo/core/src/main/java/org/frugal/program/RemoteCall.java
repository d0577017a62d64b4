package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.Map;
import org.frugal.ChainException;
import org.frugal.RemoteParts;
import org.frugal.Words;
import org.frugal.bundle.Manifest.Part;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;

/** Hands a part's inputs to the application and checks what comes back. */
record RemoteCall(RemoteParts remote, String name, Part part) {
  /**
   * Whatever the application throws becomes a ChainException with that cause.
   *
   * @param nanos that it may take; infinite for no limit
   */
  Map<String, RemoteParts.Value> run(Map<String, RemoteParts.Value> inputs, double nanos) {
    try {
      boolean limited = remote.keepsTime() && nanos < Double.POSITIVE_INFINITY;
      return limited ? remote.run(name, inputs, (long) nanos) : remote.run(name, inputs);
    } catch (Exception error) {
      if (error instanceof InterruptedException) {
        // What is done otherwise may hide the error: whoever interrupted the thread has to be heard of all the same.
        Thread.currentThread().interrupt();
      }
      throw new ChainException("remote part " + name + ": expected outputs, but the application threw " + error, error);
    }
  }

  /** One output, in a buffer of the chain's own. */
  ByteBuffer output(Map<String, RemoteParts.Value> outputs, String output) {
    RemoteParts.Value value = outputs == null ? null : outputs.get(output);
    String place = " for the output " + Words.quote(output) + ", received ";
    if (value == null || value.tensor() == null || value.data() == null) {
      throw new ChainException("remote part " + name + ": expected a value" + place + "none");
    }
    Tensor expected = part.outputs().get(output);
    Tensor received = value.tensor();
    boolean same = expected.shape().equals(received.shape()) && expected.type() == received.type();
    if (!same || value.data().capacity() != expected.bytes()) {
      throw new ChainException(
          "remote part " + name + ": expected " + shown(expected) + place + shown(received) + " in "
              + value.data().capacity() + " bytes");
    }
    ByteBuffer own = Buffers.allocate(expected.bytes());
    Buffers.copy(value.data().duplicate(), own);
    return own;
  }

  private static String shown(Tensor tensor) {
    return tensor.type().label() + " " + tensor.shape();
  }
}
