package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;
import android.util.Log;
import android.view.View;
import android.view.ViewGroup;
import android.widget.SeekBar;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.shadows.ShadowActivity;
import org.robolectric.shadows.ShadowActivity.IntentForResult;
import org.robolectric.shadows.ShadowLog;
import org.robolectric.shadows.ShadowLooper;

/** Random taps, turns of the phone and ends of the process: the app makes no mistake, and works afterwards. */
@RunWith(RobolectricTestRunner.class)
public class MonkeyTest {
  private static final int STEPS = 150;

  private final List<String> done = new ArrayList<>();
  private final TreeSet<String> tapped = new TreeSet<>();
  private ActivityController<MainActivity> window;
  private Random random;
  private boolean lying;

  @Test
  public void nothingThatAHandDoesBreaksTheApp() throws Exception {
    random = new Random(20);
    window = Robolectric.buildActivity(MainActivity.class).setup();
    OnScreen.settleAll();
    for (int i = 0; i < STEPS; i++) {
      try {
        step();
        assertEquals(List.of(), mistakes());
        assertFalse("the window is gone", window.get().isFinishing());
      } catch (Throwable error) {
        throw new AssertionError("step " + i + ": " + done.get(done.size() - 1) + ", after " + done, error);
      }
    }
    for (String kind : List.of("turn", "leave", "end of the process", "tap tab_live", "tap tab_bundles",
        "tap tab_budget", "tap tab_benchmark", "tap tab_teach")) {
      assertTrue("not done: " + kind + ", but " + tapped, tapped.contains(kind));
    }
    answersAreGivenAsBefore();
  }

  /** What the app says of itself that nobody expected. */
  private static List<String> mistakes() {
    List<String> mistakes = new ArrayList<>();
    for (ShadowLog.LogItem item : ShadowLog.getLogsForTag(Failures.LOG)) {
      if (item.type >= Log.ERROR) {
        mistakes.add(item.msg + ": " + item.throwable);
      }
    }
    return mistakes;
  }

  private void answersAreGivenAsBefore() {
    window.get().choose(R.id.tab_bundles);
    OnScreen.app().bundles().choose("max_min_digits");
    OnScreen.settle();
    window.get().choose(R.id.tab_live);
    window.get().findViewById(R.id.source_sample).performClick();
    OnScreen.settle();
    assertNotNull(OnScreen.app().live().state().get().problem(), OnScreen.app().live().state().get().answer());
  }

  private void step() throws InterruptedException {
    switch (random.nextInt(20)) {
      case 0 -> turn();
      case 1 -> leave();
      case 2 -> die();
      case 3, 4, 5 -> tap(window.get().findViewById(tab()));
      default -> tap(anything());
    }
    answerPicker();
    endBenchmark();
  }

  private void note(String what) {
    done.add(what);
    tapped.add(what);
  }

  private int tab() {
    return new int[] {
        R.id.tab_live, R.id.tab_bundles, R.id.tab_budget, R.id.tab_benchmark, R.id.tab_teach
    }[random.nextInt(5)];
  }

  private View anything() {
    List<View> found = new ArrayList<>();
    collect(window.get().getWindow().getDecorView(), found);
    return found.get(random.nextInt(found.size()));
  }

  private static void collect(View view, List<View> found) {
    boolean takesTouches = view.isClickable() || view instanceof SeekBar
        || view.getClass().getName().startsWith("org.frugal");
    if (view.isShown() && view.isEnabled() && takesTouches && view.getWidth() > 0 && view.getHeight() > 0) {
      found.add(view);
    }
    for (int i = 0; view instanceof ViewGroup group && i < group.getChildCount(); i++) {
      collect(group.getChildAt(i), found);
    }
  }

  private void tap(View view) {
    boolean named = view.getId() >>> 24 != 0 && view.getId() != View.NO_ID; // others were numbered when they were made
    String name = named ? view.getResources().getResourceEntryName(view.getId()) : view.getClass().getSimpleName();
    note("tap " + name);
    OnScreen.touch(view, new float[] {random.nextFloat() * view.getWidth(), random.nextFloat() * view.getHeight()});
  }

  private void turn() {
    note("turn");
    lying = !lying;
    RuntimeEnvironment.setQualifiers(lying ? "+land" : "+port");
    window.recreate();
    OnScreen.settle();
  }

  private void leave() {
    note("leave");
    window.pause().stop().restart().resume();
    OnScreen.settle();
  }

  /** The system ends the process while the app is behind another one, once what is open has been seen. */
  private void die() {
    note("end of the process");
    ShadowLooper.idleMainLooper(2, TimeUnit.SECONDS);
    OnScreen.settle();
    Bundle saved = new Bundle();
    window.pause().stop().saveInstanceState(saved).destroy();
    RuntimeEnvironment.getApplication().onTerminate();
    RuntimeEnvironment.getApplication().onCreate();
    window = Robolectric.buildActivity(MainActivity.class).create(saved).start().resume().visible();
    OnScreen.settle();
  }

  /** A picker that was opened comes back without a file, or with one that is nothing. */
  private void answerPicker() {
    ShadowActivity shadow = Shadows.shadowOf(window.get());
    for (IntentForResult asked = shadow.getNextStartedActivityForResult(); asked != null;
        asked = shadow.getNextStartedActivityForResult()) {
      if (String.valueOf(asked.intent.getAction()).startsWith("android.intent.action.")) {
        boolean picked = random.nextBoolean();
        Shadows.shadowOf(window.get().getContentResolver())
            .registerInputStreamSupplier(OnScreen.FILE, () -> new ByteArrayInputStream(new byte[] {80, 75, 3, 4}));
        shadow.receiveResult(asked.intent, picked ? Activity.RESULT_OK : Activity.RESULT_CANCELED,
            picked ? new Intent().setData(OnScreen.FILE) : null);
        OnScreen.settle();
      }
    }
  }

  private static void endBenchmark() throws InterruptedException {
    OnScreen.app().benchmark().cancel();
    for (int i = 0; OnScreen.app().benchmark().state().get().running() != null; i++) {
      assertTrue("a benchmark does not end", i < 6000);
      Thread.sleep(10);
      ShadowLooper.idleMainLooper();
    }
  }
}
