package org.frugal.app;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.shadows.ShadowLooper.idleMainLooper;

import android.app.Activity;
import android.content.Intent;
import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.net.Uri;
import android.os.BatteryManager;
import android.os.PowerManager;
import android.os.SystemClock;
import android.view.MotionEvent;
import android.view.View;
import android.view.ViewGroup;
import android.widget.TextView;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.robolectric.Robolectric;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.shadow.api.Shadow;
import org.robolectric.shadows.ShadowActivity;
import org.robolectric.shadows.ShadowBatteryManager;
import org.robolectric.shadows.ShadowPowerManager;

/** The app's window in a test, and what a person would do and see there. */
public final class OnScreen implements AutoCloseable {
  public static final Uri FILE = Uri.parse("content://storage/picked");

  private final ActivityController<MainActivity> controller = Robolectric.buildActivity(MainActivity.class);

  public OnScreen() {
    this(true);
  }

  private OnScreen(boolean settles) {
    controller.setup();
    if (settles) {
      settle();
    }
  }

  /** The window as it is before the app has done anything. */
  static OnScreen unsettled() {
    return new OnScreen(false);
  }

  /** The window with a tab chosen. */
  public static OnScreen at(int tab) {
    OnScreen screen = new OnScreen();
    screen.click(tab);
    return screen;
  }

  public static AppModel app() {
    return FrugalApp.model(RuntimeEnvironment.getApplication());
  }

  /** Waits until neither the worker nor the main thread has anything left to do. */
  public static void settle() {
    for (int i = 0; i < 6; i++) {
      CountDownLatch passed = new CountDownLatch(1);
      app().worker().thread().execute(passed::countDown);
      try {
        assertTrue("the worker is stuck", passed.await(60, TimeUnit.SECONDS));
      } catch (InterruptedException error) {
        throw new IllegalStateException(error);
      }
      idleMainLooper();
    }
  }

  /** Waits until every bundle has been looked at. */
  public static void settleAll() {
    app().bundles().lookAtAll();
    settle();
  }

  public MainActivity activity() {
    return controller.get();
  }

  public ActivityController<MainActivity> controller() {
    return controller;
  }

  public <T extends View> T find(int id) {
    return activity().findViewById(id);
  }

  public String text(int id) {
    return this.<TextView>find(id).getText().toString();
  }

  /** All that is written in a view, a line for each of its texts. */
  public String words(int id) {
    List<String> lines = new ArrayList<>();
    collect(find(id), lines);
    return String.join("\n", lines);
  }

  private static void collect(View view, List<String> lines) {
    if (view instanceof TextView text) {
      lines.add(text.getText().toString());
    }
    for (int i = 0; view instanceof ViewGroup group && i < group.getChildCount(); i++) {
      collect(group.getChildAt(i), lines);
    }
  }

  public boolean shows(int id) {
    View view = find(id);
    return view != null && view.isShown();
  }

  public void click(int id) {
    assertTrue("there is nothing to click on", shows(id));
    find(id).performClick();
    settle();
  }

  /** Clicks on a button that asks for a file, and picks one of this content. */
  public void pick(int button, byte[] content) {
    pick(button, () -> new ByteArrayInputStream(content));
  }

  /**
   * @param content opened anew each time that the app opens the file
   */
  public void pick(int button, Supplier<InputStream> content) {
    Shadows.shadowOf(activity().getContentResolver()).registerInputStreamSupplier(FILE, content);
    answerPicker(button, new Intent().setData(FILE));
  }

  /** Clicks on a button that asks for a file, and comes back with an answer of the system's picker. */
  public void answerPicker(int button, Intent answer) {
    click(button);
    ShadowActivity shadow = Shadows.shadowOf(activity());
    Intent asked = shadow.getNextStartedActivityForResult().intent;
    shadow.receiveResult(asked, answer == null ? Activity.RESULT_CANCELED : Activity.RESULT_OK, answer);
    settle();
  }

  /** The line of a bundle in the list of the Bundles screen. */
  public View bundle(String name) {
    ViewGroup items = find(R.id.items);
    for (int i = 0; i < items.getChildCount(); i++) {
      if (text(items.getChildAt(i), R.id.name).equals(name)) {
        return items.getChildAt(i);
      }
    }
    throw new AssertionError("expected the bundle " + name + " in the list, received none");
  }

  /** What a phone's own gauges say in this test. */
  public static ShadowBatteryManager battery() {
    return Shadow.extract(RuntimeEnvironment.getApplication().getSystemService(BatteryManager.class));
  }

  public static ShadowPowerManager power() {
    return Shadow.extract(RuntimeEnvironment.getApplication().getSystemService(PowerManager.class));
  }

  /** Touches a view; several places are one gesture, from down to up. */
  public static void touch(View view, float[]... places) {
    long now = SystemClock.uptimeMillis();
    for (int i = 0; i <= places.length; i++) {
      float[] at = places[Math.min(i, places.length - 1)];
      int action = i == 0 ? MotionEvent.ACTION_DOWN
          : i < places.length ? MotionEvent.ACTION_MOVE : MotionEvent.ACTION_UP;
      dispatch(view, MotionEvent.obtain(now, now, action, at[0], at[1], 0));
    }
    settle();
  }

  public static void dispatch(View view, MotionEvent event) {
    view.dispatchTouchEvent(event);
    event.recycle();
  }

  public static String text(View view, int id) {
    return view.<TextView>findViewById(id).getText().toString();
  }

  /** After a failure everything else goes on: a sample is asked about, and answered. */
  public void assertWorks() {
    click(R.id.tab_live);
    click(R.id.source_sample);
    click(R.id.next);
    assertTrue("there is no answer: " + text(R.id.problem), shows(R.id.answer));
    assertFalse(text(R.id.problem), shows(R.id.problem));
  }

  /** Draws the window into a file of the folder for screenshots. */
  public Bitmap screenshot(String name) throws IOException {
    return screenshot(activity(), name);
  }

  static Bitmap screenshot(Activity activity, String name) throws IOException {
    View window = activity.getWindow().getDecorView();
    window.jumpDrawablesToCurrentState(); // a button that was just chosen would be drawn as it begins to fill
    Bitmap bitmap = Bitmap.createBitmap(window.getWidth(), window.getHeight(), Bitmap.Config.ARGB_8888);
    window.draw(new Canvas(bitmap));
    File file = new File(System.getProperty("frugal.screenshots"), name + ".png");
    Files.createDirectories(file.getParentFile().toPath());
    try (FileOutputStream out = new FileOutputStream(file)) {
      assertTrue(bitmap.compress(Bitmap.CompressFormat.PNG, 100, out));
    }
    return bitmap;
  }

  /** How many pixels of what is seen of a view differ from its corner: text that was really drawn leaves ink. */
  public int ink(Bitmap bitmap, int id) {
    View view = find(id);
    int[] at = new int[2];
    view.getLocationInWindow(at);
    int top = Math.max(0, at[1]);
    int ground = bitmap.getPixel(at[0] + 1, top + 1);
    int ink = 0;
    for (int y = top; y < Math.min(bitmap.getHeight(), at[1] + view.getHeight()); y++) {
      for (int x = at[0]; x < at[0] + view.getWidth(); x++) {
        ink += bitmap.getPixel(x, y) == ground ? 0 : 1;
      }
    }
    return ink;
  }

  @Override
  public void close() {
    controller.close();
  }
}
