package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.frugal.BundleException;
import org.frugal.ChainException;
import org.frugal.Words;
import org.frugal.bundle.Manifest.Part;
import org.frugal.program.FlatModel.Signature;
import org.frugal.tensor.Buffers;
import org.tensorflow.lite.Interpreter;

/**
 * A part that is allocated, and gives what the manifest says. An output is read where TensorFlow Lite wrote it, unless
 * the part moves its memory while it runs, and handed to the next part as it lies there: the one copy is TensorFlow
 * Lite's own, into the input of that part.
 */
public final class OpenPart {
  private final String name;
  private final Part part;
  private final Interpreter interpreter;
  private final Signature signature;
  private final boolean staticTensors;

  OpenPart(String name, Part part, Interpreter interpreter, Signature signature, boolean staticTensors) {
    this.name = name;
    this.part = part;
    this.interpreter = interpreter;
    this.signature = signature;
    this.staticTensors = staticTensors;
  }

  String name() {
    return name;
  }

  Part part() {
    return part;
  }

  /** Equal for parts whose tensors are the same memory: those that name one signature of one file. */
  Object place() {
    return interpreter;
  }

  int inputs() {
    return signature.inputs().size();
  }

  int inputPlace(String input) {
    return signature.inputs().get(input);
  }

  int outputPlace(String output) {
    return signature.outputs().get(output);
  }

  /** A view on the memory of an output, which the next run of this part overwrites; null where that may move. */
  ByteBuffer outputView(String output) {
    return staticTensors ? interpreter.getOutputTensor(outputPlace(output)).asReadOnlyBuffer() : null;
  }

  /**
   * Runs the part.
   *
   * @param inputs direct buffers in native order, by place; each has the capacity of its tensor
   * @param outputs place to buffer of the outputs that are to be copied, which are written from their position on
   */
  void run(Object[] inputs, Map<Integer, Object> outputs) {
    try {
      interpreter.runForMultipleInputsOutputs(inputs, outputs);
    } catch (IllegalArgumentException | IllegalStateException error) {
      throw new ChainException(
          "part " + name + ": expected an inference, but TFLite says: " + OpenParts.oneLine(error), error);
    }
    if (!staticTensors) {
      signature.outputs().forEach((output, place) -> {
        if (!isExpected(output, place)) {
          throw new ChainException("part " + name + ": " + otherShape(output, place) + " for the output "
              + Words.quote(output));
        }
      });
    }
  }

  /**
   * What a file says of an output's shape is only what somebody wrote there; TensorFlow Lite computes it when it
   * allocates, or, for a part that moves its memory, when it runs.
   */
  void checkResults() {
    if (staticTensors) {
      signature.outputs().forEach((output, place) -> {
        if (!isExpected(output, place)) {
          String field = "parts." + name + ".outputs." + output;
          throw new BundleException(otherShape(output, place), part.file().file(), field);
        }
      });
    }
  }

  private boolean isExpected(String output, int place) {
    List<Integer> expected = part.outputs().get(output).shape();
    int[] received = interpreter.getOutputTensor(place).shape();
    boolean same = received.length == expected.size();
    for (int i = 0; same && i < received.length; i++) {
      same = received[i] == expected.get(i);
    }
    return same;
  }

  private String otherShape(String output, int place) {
    return "expected a result of the shape " + part.outputs().get(output).shape() + ", received "
        + Arrays.toString(interpreter.getOutputTensor(place).shape());
  }

  /** Copies of what was last fed to each input, by place. */
  Object[] fed() {
    Object[] copies = new Object[inputs()];
    for (int i = 0; i < copies.length; i++) {
      ByteBuffer own = interpreter.getInputTensor(i).asReadOnlyBuffer();
      ByteBuffer copy = Buffers.allocate(own.capacity());
      Buffers.copy(own, copy);
      copies[i] = copy;
    }
    return copies;
  }

  /** Buffers of zeros for each input: something to warm up and to measure with. */
  Object[] zeroInputs() {
    Object[] zeros = new Object[inputs()];
    part.inputs().forEach((input, tensor) -> zeros[inputPlace(input)] = Buffers.allocate(tensor.bytes()));
    return zeros;
  }

  /** Runs the part without looking at its outputs. */
  void run(Object[] inputs) {
    run(inputs, Collections.emptyMap());
  }
}
