package org.frugal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.Event.Corners;
import org.frugal.bundle.Activation;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.Output;
import org.frugal.program.Outcome;
import org.frugal.program.Rules;

/** What the numbers that a run gave mean. */
final class Answers {
  private static final int CORNERS = 4;

  private final Manifest manifest;
  private final Tables tables;

  Answers(Manifest manifest, Tables tables) {
    this.manifest = manifest;
    this.tables = tables;
  }

  /**
   * Output to answer; the caller's own.
   *
   * @throws ChainException an output's labels are those of a table that has no row
   */
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
    Output output = manifest.outputs().get(given.output());
    if (output instanceof Output.Labels labels) {
      return labelled(given, labels);
    } else if (output instanceof Output.Boxes boxes) {
      return boxes(given, boxes, null);
    } else if (output instanceof Output.Masks masks) {
      return boxes(given, masks.boxes(), masks);
    }
    return new Answer(floats(given.numbers()), given.type(), -1, null, null, null);
  }

  private Answer labelled(Outcome.Given given, Output.Labels output) {
    List<String> labels = tables.labels(output);
    double[] numbers = given.numbers();
    if (numbers.length > labels.size()) {
      // Behind the rows that a table has there is nothing.
      numbers = Arrays.copyOf(numbers, labels.size());
    }
    float[] answer = floats(numbers);
    int label = Rules.argmax(numbers);
    if (output.activation() == Activation.SOFTMAX) {
      // In its place, for the outcome is not read again.
      Rules.softmax(numbers, numbers);
    }
    return new Answer(answer, given.type(), label, labels.get(label), floats(numbers), null);
  }

  /** Those that the count says are there; masks where {@code masks} is not null. */
  private Answer boxes(Outcome.Given given, Output.Boxes output, Output.Masks masks) {
    int rows = given.numbers().length / CORNERS;
    double[] counted = given.beside("count");
    int count = counted == null ? rows : Rules.wholeNumber(counted[0], rows);
    float[] numbers = Arrays.copyOf(floats(given.numbers()), CORNERS * count);
    List<String> labels = tables.labels(output);
    double[] scores = given.beside("scores");
    double[] classes = given.beside("classes");
    List<Box> boxes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int label = classes == null ? 0 : Rules.wholeNumber(classes[i], labels.size() - 1);
      int at = CORNERS * i;
      Corners corners = new Corners(numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]);
      float[][] mask = masks == null ? null : mask(given.beside("masks"), i, masks);
      boxes.add(new Box(corners, (float) scores[i], label, labels.get(label), mask));
    }
    return new Answer(numbers, given.type(), -1, null, null, Collections.unmodifiableList(boxes));
  }

  /** The mask of a box, 0..1. */
  private float[][] mask(double[] numbers, int box, Output.Masks masks) {
    List<Integer> shape = manifest.values().get(masks.masks()).shape();
    float[][] mask = new float[shape.get(2)][shape.get(3)];
    int at = box * shape.get(2) * shape.get(3);
    for (float[] row : mask) {
      for (int i = 0; i < row.length; i++) {
        double number = numbers[at++];
        row[i] = (float) (masks.sigmoid() ? 1 / (1 + Math.exp(-number)) : number);
      }
    }
    return mask;
  }

  private static float[] floats(double[] numbers) {
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }
}
