package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.frugal.tensor.Tensor;

/**
 * How much work a program is: its sizes are bounded before and after its values are checked. docs/bundle.md states
 * every bound. Nothing here takes longer than reading the program once.
 */
final class ProgramSize {
  /** Of a tensor, and of all golden arrays. */
  static final int MAX_ELEMENTS = 1 << 26;
  private static final int MAX_NESTING = 16;
  private static final int MAX_STEPS = 10_000;
  private static final int MAX_REPEATED = 100_000;
  private static final int MAX_CELLS = 1 << 26;

  /** The steps of the longest way through a list, and all its steps, each as often as it is repeated. */
  private record Count(BigInteger longest, BigInteger repeated) {}

  private ProgramSize() {}

  /** How many elements a shape holds; refused if there are more than {@code most}. */
  static BigInteger elements(List<Integer> shape, int most, String field) {
    BigInteger count = Tensor.product(shape);
    boolean fits = atMost(count, most);
    require(fits, "expected at most " + most + " elements, received " + count, field);
    return count;
  }

  /** Bounds the nesting of a program, and its steps. */
  static void check(List<Step> program, String where) {
    Count count = count(program, 0, where);
    boolean shortEnough = atMost(count.longest(), MAX_STEPS);
    require(shortEnough, "expected at most " + MAX_STEPS + " steps a run, received " + count.longest(), where);
    boolean few = atMost(count.repeated(), MAX_REPEATED);
    require(
        few,
        "expected at most " + MAX_REPEATED + " steps, each as often as it is repeated, received " + count.repeated(),
        where);
  }

  private static boolean atMost(BigInteger count, int most) {
    return count.compareTo(BigInteger.valueOf(most)) <= 0;
  }

  private static Count count(List<Step> steps, int depth, String where) {
    boolean shallow = depth <= MAX_NESTING;
    require(shallow, "expected at most " + MAX_NESTING + " steps inside each other, received more", where);
    BigInteger longest = BigInteger.valueOf(steps.size());
    BigInteger repeated = longest;
    for (Step step : steps) {
      BigInteger most = BigInteger.ZERO;
      BigInteger sum = BigInteger.ZERO;
      for (Step.Inner inner : step.inner()) {
        Count count = count(inner.steps(), depth + 1, where);
        most = most.max(count.longest());
        sum = sum.add(count.repeated());
      }
      longest = longest.add(most.multiply(times(step)));
      repeated = repeated.add(sum.multiply(times(step)));
    }
    return new Count(longest, repeated);
  }

  private static BigInteger times(Step step) {
    return BigInteger.valueOf(step instanceof Step.Repeat repeat ? repeat.times() : 1);
  }

  /** Bounds the elements that the steps between the parts read and write, each as often as it is repeated. */
  static void checkCells(List<Step> program, Map<String, Tensor> values, String where) {
    BigInteger cells = cells(program, values);
    boolean few = atMost(cells, MAX_CELLS);
    require(
        few, "expected at most " + MAX_CELLS + " elements read and written between parts, received " + cells, where);
  }

  private static BigInteger cells(List<Step> steps, Map<String, Tensor> values) {
    BigInteger total = BigInteger.ZERO;
    for (Step step : steps) {
      for (String value : numbersRead(step)) {
        total = total.add(Tensor.product(values.get(value).shape()));
      }
      if (step instanceof Step.Fill fill) {
        total = total.add(Tensor.product(fill.shape()));
      } else if (step instanceof Step.Crop crop) {
        total = total.add(windowPixels(crop, values.get(crop.value()).shape()));
      }
      for (Step.Inner inner : step.inner()) {
        total = total.add(cells(inner.steps(), values).multiply(times(step)));
      }
    }
    return total;
  }

  /** The values whose elements a step reads as numbers. */
  private static List<String> numbersRead(Step step) {
    List<String> read = new ArrayList<>();
    if (step instanceof Step.Exit exit) {
      read.add(exit.rule().value());
      read.addAll(exit.gives().values());
    } else if (step instanceof Step.Answer answer) {
      read.addAll(answer.gives().values());
    } else if (step instanceof Step.Branch branch) {
      read.add(branch.rule().value());
    } else if (step instanceof Step.Leave leave) {
      read.add(leave.rule().value());
    } else if (step instanceof Step.Select select && select.value() != null) {
      read.add(select.value());
    } else if (step instanceof Step.Crop crop) {
      read.add(crop.value());
      read.add(crop.at());
    }
    return read;
  }

  /** Pixels of all windows that a crop reads from an image, times its channels: (1 + 4 + ...) of the size. */
  static BigInteger windowPixels(Step.Crop step, List<Integer> image) {
    long windows = ((1L << 2 * step.scales()) - 1) / 3;
    return Tensor.product(List.of(step.height(), step.width(), image.get(3))).multiply(BigInteger.valueOf(windows));
  }
}
