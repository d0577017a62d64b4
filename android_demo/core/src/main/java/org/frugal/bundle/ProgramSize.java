package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.frugal.tensor.Tensor;

/**
 * How much work a program is: its sizes are bounded before and after its values are checked. docs/bundle.md states
 * every bound. Nothing here takes longer than reading the program once.
 */
final class ProgramSize {
  /** Of a tensor, and of all golden images. */
  static final int MAX_ELEMENTS = 1 << 26;
  private static final int MAX_NESTING = 16;
  private static final int MAX_STEPS = 10_000;
  private static final int MAX_REPEATED = 100_000;
  private static final int MAX_VALUES = 1000;
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

  /** Bounds the nesting of a program, its steps, and the number of its values. */
  static void check(Manifest manifest) {
    Count count = count(manifest.program(), 0);
    boolean shortEnough = atMost(count.longest(), MAX_STEPS);
    require(
        shortEnough, "expected at most " + MAX_STEPS + " steps a run, received " + count.longest(), "program");
    boolean few = atMost(count.repeated(), MAX_REPEATED);
    require(
        few,
        "expected at most " + MAX_REPEATED + " steps, each as often as it is repeated, received " + count.repeated(),
        "program");
    Set<String> values = new HashSet<>(Set.of(manifest.input().name()));
    Step.walk(manifest.program(), step -> {
      if (step instanceof Step.Run run) {
        values.addAll(run.outputs().values());
      } else if (step instanceof Step.Crop crop) {
        values.add(crop.output());
      } else if (step instanceof Step.Fill fill) {
        values.add(fill.output());
      }
    });
    boolean fewValues = values.size() <= MAX_VALUES;
    require(
        fewValues, "expected at most " + MAX_VALUES + " names of values, received " + values.size(), "program");
  }

  private static boolean atMost(BigInteger count, int most) {
    return count.compareTo(BigInteger.valueOf(most)) <= 0;
  }

  private static Count count(List<Step> steps, int depth) {
    boolean shallow = depth <= MAX_NESTING;
    require(shallow, "expected at most " + MAX_NESTING + " steps inside each other, received more", "program");
    BigInteger longest = BigInteger.valueOf(steps.size());
    BigInteger repeated = longest;
    for (Step step : steps) {
      BigInteger most = BigInteger.ZERO;
      BigInteger sum = BigInteger.ZERO;
      for (Step.Inner inner : step.inner()) {
        Count count = count(inner.steps(), depth + 1);
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
  static void checkCells(List<Step> program, ProgramFacts facts) {
    BigInteger cells = cells(program, facts, "program");
    boolean few = atMost(cells, MAX_CELLS);
    require(
        few,
        "expected at most " + MAX_CELLS + " elements read and written between parts, received " + cells,
        "program");
  }

  private static BigInteger cells(List<Step> steps, ProgramFacts facts, String where) {
    BigInteger total = BigInteger.ZERO;
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      String path = where + "[" + i + "]";
      for (String key : List.of(".rule.value", ".value", ".at")) {
        total = total.add(largest(facts.tensors().getOrDefault(path + key, Set.of())));
      }
      if (step instanceof Step.Fill fill) {
        total = total.add(Tensor.product(fill.shape()));
      } else if (step instanceof Step.Crop crop) {
        BigInteger pixels = BigInteger.ZERO;
        for (Tensor image : facts.tensors().get(path + ".value")) {
          pixels = pixels.max(windowPixels(crop, image));
        }
        total = total.add(pixels);
      }
      for (Step.Inner inner : step.inner()) {
        total = total.add(cells(inner.steps(), facts, path + "." + inner.key()).multiply(times(step)));
      }
    }
    return total;
  }

  private static BigInteger largest(Set<Tensor> tensors) {
    BigInteger largest = BigInteger.ZERO;
    for (Tensor tensor : tensors) {
      largest = largest.max(Tensor.product(tensor.shape()));
    }
    return largest;
  }

  /** Pixels of all windows that a crop reads from an image, times its channels: (1 + 4 + ...) of the size. */
  static BigInteger windowPixels(Step.Crop step, Tensor image) {
    long windows = ((1L << 2 * step.scales()) - 1) / 3;
    return Tensor.product(List.of(step.height(), step.width(), image.shape().get(3)))
        .multiply(BigInteger.valueOf(windows));
  }
}
