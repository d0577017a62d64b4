package org.frugal.bundle;

import java.util.List;

/**
 * The value of a parameter: one number, or a list of numbers (a task embedding).
 *
 * @param values one element, or as many as the list has
 * @param isList whether it is a list, which may have one element too
 */
public record Numbers(List<Double> values, boolean isList) {
  /** One number. */
  public static Numbers of(double value) {
    return new Numbers(List.of(value), false);
  }

  /** A list of numbers. */
  public static Numbers list(List<Double> values) {
    return new Numbers(List.copyOf(values), true);
  }

  /** The number, or the first of the list. */
  public double first() {
    return values.get(0);
  }
}
