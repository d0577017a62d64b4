package org.frugal;

/** A run was ended before it had an answer: it was cancelled, or its budget allows no more. */
public final class NoAnswerException extends ChainException {
  private static final long serialVersionUID = 1;

  /** What {@link #reason} says of a run that was cancelled. */
  public static final String CANCELLED = "cancelled";

  private final String reason;

  public NoAnswerException(String message, String reason) {
    super(message);
    this.reason = reason;
  }

  /** {@code cancelled}, {@code latency} (its time was over), or {@code bytes} (no more may be sent). */
  public String reason() {
    return reason;
  }

  /** Whether it was cancelled; otherwise the budget ended it. */
  public boolean isCancelled() {
    return reason.equals(CANCELLED);
  }
}
