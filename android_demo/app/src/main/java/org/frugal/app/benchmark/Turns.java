package org.frugal.app.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Times several ways to answer side by side, in turns of a random order: clock rates, caches and heat change from
 * second to second, and what is compared has to change with them.
 */
final class Turns {
  private static final int QUERIES = 32;
  static final double SECONDS = 0.25;
  /** After each turn, idle: a share of a turn, so that none begins on what the one before has heated. */
  static final double COOL_DOWN_SECONDS = 0.05;
  /** Before each turn, uncounted: what the way before it left in the caches is none of its own. */
  private static final int WARM_UP = 3;
  private static final long SEED = 20;

  /** One of the ways: how it answers, uncounted and counted, and the latencies of the answers that count. */
  static final class Way {
    final Progress.Stage stage;
    private final SingleStream.Query warmUp;
    private final SingleStream.Query query;
    private long[] nanos = {};

    Way(Progress.Stage stage, SingleStream.Query warmUp, SingleStream.Query query) {
      this.stage = stage;
      this.warmUp = warmUp;
      this.query = query;
    }

    /** In nanoseconds, in the order of the answers. */
    long[] nanos() {
      return nanos;
    }

    private double seconds() {
      return Arrays.stream(nanos).sum() / 1e9;
    }
  }

  private Turns() {}

  /**
   * Runs until every way has given so many answers and taken so much time for them.
   *
   * @param told of the way whose turn it is, again and again
   * @param coolDown waits, between two turns of several ways
   */
  static void run(
      List<Way> ways, SingleStream stream, int queries, double seconds, Consumer<Progress.Stage> told,
      Runnable coolDown) {
    for (Way way : ways) {
      stream.warmUp(way.warmUp, seconds);
    }
    Random random = new Random(SEED);
    List<Way> left = new ArrayList<>(ways);
    while (!left.isEmpty()) {
      Collections.shuffle(left, random);
      for (Way way : left) {
        turn(way, stream, queries, seconds, told);
        if (ways.size() > 1) {
          coolDown.run();
        }
      }
      left.removeIf(way -> way.nanos.length >= queries && way.seconds() >= seconds);
    }
  }

  private static void turn(
      Way way, SingleStream stream, int queries, double seconds, Consumer<Progress.Stage> told) {
    int first = way.nanos.length;
    stream.run(way.warmUp, WARM_UP, 0, elapsed -> {});
    long[] more = stream.run(
        i -> way.query.run(first + i), Math.max(1, Math.min(QUERIES, queries - first)),
        Math.min(SECONDS, seconds - way.seconds()), elapsed -> told.accept(way.stage));
    way.nanos = Arrays.copyOf(way.nanos, first + more.length);
    System.arraycopy(more, 0, way.nanos, first, more.length);
  }
}
