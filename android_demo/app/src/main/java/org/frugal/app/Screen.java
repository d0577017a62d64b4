package org.frugal.app;

import android.net.Uri;
import android.view.View;

/** One of the app's screens, as long as it is on display. */
public abstract class Screen {
  private final View view;

  protected Screen(View view) {
    this.view = view;
  }

  public final View view() {
    return view;
  }

  /** Begins to watch its model. */
  public abstract void show();

  /** Stops watching; its views are not used any more, or not for a while. */
  public abstract void hide();

  /** A person has picked a file for this screen. */
  public void picked(Uri file) {}

  /** A person has answered the request for a permission. */
  public void permission(String name, boolean granted) {}

  protected final <T extends View> T find(int id) {
    return view.findViewById(id);
  }

  /** Takes up room or does not. */
  public static void showIf(boolean condition, View... views) {
    for (View each : views) {
      each.setVisibility(condition ? View.VISIBLE : View.GONE);
    }
  }
}
