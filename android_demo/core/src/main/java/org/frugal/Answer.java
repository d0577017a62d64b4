package org.frugal;

import java.util.List;
import org.frugal.tensor.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * What is answered of one output. Arrays are the caller's own.
 *
 * @param numbers the value given, dequantized, such as logits; of boxes the corners of those that there are
 * @param type of the value
 * @param label class index, or -1 for an output that is none of labels
 * @param name the label of that class, or null
 * @param probabilities one a class, or null
 * @param boxes each that there is, of boxes and masks; otherwise null
 */
public record Answer(
    float[] numbers, TensorType type, int label, @Nullable String name, float @Nullable [] probabilities,
    @Nullable List<Box> boxes) {
  /** Whether it is one of labels. */
  public boolean hasLabel() {
    return label >= 0;
  }
}
