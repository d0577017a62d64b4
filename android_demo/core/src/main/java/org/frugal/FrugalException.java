package org.frugal;

import org.jspecify.annotations.Nullable;

/** Any error that is raised on purpose: one sentence, with what was expected first and what was received last. */
public abstract class FrugalException extends RuntimeException {
  private static final long serialVersionUID = 1;

  FrugalException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
