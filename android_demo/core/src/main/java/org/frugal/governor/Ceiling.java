package org.frugal.governor;

import java.util.Locale;

/** What set a decision, in the order in which the first among equals is named. */
public enum Ceiling {
  /** The caller's choice. */
  MANUAL,
  /** Heat. */
  THERMAL,
  /** The user's power saving. */
  POWER_SAVING,
  /** The battery's charge. */
  BATTERY,
  /** The latencies seen, against their target. */
  LATENCY,
  /** Nothing: the most expensive point. */
  BEST;

  /** The word of the bundle format. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
