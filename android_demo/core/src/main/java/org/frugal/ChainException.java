package org.frugal;

import org.jspecify.annotations.Nullable;

/** A call of a chain or a governor was refused: its inputs, its budget, its operating point or its parameters. */
public sealed class ChainException extends FrugalException permits NoAnswerException {
  private static final long serialVersionUID = 1;

  public ChainException(String message) {
    this(message, null);
  }

  public ChainException(String message, @Nullable Throwable cause) {
    super(Words.oneLine(message), cause);
  }
}
