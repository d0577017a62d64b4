package org.frugal.app.live;

import android.content.Context;
import android.os.Build;
import android.os.PerformanceHintManager;
import android.os.Process;

/**
 * Tells Android how long an answer may take and how long it took, for which it clocks the processor: where it takes such
 * hints, which is from Android 12 on and on some phones. Belongs to the thread that answers, which lives long.
 */
public final class WorkHints {
  /** What Android is told about a thread. */
  interface Session {
    void target(long nanos);

    void took(long nanos);

    void close();
  }

  /** Opens a session about the thread that calls; null where Android takes no hints. */
  interface Opener {
    Session open(long targetNanos);
  }

  private final Opener opener;
  private Session session;
  private long target;

  WorkHints(Opener opener) {
    this.opener = opener;
  }

  public static WorkHints of(Context context) {
    Context application = context.getApplicationContext();
    return new WorkHints(nanos ->
        Build.VERSION.SDK_INT < Build.VERSION_CODES.S ? null : sessionOfThisThread(application, nanos));
  }

  /**
   * An answer is there.
   *
   * @param targetMillis how long it may take, or null: then Android is told nothing
   */
  void answered(Double targetMillis, long nanos) {
    long wanted = targetMillis == null ? 0 : Math.max(1, Math.round(targetMillis * 1e6));
    if (wanted != target) {
      aim(wanted);
    }
    if (session != null) {
      session.took(Math.max(1, nanos));
    }
  }

  private void aim(long wanted) {
    if (session != null && wanted > 0) {
      session.target(wanted);
    } else if (session != null) {
      session.close();
      session = null;
    } else {
      session = opener.open(wanted);
    }
    target = wanted;
  }

  private static Session sessionOfThisThread(Context context, long targetNanos) {
    PerformanceHintManager manager = context.getSystemService(PerformanceHintManager.class);
    PerformanceHintManager.Session opened =
        manager == null ? null : manager.createHintSession(new int[] {Process.myTid()}, targetNanos);
    return opened == null ? null : new Session() {
      @Override
      public void target(long nanos) {
        opened.updateTargetWorkDuration(nanos);
      }

      @Override
      public void took(long nanos) {
        opened.reportActualWorkDuration(nanos);
      }

      @Override
      public void close() {
        opened.close();
      }
    };
  }
}
