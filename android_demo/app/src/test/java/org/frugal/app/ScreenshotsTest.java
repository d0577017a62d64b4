package org.frugal.app;

import static org.junit.Assert.assertTrue;

import android.graphics.Bitmap;
import android.os.BatteryManager;
import android.widget.ScrollView;
import java.util.concurrent.TimeUnit;
import org.frugal.app.benchmark.BenchmarkModel;
import org.frugal.app.benchmark.BenchmarkSettings;
import org.frugal.app.budget.BudgetSettings;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.shadow.api.Shadow;
import org.robolectric.shadows.ShadowBatteryManager;
import org.robolectric.shadows.ShadowLooper;

/** Draws every screen, light and dark, with answers of the real library. */
@RunWith(RobolectricTestRunner.class)
@Config(qualifiers = "w411dp-h891dp-hdpi")
public class ScreenshotsTest {
  @Test
  public void live() throws Exception {
    drawLive("live");
  }

  @Test
  @Config(qualifiers = "+night")
  public void liveDark() throws Exception {
    drawLive("live_dark");
  }

  @Test
  public void budget() throws Exception {
    drawBudget("budget");
  }

  @Test
  @Config(qualifiers = "+night")
  public void budgetDark() throws Exception {
    drawBudget("budget_dark");
  }

  private static void drawBudget(String name) throws Exception {
    ShadowBatteryManager battery =
        Shadow.extract(RuntimeEnvironment.getApplication().getSystemService(BatteryManager.class));
    battery.setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 34);
    try (OnScreen screen = new OnScreen()) {
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.with(BudgetSettings.Choice.AUTOMATIC).withLatencyMillis(4.0));
      screen.click(R.id.tab_budget);
      screen.click(R.id.play);
      ShadowLooper.idleMainLooper(5, TimeUnit.SECONDS);
      Bitmap drawn = screen.screenshot(name);
      assertTrue(screen.ink(drawn, R.id.decision) > 300);
      screen.<ScrollView>find(R.id.page).scrollTo(0, 100_000);
      OnScreen.settle();
      drawn = screen.screenshot(name + "_trace");
      assertTrue(screen.ink(drawn, R.id.trace) > 2000);
      assertTrue(screen.ink(drawn, R.id.trace_step) > 300);
    }
  }

  @Test
  public void benchmark() throws Exception {
    drawBenchmark("benchmark");
  }

  @Test
  @Config(qualifiers = "+night")
  public void benchmarkDark() throws Exception {
    drawBenchmark("benchmark_dark");
  }

  private static void drawBenchmark(String name) throws Exception {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.tab_benchmark);
      BenchmarkModel model = OnScreen.app().benchmark();
      model.start(
          new BenchmarkSettings("epnet_max_min_hidden", true, null, 1, true, 1024, 1, 3, 0), BudgetSettings.DEFAULT);
      while (model.state().get().running() != null) {
        Thread.sleep(50);
        ShadowLooper.idleMainLooper();
      }
      Bitmap drawn = screen.screenshot(name);
      assertTrue(screen.ink(drawn, R.id.threads) > 500);
      screen.<ScrollView>find(R.id.page).scrollTo(0, 100_000);
      OnScreen.settle();
      drawn = screen.screenshot(name + "_report");
      assertTrue(screen.ink(drawn, R.id.report_lines) > 1000);
      assertTrue(screen.ink(drawn, R.id.report_curve) > 1000);
    }
  }

  @Test
  public void bundles() throws Exception {
    drawBundles("bundles");
  }

  @Test
  @Config(qualifiers = "+night")
  public void bundlesDark() throws Exception {
    drawBundles("bundles_dark");
  }

  private static void drawBundles(String name) throws Exception {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.tab_bundles);
      Bitmap drawn = screen.screenshot(name);
      assertTrue(screen.ink(drawn, R.id.curve) > 1000);
      assertTrue(screen.ink(drawn, R.id.items) > 5000);
    }
  }

  @Test
  @Config(qualifiers = "w800dp-h1280dp-mdpi")
  public void liveOnATablet() throws Exception {
    drawLive("live_tablet");
  }

  private static void drawLive(String name) throws Exception {
    try (OnScreen screen = new OnScreen()) {
      // The first run of a fresh JVM is no run to show.
      for (int i = 0; i < 6; i++) {
        screen.click(R.id.next);
      }
      Bitmap drawn = screen.screenshot(name);
      assertTrue(screen.ink(drawn, R.id.answer) > 100);
      assertTrue(screen.ink(drawn, R.id.path) > 5000);
      assertTrue(screen.ink(drawn, R.id.share_words) > 500);
    }
  }
}
