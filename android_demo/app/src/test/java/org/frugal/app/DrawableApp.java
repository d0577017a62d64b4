package org.frugal.app;

import android.content.Context;
import android.content.SharedPreferences;

/** The app of somebody who has chosen the bundle of digits before: they can be drawn. */
public final class DrawableApp extends FrugalApp {
  private static final String DIGITS = "epnet_max_min_hidden";

  @Override
  public void onCreate() {
    SharedPreferences kept = getSharedPreferences("app", Context.MODE_PRIVATE);
    if (!kept.contains(AppModel.CHOSEN)) {
      kept.edit().putString(AppModel.CHOSEN, DIGITS).commit();
    }
    super.onCreate();
  }
}
