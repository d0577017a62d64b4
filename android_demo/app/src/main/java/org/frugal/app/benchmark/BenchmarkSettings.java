package org.frugal.app.benchmark;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import org.frugal.ChainOptions;
import org.frugal.app.bundles.BundlesState;

/**
 * What is measured, and for how long. The defaults are those of MLPerf Mobile's single stream.
 *
 * @param bundle name in the store
 * @param fullDepth whether the most expensive operating point is measured too
 * @param baseline another bundle to compare with, the static network of the same trunk at best, or null
 * @param smaller the cheapest static network that is as accurate, where the static one is compared too, or null
 * @param xnnpack whether TensorFlow Lite may use XNNPACK
 * @param queries answers at least
 * @param seconds time at least, for each thing measured
 * @param sustainedSeconds load with the governor in charge, for the curve; 0 is none
 * @param energySeconds load, and as long idle, each in two halves, to read the charge counter; 0 is none
 */
public record BenchmarkSettings(
    String bundle,
    boolean fullDepth,
    String baseline,
    String smaller,
    int threads,
    boolean xnnpack,
    int queries,
    double seconds,
    double sustainedSeconds,
    double energySeconds) {
  public static final int QUERIES = 1024;
  public static final double SECONDS = 60;
  public static final double SUSTAINED_SECONDS = 600;
  /** A counter that moves in steps of a thousandth of the battery needs minutes to move at all. */
  public static final double ENERGY_SECONDS = 300;

  public BenchmarkSettings(
      String bundle, boolean fullDepth, String baseline, int threads, boolean xnnpack, int queries, double seconds,
      double sustainedSeconds, double energySeconds) {
    this(bundle, fullDepth, baseline, null, threads, xnnpack, queries, seconds, sustainedSeconds, energySeconds);
  }

  public static BenchmarkSettings of(String bundle) {
    return new BenchmarkSettings(bundle, true, null, 1, true, QUERIES, SECONDS, 0, 0);
  }

  public BenchmarkSettings withBundle(String name) {
    String other = name == null || name.equals(baseline) ? null : baseline;
    String small = other == null ? null : smaller;
    return new BenchmarkSettings(
        name, fullDepth, other, small, threads, xnnpack, queries, seconds, sustainedSeconds, energySeconds);
  }

  public BenchmarkSettings withBaseline(String name) {
    return new BenchmarkSettings(
        bundle, fullDepth, name, smaller, threads, xnnpack, queries, seconds, sustainedSeconds, energySeconds);
  }

  /** With another smaller static network, or none; it takes a turn only where the static network does. */
  public BenchmarkSettings withSmaller(String name) {
    return new BenchmarkSettings(
        bundle, fullDepth, baseline, comparesStatic() ? name : null, threads, xnnpack, queries, seconds,
        sustainedSeconds, energySeconds);
  }

  /** Whether the other bundle is the static network of this one. */
  public boolean comparesStatic() {
    return baseline != null && bundle != null && baseline.equals(BundlesState.nameOfStatic(bundle));
  }

  /** How long the whole will take at least, for the progress bar. */
  public double totalSeconds() {
    int streams = 1 + (fullDepth ? 1 : 0) + (baseline == null ? 0 : 1) + (smaller == null ? 0 : 1);
    double pauses = streams > 1 ? 1 + Turns.COOL_DOWN_SECONDS / Turns.SECONDS : 1;
    return streams * seconds * pauses + sustainedSeconds + 2 * energySeconds;
  }

  /** How chains are opened; the report says how many threads run them, which is one where XNNPACK does. */
  ChainOptions options() {
    ChainOptions options = ChainOptions.DEFAULT.withThreads(threads);
    return xnnpack ? options : options.withXnnpack(false);
  }

  JsonObject json() {
    return Json.object().add("bundle", bundle).add("full_depth", fullDepth)
        .add("baseline", baseline == null ? Json.NULL : Json.value(baseline))
        .add("smaller", smaller == null ? Json.NULL : Json.value(smaller)).add("threads", threads)
        .add("threads_in_use", options().threadsInUse()).add("xnnpack", xnnpack).add("queries", queries).add("seconds", seconds)
        .add("sustained_seconds", sustainedSeconds).add("energy_seconds", energySeconds);
  }
}
