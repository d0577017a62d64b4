package org.frugal.app.benchmark;

import android.app.Activity;
import android.view.WindowManager;
import java.util.function.Consumer;

/**
 * Keeps a window lit, and as bright all the time, while a benchmark runs: a screen that goes dark, or that follows the
 * light in the room, would change what the phone draws by more than a network does.
 */
public final class ScreenLight implements Consumer<BenchmarkState> {
  private static final float HALF = 0.5f;

  private final Activity activity;

  public ScreenLight(Activity activity) {
    this.activity = activity;
  }

  @Override
  public void accept(BenchmarkState state) {
    boolean runs = state.running() != null;
    WindowManager.LayoutParams now = activity.getWindow().getAttributes();
    float wanted = runs ? HALF : WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_NONE;
    if (now.screenBrightness != wanted) {
      now.screenBrightness = wanted;
      activity.getWindow().setAttributes(now);
    }
    if (runs) {
      activity.getWindow().addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON);
    } else {
      activity.getWindow().clearFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON);
    }
  }
}
