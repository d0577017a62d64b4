package org.frugal;

/** Any error that a bundle, a chain or a budget raises on purpose: one sentence, what was expected first, what was received last. */
public abstract class FrugalException extends RuntimeException {
  private static final long serialVersionUID = 1;

  FrugalException(String message, Throwable cause) {
    super(message, cause);
  }
}
