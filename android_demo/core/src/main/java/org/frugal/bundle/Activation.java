package org.frugal.bundle;

/** What a value holds that is read as probabilities. */
public enum Activation {
  /** Logits. */
  SOFTMAX,
  /** Probabilities already. */
  NONE
}
