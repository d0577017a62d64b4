package org.frugal;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Activation;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.Output;
import org.frugal.program.Outcome;
import org.frugal.program.Rules;

/** What the numbers that a run gave mean. */
final class Answers {
  private final Manifest manifest;

  Answers(Manifest manifest) {
    this.manifest = manifest;
  }

  /** Output to answer; the caller's own. */
  Map<String, Answer> of(Outcome outcome) {
    List<Outcome.Given> given = outcome.given();
    if (given.size() == 1) {
      return Map.of(given.get(0).output(), answer(given.get(0)));
    }
    Map<String, Answer> answers = new LinkedHashMap<>();
    given.forEach(each -> answers.put(each.output(), answer(each)));
    return Collections.unmodifiableMap(answers);
  }

  private Answer answer(Outcome.Given given) {
    double[] numbers = given.numbers();
    if (!(manifest.outputs().get(given.output()) instanceof Output.Labels labels)) {
      return new Answer(floats(numbers), given.type(), -1, null, null);
    }
    float[] answer = floats(numbers);
    int label = Rules.argmax(numbers);
    if (labels.activation() == Activation.SOFTMAX) {
      // In its place, for the outcome is not read again.
      Rules.softmax(numbers, numbers);
    }
    return new Answer(answer, given.type(), label, labels.labels().get(label), floats(numbers));
  }

  private static float[] floats(double[] numbers) {
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }
}
