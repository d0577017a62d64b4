package org.frugal.governor;

import java.util.ArrayDeque;
import java.util.Deque;

/** The least of the values that came in the last moments. */
final class Held {
  /** No ceiling: more than any. */
  static final int NONE = Integer.MAX_VALUE;

  private record Value(int value, double time) {}

  private final double hold;
  /** Values and times both rise from the first to the last. */
  private final Deque<Value> values = new ArrayDeque<>();

  /**
   * @param hold for how many milliseconds a value counts
   */
  Held(double hold) {
    this.hold = hold;
  }

  void add(int value, double now) {
    while (!values.isEmpty() && values.getLast().value() >= value) {
      values.removeLast();
    }
    values.addLast(new Value(value, now));
    while (now - values.getFirst().time() > hold) {
      values.removeFirst();
    }
  }

  int least() {
    return values.getFirst().value();
  }
}
