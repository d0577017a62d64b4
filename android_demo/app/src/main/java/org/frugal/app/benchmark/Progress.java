package org.frugal.app.benchmark;

/** How a run tells what it does, and learns that nobody wants it any more. */
public interface Progress {
  /** What is being measured. */
  enum Stage {
    CHAIN,
    FULL_DEPTH,
    /** The same trunk without exits. */
    STATIC_NETWORK,
    /** The cheapest static network that is as accurate as the chain at its usual point. */
    SMALLER_NETWORK,
    /** Any other bundle. */
    BASELINE,
    SUSTAINED,
    ENERGY,
    IDLE;

    /** As reports name it. */
    String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  void at(Stage stage, double seconds);

  /**
   * @throws java.util.concurrent.CancellationException the run was cancelled
   */
  void check();
}
