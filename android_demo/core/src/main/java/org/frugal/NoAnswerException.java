package org.frugal;

/** A run was ended before it had an answer: the application cancelled it, or its time was over long ago. */
public final class NoAnswerException extends ChainException {
  private static final long serialVersionUID = 1;

  private final boolean cancelled;

  public NoAnswerException(String message, boolean cancelled) {
    super(message);
    this.cancelled = cancelled;
  }

  /** Whether it was cancelled; otherwise the latency budget ended it. */
  public boolean isCancelled() {
    return cancelled;
  }
}
