package org.frugal.app.benchmark;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.util.Arrays;

/** Latencies of a stream in milliseconds; a percentile is the element at ceil(share * count), as the governor's is. */
public record Percentiles(int count, double mean, double p50, double p90, double p99, double most) {
  /**
   * @param nanos at least one
   */
  public static Percentiles of(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Percentiles(
        sorted.length, Arrays.stream(sorted).average().orElseThrow() / 1e6, at(sorted, 0.5), at(sorted, 0.9),
        at(sorted, 0.99), sorted[sorted.length - 1] / 1e6);
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1] / 1e6;
  }

  JsonObject json() {
    return Json.object().add("queries", count).add("mean_ms", mean).add("p50_ms", p50).add("p90_ms", p90)
        .add("p99_ms", p99).add("max_ms", most);
  }
}
