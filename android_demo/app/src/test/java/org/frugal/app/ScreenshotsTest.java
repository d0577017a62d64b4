package org.frugal.app;

import static org.junit.Assert.assertTrue;

import android.graphics.Bitmap;
import android.graphics.Rect;
import android.os.BatteryManager;
import android.widget.ScrollView;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.frugal.app.benchmark.BenchmarkModel;
import org.frugal.app.benchmark.BenchmarkSettings;
import org.frugal.app.budget.BudgetSettings;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.ParameterizedRobolectricTestRunner;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameter;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameters;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowLooper;

/**
 * Draws every screen, with answers of the real library: by day, by night, on a tablet upright and lying, in German,
 * in the pseudo-locale, from right to left, and with large type.
 */
@RunWith(ParameterizedRobolectricTestRunner.class)
@Config(application = FrugalApp.class)
public class ScreenshotsTest {
  private static final int SHOWN = 3; // a sample that leaves in the middle

  /** What the files' names end in. */
  @Parameter(0)
  public String ending;

  @Parameter(1)
  public String qualifiers;

  @Parameter(2)
  public float fontScale;

  @Parameters(name = "screen{0}")
  public static List<Object[]> looks() {
    return List.of(
        new Object[] {"", Screenshots.PHONE.formatted("notnight"), 1f},
        new Object[] {"_dark", Screenshots.PHONE.formatted("night"), 1f},
        new Object[] {"_tablet", Screenshots.TABLET.formatted("notnight"), 1f},
        new Object[] {"_tablet_dark", Screenshots.LYING.formatted("night"), 1f},
        new Object[] {"_german", "de-" + Screenshots.PHONE.formatted("notnight"), 1f},
        new Object[] {"_pseudo", "en-rXA-" + Screenshots.PHONE.formatted("notnight"), 1f},
        new Object[] {"_right_to_left", "ar-ldrtl-" + Screenshots.PHONE.formatted("notnight"), 1f},
        new Object[] {"_large_type", Screenshots.PHONE.formatted("notnight"), 1.6f});
  }

  private final Locale before = Locale.getDefault();

  @Before
  public void look() {
    RuntimeEnvironment.setQualifiers("+" + qualifiers);
    RuntimeEnvironment.setFontScale(fontScale);
    // As Android does for an app that begins.
    Locale.setDefault(RuntimeEnvironment.getApplication().getResources().getConfiguration().getLocales().get(0));
  }

  @After
  public void leave() {
    Locale.setDefault(before);
  }

  @Test
  public void live() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      // The first run of a fresh JVM is no run to show.
      for (int i = 0; i < SHOWN; i++) {
        screen.click(R.id.next);
      }
      Bitmap drawn = screen.screenshot("live" + ending);
      assertTrue(screen.ink(drawn, R.id.bundle) > 200);
      assertTrue(screen.ink(drawn, R.id.answer) > 100);
      drawn = end(screen, "live" + ending + "_curve");
      if (fontScale == 1f) { // else they are further up
        assertTrue(screen.ink(drawn, R.id.path) > 5000);
        assertTrue(screen.ink(drawn, R.id.share_words) > 500);
        assertTrue(screen.ink(drawn, R.id.live_curve) > 1000);
      }
      assertTrue(screen.ink(drawn, R.id.race) > 300);
    }
  }

  @Test
  public void budget() throws Exception {
    OnScreen.battery().setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 34);
    try (OnScreen screen = new OnScreen()) {
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.with(BudgetSettings.Choice.AUTOMATIC).withLatencyMillis(4.0));
      screen.click(R.id.tab_budget);
      screen.click(R.id.play);
      ShadowLooper.idleMainLooper(5, TimeUnit.SECONDS);
      Bitmap drawn = screen.screenshot("budget" + ending);
      assertTrue(screen.ink(drawn, R.id.energy_words) > 300);
      drawn = at(screen, R.id.decision, "budget" + ending + "_decision");
      assertTrue(screen.ink(drawn, R.id.decision) > 300);
      drawn = end(screen, "budget" + ending + "_trace");
      assertTrue(screen.ink(drawn, R.id.trace) > 2000);
      assertTrue(screen.ink(drawn, R.id.trace_step) > 300);
    }
  }

  @Test
  public void benchmark() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.tab_benchmark);
      BenchmarkModel model = OnScreen.app().benchmark();
      // As long as it takes to be worth looking at, where somebody will look.
      boolean kept = Screenshots.areKept();
      model.start(
          new BenchmarkSettings(
              "lite0_cifar10", true, "lite0_cifar10_static", 1, true, kept ? 1024 : 64, kept ? 1 : 0, kept ? 3 : 1, 0)
              .withSmaller("lite0_cifar10_smaller"),
          BudgetSettings.DEFAULT);
      while (model.state().get().running() != null) {
        Thread.sleep(50);
        ShadowLooper.idleMainLooper();
      }
      Bitmap drawn = screen.screenshot("benchmark" + ending);
      assertTrue(screen.ink(drawn, R.id.threads) > 500);
      drawn = end(screen, "benchmark" + ending + "_report");
      assertTrue(screen.ink(drawn, R.id.report_curve) > 1000);
    }
  }

  @Test
  public void bundles() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.tab_bundles);
      Bitmap drawn = screen.screenshot("bundles" + ending);
      assertTrue(screen.ink(drawn, R.id.items) > 5000);
      screen.<ScrollView>find(R.id.page).scrollTo(0, screen.find(R.id.details).getTop());
      OnScreen.settle();
      drawn = screen.screenshot("bundles" + ending + "_points");
      assertTrue(screen.ink(drawn, R.id.curve) > 1000);
      if (ending.isEmpty() || ending.equals("_right_to_left") || ending.equals("_dark") && Screenshots.areKept()) {
        end(screen, "bundles" + ending + "_card");
      }
    }
  }

  /** Draws the screen from a view on. */
  static Bitmap at(OnScreen screen, int id, String name) throws IOException {
    ScrollView page = screen.find(R.id.page);
    Rect place = new Rect();
    page.offsetDescendantRectToMyCoords(screen.find(id), place);
    page.scrollTo(0, place.top);
    OnScreen.settle();
    return screen.screenshot(name);
  }

  /** The page's end, where it does not fit on the screen. */
  static Bitmap end(OnScreen screen, String name) throws IOException {
    screen.<ScrollView>find(R.id.page).scrollTo(0, 100_000);
    OnScreen.settle();
    return screen.screenshot(name);
  }
}
