package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import android.graphics.Color;
import android.view.View;
import android.view.ViewGroup;
import android.widget.RadioButton;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import org.frugal.app.benchmark.BenchmarkSettings;
import org.frugal.app.budget.BudgetSettings;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.shadows.ShadowLooper;

/** Whether everything can be read, hit and heard: by day and by night, with large type, with a screen reader. */
@RunWith(RobolectricTestRunner.class)
public class LooksTest {
  private static final int[] TABS = {
    R.id.tab_live, R.id.tab_teach, R.id.tab_budget, R.id.tab_benchmark, R.id.tab_bundles
  };
  private static final int[] SOURCES = {R.id.source_sample, R.id.source_pad, R.id.source_gallery, R.id.source_camera};
  /** The least contrast of text in the Web Content Accessibility Guidelines, level AA. */
  private static final double LEAST_CONTRAST = 4.5;
  /** The least side of what is touched, in Android's guidelines. */
  private static final int LEAST_DP = 48;

  @Test
  public void everyColourOfTextCanBeReadByDayAndByNight() {
    int[][] onGround = {
      {R.color.text, R.color.background}, {R.color.text, R.color.surface}, {R.color.text_quiet, R.color.background},
      {R.color.text_quiet, R.color.surface}, {R.color.accent, R.color.background}, {R.color.accent, R.color.surface},
      {R.color.good, R.color.surface}, {R.color.bad, R.color.surface}, {R.color.bad, R.color.background},
      {R.color.exit, R.color.surface}, {R.color.exit, R.color.background}, {R.color.on_accent, R.color.accent},
      {R.color.on_exit, R.color.exit}, {R.color.on_class, R.color.class_0}, {R.color.on_class, R.color.class_1},
      {R.color.on_class, R.color.class_2}, {R.color.on_class, R.color.class_3}, {R.color.on_class, R.color.class_4},
      {R.color.on_class, R.color.class_5}, {R.color.text_quiet, R.color.track}
    };
    List<Integer> grounds = new ArrayList<>();
    for (String look : List.of("+notnight", "+night")) {
      RuntimeEnvironment.setQualifiers(look);
      Context context = RuntimeEnvironment.getApplication();
      for (int[] pair : onGround) {
        double contrast = contrast(context.getColor(pair[0]), context.getColor(pair[1]));
        String words = context.getResources().getResourceEntryName(pair[0]) + " on "
            + context.getResources().getResourceEntryName(pair[1]) + look + ": " + contrast;
        assertTrue(words, contrast >= LEAST_CONTRAST);
      }
      grounds.add(context.getColor(R.color.background));
    }
    assertTrue("light by day", Color.luminance(grounds.get(0)) > 0.8);
    assertTrue("dark by night", Color.luminance(grounds.get(1)) < 0.1);
  }

  @Test
  public void everythingThatCanBeTouchedIsLargeEnoughAndHasAName() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      report();
      float density = screen.activity().getResources().getDisplayMetrics().density;
      for (View view : onEveryScreen(screen)) {
        if (view.isClickable() && !(view instanceof TextView text && text.isTextSelectable())) {
          String name = describe(view);
          assertTrue(name, view.getWidth() >= LEAST_DP * density - 1 && view.getHeight() >= LEAST_DP * density - 1);
          assertFalse("nothing to be heard of " + name, spoken(view).isEmpty());
        }
      }
    }
  }

  @Test
  public void aScreenReaderHearsEveryDiagramAndPicture() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      report();
      int drawn = 0;
      for (View view : onEveryScreen(screen)) {
        boolean silent = view.getImportantForAccessibility() == View.IMPORTANT_FOR_ACCESSIBILITY_NO;
        if (!(view instanceof TextView) && !(view instanceof ViewGroup) && view.getId() != View.NO_ID && !silent) {
          boolean isProgress = view.getId() == R.id.progress;
          assertTrue("nothing to be heard of " + describe(view), isProgress || !spoken(view).isEmpty());
          drawn++;
        }
      }
      assertTrue("picture, path, pad, sliders, trace, curves: " + drawn, drawn >= 9);
    }
  }

  @Test
  public void aRotationKeepsTheTab() {
    try (OnScreen screen = new OnScreen()) {
      for (int tab : TABS) {
        screen.click(tab);
        RuntimeEnvironment.setQualifiers("+land");
        screen.controller().recreate();
        OnScreen.settle();
        assertTrue(screen.<RadioButton>find(tab).isChecked());
        RuntimeEnvironment.setQualifiers("+port");
      }
      assertTrue("its screen is the one on display", screen.shows(R.id.items));
      assertEquals("and no other", 1, screen.<ViewGroup>find(R.id.screen).getChildCount());
    }
  }

  /** Something to show in the list of reports. */
  static void report() throws InterruptedException {
    OnScreen.settleAll();
    OnScreen.app().benchmark().start(
        new BenchmarkSettings("max_min_digits", false, null, 1, true, 4, 0, 0.1, 0), BudgetSettings.DEFAULT);
    while (OnScreen.app().benchmark().state().get().running() != null) {
      Thread.sleep(20);
      ShadowLooper.idleMainLooper();
    }
  }

  /** What is visible on each screen in turn; views of a screen that was left keep their size. */
  static List<View> onEveryScreen(OnScreen screen) {
    List<View> views = new ArrayList<>();
    for (int source : SOURCES) {
      screen.click(source);
      collect(screen.find(android.R.id.content), views);
    }
    screen.click(R.id.source_sample);
    for (int tab : TABS) {
      screen.click(tab);
      collect(screen.find(android.R.id.content), views);
    }
    return views;
  }

  private static void collect(View view, List<View> into) {
    if (view.isShown()) {
      into.add(view);
      for (int i = 0; view instanceof ViewGroup group && i < group.getChildCount(); i++) {
        collect(group.getChildAt(i), into);
      }
    }
  }

  private static String spoken(View view) {
    CharSequence label = view.getContentDescription();
    if (label == null && view instanceof TextView text) {
      // Of an empty field a reader says the hint.
      label = text.length() == 0 && text.getHint() != null ? text.getHint() : text.getText();
    }
    return label == null ? "" : label.toString();
  }

  static String describe(View view) {
    String id = view.getId() == View.NO_ID || (view.getId() & 0xFF000000) == 0 ? "?"
        : view.getResources().getResourceEntryName(view.getId());
    return view.getClass().getSimpleName() + " " + id + " \"" + spoken(view) + "\" of " + view.getWidth() + " by "
        + view.getHeight();
  }

  private static double contrast(int one, int other) {
    double lighter = Math.max(Color.luminance(one), Color.luminance(other));
    double darker = Math.min(Color.luminance(one), Color.luminance(other));
    return (lighter + 0.05) / (darker + 0.05);
  }
}
