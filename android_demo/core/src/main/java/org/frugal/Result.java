package org.frugal;

import java.util.List;
import java.util.Map;
import org.frugal.tensor.TensorType;

/**
 * One answer. Arrays are the caller's own; lists and maps cannot be changed.
 *
 * @param label class index
 * @param name the class's label
 * @param probabilities one a class
 * @param path names of the parts run, in order
 * @param exit name of the exit or answer
 * @param reason why the run stopped there
 * @param macs multiply-adds of the parts run, by the manifest
 * @param costs the same for every unit of the manifest
 * @param elapsedNanos from the call to the answer
 * @param partNanos how long each part of the path took
 * @param operatingPoint the name of the one in use
 * @param answer one number a class: the value answered with, dequantized
 * @param answerType the type that the value had
 */
public record Result(
    int label,
    String name,
    float[] probabilities,
    List<String> path,
    String exit,
    Reason reason,
    long macs,
    Map<String, Double> costs,
    long elapsedNanos,
    long[] partNanos,
    String operatingPoint,
    float[] answer,
    TensorType answerType) {
  /** From the call to the answer, in milliseconds. */
  public double elapsedMillis() {
    return elapsedNanos / 1e6;
  }
}
