package org.frugal.app;

import android.content.Context;
import android.content.res.Resources;
import org.frugal.FrugalException;

/** What went wrong, in a sentence for the screen. Any thread. */
public final class Failures {
  private final Resources words;

  public Failures(Context context) {
    words = context.getResources();
  }

  /** The sentence of the runtime itself where there is one: it names the file and the field. */
  public String sentence(Throwable error) {
    if (error instanceof FrugalException) {
      return error.getMessage();
    }
    if (error instanceof OutOfMemoryError) {
      return words.getString(R.string.failure_memory);
    }
    String message = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    return words.getString(
        error instanceof LinkageError ? R.string.failure_library : R.string.failure_file, message);
  }
}
