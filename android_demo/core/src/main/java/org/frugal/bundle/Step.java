package org.frugal.bundle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** One step of a program: the whole language of format version 1. docs/bundle.md says what each does. */
public sealed interface Step {
  /** The lists of steps inside this one, by the key of the manifest; most steps have none. */
  default List<Inner> inner() {
    return List.of();
  }

  /** Gives every step of a program to {@code visit}, inner ones behind the step that holds them. */
  static void walk(List<Step> steps, Consumer<Step> visit) {
    for (Step step : steps) {
      visit.accept(step);
      step.inner().forEach(inner -> walk(inner.steps(), visit));
    }
  }

  /**
   * A list of steps inside a step.
   *
   * @param key {@code then}, {@code otherwise}, {@code cases[i]} or {@code steps}
   */
  record Inner(String key, List<Step> steps) {}

  /** Runs a part: {@code inputs} maps part inputs to values, {@code outputs} part outputs to values. */
  record Run(String part, Map<String, String> inputs, Map<String, String> outputs, boolean remote) implements Step {}

  /** Answers with {@code value} if the rule holds, or if the budget does not reach the next answer. */
  record Exit(String name, Rule rule, String value, Activation activation) implements Step {}

  /** Goes one of two ways. */
  record Branch(Rule rule, List<Step> then, List<Step> otherwise) implements Step {
    @Override
    public List<Inner> inner() {
      return List.of(new Inner("then", then), new Inner("otherwise", otherwise));
    }
  }

  /** The largest element of {@code value} picks the case; the lowest index among equals. */
  record Select(String value, List<List<Step>> cases) implements Step {
    @Override
    public List<Inner> inner() {
      List<Inner> inner = new ArrayList<>();
      for (List<Step> steps : cases) {
        inner.add(new Inner("cases[" + inner.size() + "]", steps));
      }
      return inner;
    }
  }

  /** Cuts a piece of height by width from the image in {@code value}, where {@code at} says. */
  record Crop(String value, String at, String output, int height, int width, CropMode mode, int scales)
      implements Step {}

  /** How a crop reads where it is. */
  enum CropMode {
    /** (tx, ty, sx, sy) of a bilinear crop. */
    THETA,
    /** (x, y) of windows of several scales. */
    GLIMPSE
  }

  /** Runs its steps {@code times} times. */
  record Repeat(int times, List<Step> steps) implements Step {
    @Override
    public List<Inner> inner() {
      return List.of(new Inner("steps", steps));
    }
  }

  /** A float32 constant: one number, as many numbers as the shape holds, or a parameter. */
  record Fill(String output, List<Integer> shape, Setting content) implements Step {}

  /** Answers with {@code value}: the end of the program. */
  record Answer(String name, String value, Activation activation) implements Step {}
}
