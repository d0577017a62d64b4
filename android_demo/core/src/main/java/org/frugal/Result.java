package org.frugal;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a run answered. Arrays are the caller's own; lists and maps cannot be changed.
 *
 * @param outputs output to answer, of what the exit or answer gives, in the order of the manifest
 * @param path names of the parts run, in order
 * @param events what happened, in order; last what was not reached
 * @param exit name of the exit or answer
 * @param reason why the run stopped there
 * @param macs multiply-adds of what was run, by the manifest
 * @param costs the same for every unit of the manifest
 * @param elapsedNanos from the call to the answer
 * @param operatingPoint the name of the one in use
 * @param slowdown how many times longer the parts that ran here took than their medians at load; NaN if those are
 *     unknown
 */
public record Result(
    Map<String, Answer> outputs,
    List<String> path,
    List<Event> events,
    String exit,
    Reason reason,
    long macs,
    Map<String, Double> costs,
    long elapsedNanos,
    String operatingPoint,
    double slowdown) {
  /** Of a run whose slowdown is unknown. */
  public Result(
      Map<String, Answer> outputs, List<String> path, List<Event> events, String exit, Reason reason, long macs,
      Map<String, Double> costs, long elapsedNanos, String operatingPoint) {
    this(outputs, path, events, exit, reason, macs, costs, elapsedNanos, operatingPoint, Double.NaN);
  }

  /** Class index of the first output that is one of labels, or -1. */
  public int label() {
    return first().label();
  }

  /** The label of that class, or null. */
  public @Nullable String name() {
    return first().name();
  }

  /** The probabilities of the same output, or null. */
  public float @Nullable [] probabilities() {
    return first().probabilities();
  }

  /** The numbers of the same output, such as logits; of the first output if none is one of labels. */
  public float[] answer() {
    return first().numbers();
  }

  private Answer first() {
    Answer first = null;
    for (Answer answer : outputs.values()) {
      if (answer.hasLabel()) {
        return answer;
      }
      first = first == null ? answer : first;
    }
    return first;
  }

  /** The boxes of the first output that has some, none too; null where no output is one of boxes. */
  public @Nullable List<Box> boxes() {
    return outputs.values().stream().map(Answer::boxes).filter(Objects::nonNull).findFirst().orElse(null);
  }

  /** How long each part of the path took. */
  public long[] partNanos() {
    return events.stream().filter(Event::hasRun).mapToLong(Event::nanos).toArray();
  }

  /** From the call to the answer, in milliseconds. */
  public double elapsedMillis() {
    return elapsedNanos / 1e6;
  }
}
