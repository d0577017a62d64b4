package org.frugal.governor;

import org.frugal.Budget;
import org.jspecify.annotations.Nullable;

/**
 * The operating point picked.
 *
 * @param point its index; 0 is the cheapest
 * @param name its name
 * @param reason which ceiling set it
 * @param local why remote parts are not to be asked; null where they may be
 */
public record Decision(int point, String name, Ceiling reason, @Nullable Local local) {
  /** Where remote parts may be asked. */
  public Decision(int point, String name, Ceiling reason) {
    this(point, name, reason, null);
  }

  /** A budget that asks remote parts only where this allows it. */
  public Budget within(Budget budget) {
    return local == null ? budget : budget.withRemote(false);
  }
}
