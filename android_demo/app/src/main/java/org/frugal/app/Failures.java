package org.frugal.app;

import org.frugal.FrugalException;

/** What went wrong, in a sentence for the screen. */
public final class Failures {
  private Failures() {}

  public static String sentence(Throwable error) {
    if (error instanceof FrugalException) {
      return error.getMessage();
    }
    if (error instanceof OutOfMemoryError) {
      return "Expected enough memory for this bundle, got too little: close other apps and try again.";
    }
    String message = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    if (error instanceof LinkageError) {
      return "Expected TensorFlow Lite's library for this processor, got none: " + message;
    }
    return "Expected a readable file, got: " + message;
  }
}
