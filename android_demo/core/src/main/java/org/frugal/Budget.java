package org.frugal;

import org.jspecify.annotations.Nullable;

/**
 * What a caller can spend on one run; null means without limit.
 *
 * @param latencyMillis wall-clock time from the call of {@code run} to its answer, in milliseconds; the way to the
 *     first exit is gone even if it takes longer, though not by more than a second
 * @param macs multiply-adds, counted as the manifest's costs count them
 * @param energyMicrojoules energy; only for bundles whose parts carry {@code energy_uj}
 * @param cancel once it is set, the run ends with a {@link NoAnswerException} at its next step
 * @param bytesSent bytes of inputs that are handed to remote parts
 * @param deadlineMillis when the run ends with a {@link NoAnswerException} if it has passed no exit yet; null is a
 *     second after the latency; exits look at the lesser of the two
 * @param remote whether remote parts are asked that have something to do otherwise
 */
public record Budget(
    @Nullable Double latencyMillis, @Nullable Double macs, @Nullable Double energyMicrojoules,
    @Nullable Cancel cancel, @Nullable Double bytesSent, @Nullable Double deadlineMillis, boolean remote) {
  /** No limit. */
  public static final Budget UNLIMITED = new Budget(null, null, null);

  /**
   * @throws ChainException an allowance that is not a positive finite number
   */
  public Budget {
    check("latency_ms", latencyMillis);
    check("macs", macs);
    check("energy_uj", energyMicrojoules);
    check("bytes_sent", bytesSent);
    check("deadline_ms", deadlineMillis);
  }

  /** Without a way to cancel the run, and without limit on what is sent. */
  public Budget(
      @Nullable Double latencyMillis, @Nullable Double macs, @Nullable Double energyMicrojoules) {
    this(latencyMillis, macs, energyMicrojoules, null, null, null);
  }

  /** With remote parts. */
  public Budget(
      @Nullable Double latencyMillis, @Nullable Double macs, @Nullable Double energyMicrojoules,
      @Nullable Cancel cancel, @Nullable Double bytesSent, @Nullable Double deadlineMillis) {
    this(latencyMillis, macs, energyMicrojoules, cancel, bytesSent, deadlineMillis, true);
  }

  /** The same with a way to cancel the run. */
  public Budget withCancel(@Nullable Cancel value) {
    return new Budget(latencyMillis, macs, energyMicrojoules, value, bytesSent, deadlineMillis, remote);
  }

  /** The same with an allowance of bytes that are sent to remote parts. */
  public Budget withBytesSent(double allowance) {
    return new Budget(latencyMillis, macs, energyMicrojoules, cancel, allowance, deadlineMillis, remote);
  }

  /** The same with a last moment for an answer, in milliseconds. */
  public Budget withDeadlineMillis(double moment) {
    return new Budget(latencyMillis, macs, energyMicrojoules, cancel, bytesSent, moment, remote);
  }

  /** The same with or without remote parts that have something to do otherwise. */
  public Budget withRemote(boolean asked) {
    return new Budget(latencyMillis, macs, energyMicrojoules, cancel, bytesSent, deadlineMillis, asked);
  }

  /** A latency alone, in milliseconds. */
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

  private static void check(String name, @Nullable Double allowance) {
    if (allowance != null && !(allowance > 0 && allowance < Double.POSITIVE_INFINITY)) {
      throw new ChainException(
          "budget " + name + ": expected a positive finite number or null, received " + Words.real(allowance));
    }
  }
}
