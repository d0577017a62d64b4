package org.frugal;

/** Why a run stopped where it did. */
public enum Reason {
  /** An exit's rule held. */
  RULE("rule"),
  /** The program ended. */
  FINAL("final"),
  /** The deadline does not reach the next answer. */
  LATENCY("latency"),
  /** The allowance of multiply-adds does not reach the next answer. */
  MACS("macs"),
  /** The allowance of energy does not reach the next answer. */
  ENERGY("energy"),
  /** The allowance of bytes sent does not reach the next answer. */
  BYTES("bytes");

  private final String label;

  Reason(String label) {
    this.label = label;
  }

  /** The word of the bundle format. */
  public String label() {
    return label;
  }
}
