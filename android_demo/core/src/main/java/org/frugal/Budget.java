package org.frugal;

/**
 * What a caller can spend on one run; null means without limit.
 *
 * @param latencyMillis wall-clock time from the call of {@code run} to its answer, in milliseconds
 * @param macs multiply-adds, counted as the manifest's costs count them
 * @param energyMicrojoules energy; only for bundles whose parts carry {@code energy_uj}
 * @param cancel once it is set, the run ends with a {@link NoAnswerException} at its next step
 */
public record Budget(Double latencyMillis, Double macs, Double energyMicrojoules, Cancel cancel) {
  /** No limit. */
  public static final Budget UNLIMITED = new Budget(null, null, null);

  /**
   * @throws ChainException an allowance that is not a positive finite number
   */
  public Budget {
    check("latency_ms", latencyMillis);
    check("macs", macs);
    check("energy_uj", energyMicrojoules);
  }

  /** Without a way to cancel the run. */
  public Budget(Double latencyMillis, Double macs, Double energyMicrojoules) {
    this(latencyMillis, macs, energyMicrojoules, null);
  }

  /** The same with a way to cancel the run. */
  public Budget withCancel(Cancel value) {
    return new Budget(latencyMillis, macs, energyMicrojoules, value);
  }

  /** A deadline alone, in milliseconds. */
  public static Budget latencyMillis(double allowance) {
    return new Budget(allowance, null, null);
  }

  /** An allowance of multiply-adds alone. */
  public static Budget macs(double allowance) {
    return new Budget(null, allowance, null);
  }

  /** An allowance of energy alone, in microjoules. */
  public static Budget energyMicrojoules(double allowance) {
    return new Budget(null, null, allowance);
  }

  private static void check(String name, Double allowance) {
    if (allowance != null && !(allowance > 0 && allowance < Double.POSITIVE_INFINITY)) {
      throw new ChainException(
          "budget " + name + ": expected a positive finite number or null, received " + Words.real(allowance));
    }
  }
}
