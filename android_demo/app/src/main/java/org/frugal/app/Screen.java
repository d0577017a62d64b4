package org.frugal.app;

import android.net.Uri;
import android.view.View;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One of the app's screens, as long as it is on display. */
public abstract class Screen {
  protected final MainActivity activity;
  protected final AppModel app;
  private final View view;
  private final List<Runnable> whenShown = new ArrayList<>();
  private final List<Runnable> whenHidden = new ArrayList<>();

  protected Screen(MainActivity activity, AppModel app, View view) {
    this.activity = activity;
    this.app = app;
    this.view = view;
  }

  public final View view() {
    return view;
  }

  /** Watches a value while this is shown: one that nobody sees must not draw, and may have lost its views. */
  protected final <T> void watch(Watched<T> value, Consumer<T> watcher) {
    whenShown.add(() -> value.watch(watcher));
    whenHidden.add(() -> value.unwatch(watcher));
  }

  /** It is on display from now on. */
  public void show() {
    whenShown.forEach(Runnable::run);
  }

  /** Its views are not used any more, or not for a while. */
  public void hide() {
    whenHidden.forEach(Runnable::run);
  }

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
