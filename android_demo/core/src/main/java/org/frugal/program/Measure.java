package org.frugal.program;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.frugal.BundleException;
import org.frugal.ChainException;
import org.frugal.PartRunner;
import org.frugal.bundle.Manifest;

/** Times the parts on the device that runs them, so that a deadline can be compared with what lies ahead. */
public final class Measure {
  /** A warm-up should not take long where parts are large: a part stops being timed after this, but for one run. */
  private static final long ENOUGH_NANOS = 200_000_000;

  private Measure() {}

  /**
   * Runs every part that has a runner, one after the other; one that is opened for it is released again.
   *
   * @param inputs part name to what it is fed, by place
   * @param runs timed runs a part, after one that is not; fewer where they take more than a fifth of a second together
   * @return part name to median in nanoseconds; a part without a file has the manifest's {@code latency_us}, or 0
   * @throws BundleException a part fails, or gives other shapes than those of the manifest
   */
  public static Map<String, Double> parts(
      Manifest manifest, Map<String, PartRunner> parts, Map<String, Object[]> inputs, int runs, LongSupplier clock) {
    Map<String, Double> medians = new LinkedHashMap<>();
    manifest.parts().forEach((name, part) -> {
      PartRunner open = parts.get(name);
      try {
        double median = open == null ? part.cost("latency_us") * 1e3 : median(open, inputs.get(name), runs, clock);
        medians.put(name, median);
      } catch (ChainException error) {
        throw new BundleException(error.getMessage(), part.file().file(), "parts." + name, error);
      }
    });
    return medians;
  }

  private static double median(PartRunner part, Object[] inputs, int runs, LongSupplier clock) {
    boolean stays = part.isOpen();
    part.open();
    try {
      return medianOfOpen(part, inputs, runs, clock);
    } finally {
      if (!stays) {
        part.release();
      }
    }
  }

  private static double medianOfOpen(PartRunner part, Object[] inputs, int runs, LongSupplier clock) {
    part.run(inputs);
    long[] times = new long[runs];
    int count = 0;
    long first = clock.getAsLong();
    while (count < runs && (count == 0 || clock.getAsLong() - first < ENOUGH_NANOS)) {
      long begin = clock.getAsLong();
      part.run(inputs);
      times[count++] = clock.getAsLong() - begin;
    }
    return median(Arrays.copyOf(times, count));
  }

  static double median(long[] times) {
    Arrays.sort(times);
    int middle = times.length / 2;
    return times.length % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2.0;
  }
}
