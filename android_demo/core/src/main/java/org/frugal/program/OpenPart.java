package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.frugal.BundleException;
import org.frugal.ChainException;
import org.frugal.PartRunner;
import org.frugal.Words;
import org.frugal.bundle.Manifest.Part;
import org.frugal.program.FlatModel.Signature;

/**
 * A part in TensorFlow Lite, which gives what the manifest says. An output is read where TensorFlow Lite wrote it,
 * unless the part moves its memory while it runs, and handed to the next part as it lies there: the one copy is
 * TensorFlow Lite's own, into the input of that part.
 */
final class OpenPart implements PartRunner {
  private final String name;
  private final Part part;
  private final LiteEngine.Shared shared;
  private final Signature signature;
  private final boolean staticTensors;

  OpenPart(
      String name, Part part, LiteEngine.Shared shared, Signature signature, boolean staticTensors) {
    this.name = name;
    this.part = part;
    this.shared = shared;
    this.signature = signature;
    this.staticTensors = staticTensors;
  }

  @Override
  public void open() {
    if (!isOpen()) {
      shared.open(name);
    }
    checkResults();
  }

  @Override
  public boolean isOpen() {
    return shared.get() != null;
  }

  @Override
  public void release() {
    shared.close();
  }

  /** Parts that name one signature of one file share it. */
  @Override
  public Object memory() {
    return shared;
  }

  @Override
  public int inputPlace(String input) {
    return signature.inputs().get(input);
  }

  @Override
  public int outputPlace(String output) {
    return signature.outputs().get(output);
  }

  @Override
  public ByteBuffer inputView(String input) {
    return shared.get().getInputTensor(inputPlace(input)).asReadOnlyBuffer();
  }

  @Override
  public ByteBuffer outputView(String output) {
    return staticTensors ? shared.get().getOutputTensor(outputPlace(output)).asReadOnlyBuffer() : null;
  }

  @Override
  public void run(Object[] inputs, Map<Integer, Object> outputs) {
    try {
      shared.get().runForMultipleInputsOutputs(inputs, outputs);
    } catch (IllegalArgumentException | IllegalStateException error) {
      throw new ChainException(
          "part " + name + ": expected an inference, but TFLite says: " + LiteEngine.oneLine(error), error);
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
  private void checkResults() {
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
    int[] received = shared.get().getOutputTensor(place).shape();
    boolean same = received.length == expected.size();
    for (int i = 0; same && i < received.length; i++) {
      same = received[i] == expected.get(i);
    }
    return same;
  }

  private String otherShape(String output, int place) {
    return "expected a result of the shape " + part.outputs().get(output).shape() + ", received "
        + Arrays.toString(shared.get().getOutputTensor(place).shape());
  }

  @Override
  public void close() {
    shared.close();
  }
}
