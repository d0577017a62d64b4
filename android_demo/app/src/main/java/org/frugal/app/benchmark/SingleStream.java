package org.frugal.app.benchmark;

import java.util.Arrays;
import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;

/** One query after another, each as soon as the last is answered. */
final class SingleStream {
  private static final int WARM_UP_QUERIES = 32;
  private static final double WARM_UP_SECONDS = 0.5;

  /** Answers query number {@code index}. */
  interface Query {
    void run(int index);
  }

  private final LongSupplier clock;
  private final Runnable check;

  /**
   * @param check throws when the run is cancelled
   */
  SingleStream(LongSupplier clock, Runnable check) {
    this.clock = clock;
    this.check = check;
  }

  /** What is not counted: the first queries, until caches, kernels and clock rates have settled. */
  void warmUp(Query query, double seconds) {
    run(query, WARM_UP_QUERIES, Math.min(WARM_UP_SECONDS, seconds), elapsed -> {});
  }

  /**
   * Runs until both are reached.
   *
   * @param progress gets the seconds since the start
   * @return the latency of each query in nanoseconds
   */
  long[] run(Query query, int queries, double seconds, DoubleConsumer progress) {
    long[] nanos = new long[Math.max(16, queries)];
    long begin = clock.getAsLong();
    int count = 0;
    for (double elapsed = 0; count < queries || elapsed < seconds; ) {
      check.run();
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * count);
      }
      long before = clock.getAsLong();
      query.run(count);
      long after = clock.getAsLong();
      nanos[count++] = after - before;
      elapsed = (after - begin) / 1e9;
      progress.accept(elapsed);
    }
    return Arrays.copyOf(nanos, count);
  }
}
