package org.frugal.app.benchmark;

import android.app.Notification;
import android.app.NotificationChannel;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.app.Service;
import android.content.Context;
import android.content.Intent;
import android.content.pm.ServiceInfo;
import android.os.Build;
import android.os.IBinder;
import android.os.PowerManager;
import java.util.function.Consumer;
import org.frugal.app.FrugalApp;
import org.frugal.app.MainActivity;
import org.frugal.app.R;

/** Keeps the app and the processor awake while a benchmark runs, and says so in a notification that can cancel it. */
public final class BenchmarkService extends Service {
  private static final String CHANNEL = "benchmark";
  private static final String CANCEL = "org.frugal.app.CANCEL_BENCHMARK";
  private static final int NOTIFICATION = 1;
  /** Longer than any benchmark: a guard against a wake lock that nobody lets go of. */
  private static final long LONGEST_MILLIS = 60L * 60 * 1000;

  private final Consumer<BenchmarkState> watcher = this::follow;
  private BenchmarkModel model;
  private PowerManager.WakeLock awake;
  private boolean ended;

  /** Starts it for a benchmark that has been started; call this while the app is on screen. */
  public static void follow(Context context) {
    context.startForegroundService(new Intent(context, BenchmarkService.class));
  }

  @Override
  public void onCreate() {
    super.onCreate();
    model = FrugalApp.model(this).benchmark();
    getSystemService(NotificationManager.class).createNotificationChannel(new NotificationChannel(
        CHANNEL, getString(R.string.benchmark), NotificationManager.IMPORTANCE_LOW));
    awake = getSystemService(PowerManager.class).newWakeLock(PowerManager.PARTIAL_WAKE_LOCK, "frugal:benchmark");
    awake.setReferenceCounted(false);
    awake.acquire(LONGEST_MILLIS);
  }

  @Override
  public int onStartCommand(Intent intent, int flags, int startId) {
    boolean cancel = intent != null && CANCEL.equals(intent.getAction());
    foreground();
    if (cancel) {
      model.cancel();
    }
    model.state().unwatch(watcher);
    model.state().watch(watcher);
    // After the process has died there is nothing to go on with: what was measured is lost, and no report is left.
    return START_NOT_STICKY;
  }

  @Override
  public void onDestroy() {
    model.state().unwatch(watcher);
    // Taken down in the midst of a benchmark; after its end, another one may be running by now.
    if (!ended) {
      model.cancel();
    }
    awake.release();
    super.onDestroy();
  }

  @Override
  public IBinder onBind(Intent intent) {
    return null;
  }

  private void follow(BenchmarkState state) {
    ended = state.running() == null;
    if (ended) {
      stopForeground(STOP_FOREGROUND_REMOVE);
      stopSelf();
    } else {
      getSystemService(NotificationManager.class).notify(NOTIFICATION, notification(state));
    }
  }

  private void foreground() {
    Notification notification = notification(model.state().get());
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE) {
      startForeground(NOTIFICATION, notification, ServiceInfo.FOREGROUND_SERVICE_TYPE_SPECIAL_USE);
    } else {
      startForeground(NOTIFICATION, notification);
    }
  }

  private Notification notification(BenchmarkState state) {
    Intent cancel = new Intent(this, BenchmarkService.class).setAction(CANCEL);
    PendingIntent open = PendingIntent.getActivity(
        this, 0, new Intent(this, MainActivity.class).putExtra(MainActivity.TAB, R.id.tab_benchmark),
        PendingIntent.FLAG_IMMUTABLE | PendingIntent.FLAG_UPDATE_CURRENT);
    Notification.Action action = new Notification.Action.Builder(
        null, getString(R.string.cancel), PendingIntent.getService(this, 0, cancel, PendingIntent.FLAG_IMMUTABLE))
        .build();
    return new Notification.Builder(this, CHANNEL)
        .setSmallIcon(R.drawable.ic_running)
        .setContentTitle(getString(R.string.benchmark_runs))
        .setProgress(1000, (int) (1000 * state.progress()), false)
        .setOngoing(true)
        .setContentIntent(open)
        .addAction(action)
        .build();
  }
}
