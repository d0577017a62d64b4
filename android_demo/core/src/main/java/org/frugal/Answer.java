package org.frugal;

import org.frugal.tensor.TensorType;

/**
 * What is answered of one output. Arrays are the caller's own.
 *
 * @param numbers the value given, dequantized, such as logits
 * @param type of the value
 * @param label class index, or -1 for an output that is a vector
 * @param name the label of that class, or null
 * @param probabilities one a class, or null
 */
public record Answer(float[] numbers, TensorType type, int label, String name, float[] probabilities) {
  /** Whether it is one of labels. */
  public boolean hasLabel() {
    return label >= 0;
  }
}
