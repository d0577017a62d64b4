package org.frugal.program;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.frugal.BundleException;
import org.frugal.ChainException;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.GoldenIndex;

/** What to measure parts on: what they are fed when the bundle's goldens run. */
public final class TypicalInputs {
  private static final int MOST_GOLDENS = 16;

  private TypicalInputs() {}

  /**
   * Runs at most 16 goldens, and no more than it takes to reach every part. A part that none of them reaches is
   * measured on zeros, and so are all parts of a bundle without goldens.
   *
   * @param run inputs and an operating point to the names of the parts run
   * @return part name to its inputs by place
   * @throws BundleException the goldens cannot be read or run
   */
  public static Map<String, Object[]> of(
      Bundle bundle, Map<String, OpenPart> parts, BiFunction<Map<String, Object>, String, List<String>> run) {
    Map<String, Object[]> found = new HashMap<>();
    if (bundle.manifest().goldens() != null) {
      ofGoldens(bundle, parts, run, found);
    }
    parts.forEach((name, part) -> found.computeIfAbsent(name, key -> part.zeroInputs()));
    return found;
  }

  private static void ofGoldens(
      Bundle bundle, Map<String, OpenPart> parts, BiFunction<Map<String, Object>, String, List<String>> run,
      Map<String, Object[]> found) {
    GoldenIndex index = GoldenIndex.read(bundle);
    List<GoldenIndex.Array> arrays = index.arrays(bundle);
    for (int i = 0; i < Math.min(MOST_GOLDENS, index.cases().size()) && found.size() < parts.size(); i++) {
      for (String name : run(bundle, index, arrays, i, run)) {
        if (parts.containsKey(name) && !found.containsKey(name)) {
          found.put(name, parts.get(name).fed());
        }
      }
    }
  }

  private static List<String> run(
      Bundle bundle, GoldenIndex index, List<GoldenIndex.Array> arrays, int number,
      BiFunction<Map<String, Object>, String, List<String>> run) {
    Map<String, Object> inputs = index.inputs(bundle, number, arrays);
    try {
      return run.apply(inputs, index.cases().get(number).operatingPoint());
    } catch (ChainException error) {
      String file = bundle.manifest().goldens().index().file();
      throw new BundleException(error.getMessage(), file, "cases[" + number + "]", error);
    }
  }
}
