package org.frugal;

/** Ends a run from outside: put it into the run's {@link Budget}, and set it from any thread. */
public final class Cancel {
  private volatile boolean cancelled;

  /** Ends the runs that it is in at their next step; it stays set. */
  public void cancel() {
    cancelled = true;
  }

  /** Whether it has been set. */
  public boolean isCancelled() {
    return cancelled;
  }
}
