package org.frugal.app.benchmark;

/** How a run tells what it does, and learns that nobody wants it any more. */
public interface Progress {
  /** What is being measured. */
  enum Stage {
    CHAIN,
    FULL_DEPTH,
    BASELINE,
    SUSTAINED,
    ENERGY,
    IDLE
  }

  void at(Stage stage, double seconds);

  /**
   * @throws java.util.concurrent.CancellationException the run was cancelled
   */
  void check();
}
