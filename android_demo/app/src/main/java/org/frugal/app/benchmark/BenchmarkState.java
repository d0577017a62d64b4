package org.frugal.app.benchmark;

import java.nio.file.Path;
import java.util.List;

/**
 * What the Benchmark screen shows.
 *
 * @param running the settings of the benchmark that runs, or null
 * @param stage of it, or null before the first
 * @param seconds since its start
 * @param reports newest first
 * @param last the file of the last report made in this process, or null
 * @param problem in a sentence, or null
 */
public record BenchmarkState(
    BenchmarkSettings running, Progress.Stage stage, double seconds, List<Report> reports, Path last, String problem) {
  static final BenchmarkState IDLE = new BenchmarkState(null, null, 0, List.of(), null, null);

  /** From 0 to 1; what it takes longer than it was to does not show. */
  public double progress() {
    return running == null ? 0 : Math.min(1, seconds / Math.max(1e-9, running.totalSeconds()));
  }

  BenchmarkState started(BenchmarkSettings settings) {
    return new BenchmarkState(settings, null, 0, reports, null, null);
  }

  BenchmarkState at(Progress.Stage next, double elapsed) {
    return new BenchmarkState(running, running == null ? null : next, elapsed, reports, last, problem);
  }

  BenchmarkState finished(List<Report> all, Path file) {
    return new BenchmarkState(null, null, 0, List.copyOf(all), file, null);
  }

  BenchmarkState stopped(String why) {
    return new BenchmarkState(null, null, 0, reports, null, why);
  }

  BenchmarkState with(List<Report> all) {
    return new BenchmarkState(running, stage, seconds, List.copyOf(all), last, problem);
  }

  BenchmarkState withProblem(String sentence) {
    return new BenchmarkState(running, stage, seconds, reports, last, sentence);
  }
}
