package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.frugal.BundleException;
import org.frugal.ChainException;
import org.frugal.Words;
import org.frugal.bundle.Manifest.Part;
import org.frugal.program.FlatModel.Signature;
import org.tensorflow.lite.Interpreter;

/**
 * A part that is allocated, and gives what the manifest says. An output is read where TensorFlow Lite wrote it, unless
 * the part moves its memory while it runs, and handed to the next part as it lies there: the one copy is TensorFlow
 * Lite's own, into the input of that part.
 */
final class OpenPart implements PartRunner {
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

  /** Parts that name one signature of one file share it. */
  @Override
  public Object memory() {
    return interpreter;
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
    return interpreter.getInputTensor(inputPlace(input)).asReadOnlyBuffer();
  }

  @Override
  public ByteBuffer outputView(String output) {
    return staticTensors ? interpreter.getOutputTensor(outputPlace(output)).asReadOnlyBuffer() : null;
  }

  @Override
  public void run(Object[] inputs, Map<Integer, Object> outputs) {
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
   * Allocates the part and looks at its results.
   *
   * @throws BundleException TensorFlow Lite cannot allocate it, or it gives other shapes than those of the manifest
   */
  void allocate() {
    try {
      interpreter.allocateTensors();
    } catch (IllegalArgumentException | IllegalStateException error) {
      String problem = "expected a model that TFLite can allocate, but it says: " + OpenParts.oneLine(error);
      throw new BundleException(problem, part.file().file(), "parts." + name, error);
    }
    checkResults();
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

  @Override
  public void close() {
    interpreter.close();
  }
}
