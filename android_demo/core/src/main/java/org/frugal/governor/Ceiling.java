package org.frugal.governor;

import java.util.List;
import java.util.Locale;

/** What set a decision. */
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
  /** Nothing: the most accurate point that is worth its cost. */
  BEST;

  /** Those that can lower a choice; the first among equals is named. */
  static final List<Ceiling> LOWERING = List.of(THERMAL, POWER_SAVING, BATTERY, LATENCY);

  /** The word of the bundle format. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
