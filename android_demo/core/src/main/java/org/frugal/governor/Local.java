package org.frugal.governor;

import java.util.Locale;

/** Why remote parts are not to be asked. */
public enum Local {
  /** There is no network. */
  OFFLINE,
  /** The network costs by what is sent. */
  METERED,
  /** They took too long, or were lost. */
  ROUND_TRIP;

  /** The word of the bundle format. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
