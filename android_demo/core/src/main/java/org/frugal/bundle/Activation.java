package org.frugal.bundle;

/** What numbers are that are read as probabilities. */
public enum Activation {
  /** Logits. */
  SOFTMAX,
  /** Probabilities already. */
  NONE
}
