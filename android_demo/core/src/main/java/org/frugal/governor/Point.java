package org.frugal.governor;

import org.jspecify.annotations.Nullable;

/**
 * An operating point, as a governor looks at it.
 *
 * @param name of it
 * @param accuracy from 0 to 1, or null if unknown
 * @param cost mean of a run, in the unit that the points are sorted by, or null if unknown
 */
public record Point(String name, @Nullable Double accuracy, @Nullable Double cost) {
  /** A point of which nothing else is known. */
  public static Point named(String name) {
    return new Point(name, null, null);
  }

  boolean isMeasured() {
    return accuracy != null && cost != null;
  }
}
