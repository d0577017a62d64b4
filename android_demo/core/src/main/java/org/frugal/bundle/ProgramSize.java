package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Manifest.Output;
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
  static void check(List<Step> program, Map<String, Tensor> values, String where) {
    Count count = count(program, values, 0, where);
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

  private static Count count(List<Step> steps, Map<String, Tensor> values, int depth, String where) {
    boolean shallow = depth <= MAX_NESTING;
    require(shallow, "expected at most " + MAX_NESTING + " steps inside each other, received more", where);
    BigInteger longest = BigInteger.valueOf(steps.size());
    BigInteger repeated = longest;
    for (Step step : steps) {
      BigInteger most = BigInteger.ZERO;
      BigInteger sum = BigInteger.ZERO;
      for (Step.Inner inner : step.inner()) {
        Count count = count(inner.steps(), values, depth + 1, where);
        most = most.max(count.longest());
        sum = sum.add(count.repeated());
      }
      BigInteger times = BigInteger.valueOf(times(step, values));
      longest = longest.add(most.multiply(times));
      repeated = repeated.add(sum.multiply(times));
    }
    return new Count(longest, repeated);
  }

  /**
   * How often the lists inside a step count: the times of a repeat, the rows of an each but at least two (to look ahead
   * its steps are walked twice, whatever its rows), otherwise once.
   */
  private static int times(Step step, Map<String, Tensor> values) {
    if (step instanceof Step.Each each) {
      return Math.max(2, each.rows().values().stream().mapToInt(value -> rows(values.get(value))).max().orElse(1));
    }
    return step instanceof Step.Repeat repeat ? repeat.times() : 1;
  }

  /** How many rows a value [1, rows, ...] has; 1 where it is none of this form. */
  private static int rows(Tensor tensor) {
    return tensor != null && tensor.shape().size() > 1 ? tensor.shape().get(1) : 1;
  }

  /** Bounds the elements that the steps between the parts read and write, each as often as it is repeated. */
  static void checkCells(Manifest manifest, List<Step> program, String where) {
    BigInteger cells = cells(manifest, program);
    boolean few = atMost(cells, MAX_CELLS);
    require(
        few, "expected at most " + MAX_CELLS + " elements read and written between parts, received " + cells, where);
  }

  private static BigInteger cells(Manifest manifest, List<Step> steps) {
    Map<String, Tensor> values = manifest.values();
    BigInteger total = BigInteger.ZERO;
    for (Step step : steps) {
      for (String value : touched(step, manifest.outputs())) {
        total = total.add(elements(values, value));
      }
      if (step instanceof Step.Fill fill) {
        total = total.add(Tensor.product(fill.shape()));
      } else if (step instanceof Step.Crop crop) {
        total = total.add(windowPixels(crop, values.get(crop.value()).shape()));
      } else if (step instanceof Step.Keep keep) {
        total = total.add(elements(values, keep.scores()).multiply(BigInteger.valueOf(keep.most())));
      }
      for (Step.Inner inner : step.inner()) {
        total = total.add(cells(manifest, inner.steps()).multiply(BigInteger.valueOf(times(step, values))));
      }
    }
    return total;
  }

  private static BigInteger elements(Map<String, Tensor> values, String value) {
    return Tensor.product(values.get(value).shape());
  }

  /** The values whose elements a step reads as numbers, and those that it takes to pieces or puts together. */
  private static List<String> touched(Step step, Map<String, Output> outputs) {
    List<String> touched = numbersRead(step, outputs);
    if (step instanceof Step.Crop crop) {
      touched.add(crop.value());
    } else if (step instanceof Step.Each each) {
      touched.addAll(each.rows().values());
      touched.addAll(each.stacks().keySet());
    }
    return touched;
  }

  /** The values whose elements a step reads as numbers: by its rule, to choose by, or to answer with them. */
  static List<String> numbersRead(Step step, Map<String, Output> outputs) {
    List<String> read = new ArrayList<>();
    if (step instanceof Step.Exit exit) {
      read.add(exit.rule().value());
      addGiven(read, exit.gives(), outputs);
    } else if (step instanceof Step.Answer answer) {
      addGiven(read, answer.gives(), outputs);
    } else if (step instanceof Step.Branch branch) {
      read.add(branch.rule().value());
    } else if (step instanceof Step.Leave leave) {
      read.add(leave.rule().value());
    } else if (step instanceof Step.Select select && select.value() != null) {
      read.add(select.value());
    } else if (step instanceof Step.Crop crop) {
      read.add(crop.at());
    } else if (step instanceof Step.Keep keep) {
      read.add(keep.boxes());
      read.add(keep.scores());
    } else if (step instanceof Step.Each each && each.count() != null) {
      read.add(each.count());
    }
    return read;
  }

  private static void addGiven(List<String> read, Map<String, String> gives, Map<String, Output> outputs) {
    gives.forEach((output, value) -> {
      read.add(value);
      read.addAll(outputs.get(output).beside().values());
    });
  }

  /** Pixels of all windows that a crop reads from an image, times its channels: (1 + 4 + ...) of the size. */
  static BigInteger windowPixels(Step.Crop step, List<Integer> image) {
    long windows = ((1L << 2 * step.scales()) - 1) / 3;
    return Tensor.product(List.of(step.height(), step.width(), image.get(3))).multiply(BigInteger.valueOf(windows));
  }
}
