package org.frugal.bundle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** One step of a program: the whole language of format version 2. docs/bundle.md says what each does. */
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

  /**
   * Runs a part: {@code inputs} maps part inputs to values, {@code outputs} part outputs to values.
   *
   * @param otherwise gone where a remote part cannot be reached, fails or would be late; or null
   */
  record Run(
      String part, Map<String, String> inputs, Map<String, String> outputs, boolean remote, List<Step> otherwise)
      implements Step {
    @Override
    public List<Inner> inner() {
      return otherwise == null ? List.of() : List.of(new Inner("otherwise", otherwise));
    }
  }

  /** Answers if the rule holds, or if the budget does not reach the next answer: output to value. */
  record Exit(String name, Rule rule, Map<String, String> gives) implements Step {}

  /** Goes one of two ways. */
  record Branch(Rule rule, List<Step> then, List<Step> otherwise) implements Step {
    @Override
    public List<Inner> inner() {
      return List.of(new Inner("then", then), new Inner("otherwise", otherwise));
    }
  }

  /**
   * Goes one of several ways.
   *
   * @param value its largest element picks the case, the lowest index among equals; null where a parameter does
   * @param parameter its number, rounded, picks the case; null where a value does
   */
  record Select(String value, String parameter, List<List<Step>> cases) implements Step {
    @Override
    public List<Inner> inner() {
      List<Inner> inner = new ArrayList<>();
      for (List<Step> steps : cases) {
        inner.add(new Inner("cases[" + inner.size() + "]", steps));
      }
      return inner;
    }
  }

  /**
   * Cuts a piece of height by width from the image in {@code value}, where {@code at} says.
   *
   * @param padding what is outside of the image
   * @param costs what it adds to those of the parts, by unit
   */
  record Crop(
      String value, String at, String output, int height, int width, CropMode mode, int scales, double padding,
      Map<String, Double> costs) implements Step {
    /** A cost by unit, 0 where it is left out. */
    public double cost(String unit) {
      return costs.getOrDefault(unit, 0.0);
    }
  }

  /** How a crop reads where it is. */
  enum CropMode {
    /** (tx, ty, sx, sy) of a bilinear crop. */
    THETA,
    /** (top, left, bottom, right) of a bilinear crop. */
    BOX,
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

  /** Leaves the innermost repeat around it if the rule holds. */
  record Leave(Rule rule) implements Step {}

  /** A constant: one number, as many numbers as the shape holds, or a parameter. */
  record Fill(String output, List<Integer> shape, Setting content) implements Step {}

  /** Answers, the end of the program: output to value. */
  record Answer(String name, Map<String, String> gives) implements Step {}
}
