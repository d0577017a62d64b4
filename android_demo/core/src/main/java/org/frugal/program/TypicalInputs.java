package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.frugal.BundleException;
import org.frugal.ChainException;
import org.frugal.PartRunner;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.Part;
import org.frugal.tensor.Buffers;

/** What to measure parts on: what they are fed when the bundle's goldens run. */
public final class TypicalInputs {
  private static final int MOST_GOLDENS = 16;

  /** Runs a program. */
  @FunctionalInterface
  public interface Run {
    /** The names of the parts that were run. */
    List<String> path(Map<String, Object> inputs, GoldenIndex.Case golden);
  }

  private TypicalInputs() {}

  /**
   * Runs at most 16 goldens, and no more than it takes to reach every part. A part that none of them reaches is
   * measured on zeros, and so are all parts of a bundle without goldens.
   *
   * @return part name to its inputs by place
   * @throws BundleException the goldens cannot be read or run
   */
  public static Map<String, Object[]> of(
      Bundle bundle, Map<String, PartRunner> parts, Run run) {
    Map<String, Object[]> found = new HashMap<>();
    if (bundle.manifest().goldens() != null) {
      ofGoldens(bundle, parts, run, found);
    }
    parts.forEach((name, runner) -> found.computeIfAbsent(
        name, key -> zeros(bundle.manifest().parts().get(name), runner)));
    return found;
  }

  /** Part name to zeros by place. */
  public static Map<String, Object[]> zeros(Manifest manifest, Map<String, PartRunner> parts) {
    Map<String, Object[]> zeros = new HashMap<>();
    parts.forEach((name, runner) -> zeros.put(name, zeros(manifest.parts().get(name), runner)));
    return zeros;
  }

  /** A buffer of zeros for each input, by place. */
  static Object[] zeros(Part part, PartRunner runner) {
    Object[] zeros = new Object[part.inputs().size()];
    part.inputs().forEach((input, tensor) -> zeros[runner.inputPlace(input)] = Buffers.allocate(tensor.bytes()));
    return zeros;
  }

  /** A copy of what was last fed to each input, by place. */
  static Object[] fed(Part part, PartRunner runner) {
    Object[] copies = zeros(part, runner);
    part.inputs().keySet().forEach(
        input -> Buffers.copy(runner.inputView(input), (ByteBuffer) copies[runner.inputPlace(input)]));
    return copies;
  }

  private static void ofGoldens(
      Bundle bundle, Map<String, PartRunner> parts, Run run,
      Map<String, Object[]> found) {
    GoldenIndex index = GoldenIndex.read(bundle);
    List<GoldenIndex.Array> arrays = index.arrays(bundle);
    for (int i = 0; i < Math.min(MOST_GOLDENS, index.cases().size()) && found.size() < parts.size(); i++) {
      for (String name : run(bundle, index, arrays, i, run)) {
        if (parts.containsKey(name) && !found.containsKey(name)) {
          found.put(name, fed(bundle.manifest().parts().get(name), parts.get(name)));
        }
      }
    }
  }

  private static List<String> run(
      Bundle bundle, GoldenIndex index, List<GoldenIndex.Array> arrays, int number,
      Run run) {
    Map<String, Object> inputs = index.inputs(number, arrays);
    try {
      return run.path(inputs, index.cases().get(number));
    } catch (ChainException error) {
      String file = bundle.manifest().goldens().index().file();
      throw new BundleException(error.getMessage(), file, "cases[" + number + "]", error);
    }
  }
}
