package org.frugal.app;

import android.content.Context;
import android.content.res.Resources;
import android.util.Log;
import java.io.IOException;
import org.frugal.FrugalException;

/** What went wrong, in a sentence for the screen. Any thread. */
public final class Failures {
  /** Under which the log has the stack trace of what nobody expected. */
  public static final String LOG = "Frugal";

  private final Resources words;

  public Failures(Context context) {
    words = context.getResources();
  }

  /** The sentence of the runtime itself where there is one: it names the file and the field. */
  public String sentence(Throwable error) {
    if (error instanceof FrugalException) {
      return Plain.line(error.getMessage());
    }
    if (error instanceof OutOfMemoryError) {
      return words.getString(R.string.failure_memory);
    }
    boolean expected = error instanceof LinkageError || error instanceof IOException;
    if (!expected) {
      Log.e(LOG, "an error that nobody expected", error);
    }
    String message = error.getMessage() == null ? error.getClass().getSimpleName() : Plain.line(error.getMessage());
    return words.getString(
        !expected ? R.string.failure_unexpected
            : error instanceof IOException ? R.string.failure_file : R.string.failure_library, message);
  }
}
