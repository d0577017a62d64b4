package org.frugal;

import org.jspecify.annotations.Nullable;

/**
 * Something that happened in a run; docs/bundle.md says what each kind means.
 *
 * @param name a part; of a crop the value that it wrote; of a case, of what was left and of rows the step's path
 * @param nanos how long a part took that ran, or 0
 * @param inputBytes what a part that ran elsewhere was sent, or 0
 * @param outputBytes what it sent back, or 0
 * @param why a part failed: {@code absent}, {@code late}, {@code bytes} or {@code error}; why rows stopped: the
 *     allowance; or null
 * @param way index of the way that a select took, or -1
 * @param row index of the row that an each began, or -1
 * @param corners of a crop, or null
 */
public record Event(
    Kind kind, String name, long nanos, long inputBytes, long outputBytes, @Nullable String why, int way,
    int row, @Nullable Corners corners) {
  /** What happened. */
  public enum Kind {
    RUN("run"),
    REMOTE("remote"),
    FAILED("failed"),
    CASE("case"),
    SKIPPED("skipped"),
    LEFT("left"),
    CROP("crop"),
    ROW("row"),
    STOPPED("stopped"),
    NOT_REACHED("not_reached");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** The word of the bundle format. */
    public String label() {
      return label;
    }
  }

  /** Where a crop was cut, or a box is, 0..1 over the edges of the image. */
  public record Corners(double top, double left, double bottom, double right) {}

  /** Of a kind that has nothing but its name. */
  public static Event of(Kind kind, String name) {
    return new Event(kind, name, 0, 0, 0, null, -1, -1, null);
  }

  /** A part that ran here. */
  public static Event run(String part, long nanos) {
    return new Event(Kind.RUN, part, nanos, 0, 0, null, -1, -1, null);
  }

  /** A part that ran elsewhere. */
  public static Event remote(String part, long nanos, long inputBytes, long outputBytes) {
    return new Event(Kind.REMOTE, part, nanos, inputBytes, outputBytes, null, -1, -1, null);
  }

  /** A part whose {@code otherwise} is gone. */
  public static Event failed(String part, String why) {
    return new Event(Kind.FAILED, part, 0, 0, 0, why, -1, -1, null);
  }

  /** A select that took a way. */
  public static Event chosen(String path, int way) {
    return new Event(Kind.CASE, path, 0, 0, 0, null, way, -1, null);
  }

  /** An each that begins a row. */
  public static Event row(String path, int row) {
    return new Event(Kind.ROW, path, 0, 0, 0, null, -1, row, null);
  }

  /** An each that the budget ended. */
  public static Event stopped(String path, Reason allowance) {
    return new Event(Kind.STOPPED, path, 0, 0, 0, allowance.label(), -1, -1, null);
  }

  /** A crop that wrote a value. */
  public static Event crop(String value, Corners corners) {
    return new Event(Kind.CROP, value, 0, 0, 0, null, -1, -1, corners);
  }

  /** Whether a part ran, here or elsewhere. */
  public boolean hasRun() {
    return kind == Kind.RUN || kind == Kind.REMOTE;
  }
}
