package org.frugal;

/**
 * Something that happened in a run; docs/bundle.md says what each kind means.
 *
 * @param name a part; of a crop the value that it wrote; of a case and of what was left the path of the step
 * @param nanos how long a part took that ran, or 0
 * @param inputBytes what a part that ran elsewhere was sent, or 0
 * @param outputBytes what it sent back, or 0
 * @param why a part failed: {@code absent}, {@code late} or {@code error}; otherwise null
 * @param way index of the way that a select took, or -1
 * @param corners of a crop, or null
 */
public record Event(
    Kind kind, String name, long nanos, long inputBytes, long outputBytes, String why, int way, Corners corners) {
  /** What happened. */
  public enum Kind {
    RUN("run"),
    REMOTE("remote"),
    FAILED("failed"),
    CASE("case"),
    SKIPPED("skipped"),
    LEFT("left"),
    CROP("crop"),
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

  /** Where a crop was cut, 0..1 over the edges of the image. */
  public record Corners(double top, double left, double bottom, double right) {}

  /** Of a kind that has nothing but its name. */
  public static Event of(Kind kind, String name) {
    return new Event(kind, name, 0, 0, 0, null, -1, null);
  }

  /** A part that ran here. */
  public static Event run(String part, long nanos) {
    return new Event(Kind.RUN, part, nanos, 0, 0, null, -1, null);
  }

  /** A part that ran elsewhere. */
  public static Event remote(String part, long nanos, long inputBytes, long outputBytes) {
    return new Event(Kind.REMOTE, part, nanos, inputBytes, outputBytes, null, -1, null);
  }

  /** A part whose {@code otherwise} is gone. */
  public static Event failed(String part, String why) {
    return new Event(Kind.FAILED, part, 0, 0, 0, why, -1, null);
  }

  /** A select that took a way. */
  public static Event chosen(String path, int way) {
    return new Event(Kind.CASE, path, 0, 0, 0, null, way, null);
  }

  /** A crop that wrote a value. */
  public static Event crop(String value, Corners corners) {
    return new Event(Kind.CROP, value, 0, 0, 0, null, -1, corners);
  }

  /** Whether a part ran, here or elsewhere. */
  public boolean hasRun() {
    return kind == Kind.RUN || kind == Kind.REMOTE;
  }
}
