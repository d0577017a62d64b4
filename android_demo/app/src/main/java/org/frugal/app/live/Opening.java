package org.frugal.app.live;

import android.os.Handler;
import java.util.Objects;
import org.frugal.app.Worker;
import org.frugal.app.bundles.CrashMarks;

/**
 * The bundle that Live is opening, marked as such until its first answer has been on the screen for a moment: were the
 * app to end by then, the next start would open another one. Main thread only.
 */
public final class Opening {
  /** Long enough to be drawn. */
  static final long SHOWN_MILLIS = 1000;

  private final CrashMarks marks;
  private final Handler main;
  private final Worker worker;
  private String name;

  public Opening(CrashMarks marks, Handler main, Worker worker) {
    this.marks = marks;
    this.main = main;
    this.worker = worker;
  }

  /** Another bundle, or none, takes the place of the one before. */
  void begin(String bundle) {
    end(name);
    name = bundle;
    if (bundle != null) {
      worker.execute(() -> marks.set(bundle));
    }
  }

  /** What its first picture gave is shown now. */
  void shown(String bundle) {
    if (bundle.equals(name)) {
      main.postDelayed(() -> end(bundle), SHOWN_MILLIS);
    }
  }

  /** It was refused in a sentence. */
  void refused() {
    end(name);
  }

  private void end(String bundle) {
    if (bundle == null || !Objects.equals(bundle, name)) {
      return;
    }
    name = null;
    worker.execute(() -> marks.clear(bundle));
  }
}
