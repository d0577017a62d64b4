package org.frugal.app;

import android.app.Application;
import android.content.Context;

/** Holds what outlives a screen. */
public class FrugalApp extends Application {
  private AppModel model;

  @Override
  public void onCreate() {
    super.onCreate();
    model = new AppModel(this);
  }

  public static AppModel model(Context context) {
    return ((FrugalApp) context.getApplicationContext()).model;
  }

  /** A phone ends the process instead. Where many applications share one, none works on in the next one's time. */
  @Override
  public void onTerminate() {
    model.worker().close();
    super.onTerminate();
  }

  @Override
  public void onTrimMemory(int level) {
    super.onTrimMemory(level);
    boolean urgent = level == TRIM_MEMORY_RUNNING_CRITICAL || level >= TRIM_MEMORY_BACKGROUND;
    if (urgent) {
      model.live().trimMemory();
    }
  }
}
