package org.frugal.bundle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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

  /** A step that runs no part, and has costs of its own, by unit. */
  sealed interface Priced extends Step permits Crop, Keep {
    /** What it adds to the costs of the parts. */
    Map<String, Double> costs();

    /** A cost by unit, 0 where it is left out. */
    default double cost(String unit) {
      return costs().getOrDefault(unit, 0.0);
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
      String part, Map<String, String> inputs, Map<String, String> outputs, boolean remote,
      @Nullable List<Step> otherwise)
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
  record Select(@Nullable String value, @Nullable String parameter, List<List<Step>> cases) implements Step {
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
      Map<String, Double> costs) implements Priced {}

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

  /**
   * Runs its steps for one row after another, as long as the budget reaches the next one.
   *
   * @param rows value of a row to the value whose rows they are
   * @param count value of how many rows there are; null where all count
   * @param stacks value to the one whose rows it collects
   * @param done value of how many rows were done, or null
   */
  record Each(
      Map<String, String> rows, @Nullable String count, List<Step> steps, Map<String, String> stacks,
      @Nullable String done)
      implements Step {
    @Override
    public List<Inner> inner() {
      return List.of(new Inner("steps", steps));
    }
  }

  /** Leaves the innermost repeat or each around it if the rule holds. */
  record Leave(Rule rule) implements Step {}

  /**
   * The best of many boxes: at most {@code most} that score {@code threshold}, none of which overlaps a better one.
   *
   * @param boxes value [1, rows, 4]
   * @param scores value of as many numbers for each row, one a class
   * @param outputs what is kept ({@code boxes}, {@code scores}, {@code classes}, {@code rows}, {@code count}) to values
   */
  record Keep(
      String boxes, String scores, Setting threshold, Setting overlap, int most, Map<String, String> outputs,
      Map<String, Double> costs) implements Priced {
    /** The shape of one of its outputs. */
    public List<Integer> shape(String what) {
      return what.equals("boxes") ? List.of(1, most, 4) : List.of(1, what.equals("count") ? 1 : most);
    }
  }

  /** A constant: one number, as many numbers as the shape holds, or a parameter. */
  record Fill(String output, List<Integer> shape, Setting content) implements Step {}

  /** Answers, the end of the program: output to value. */
  record Answer(String name, Map<String, String> gives) implements Step {}
}
