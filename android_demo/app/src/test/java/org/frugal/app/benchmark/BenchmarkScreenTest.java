package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.app.Notification;
import android.app.Service;
import android.content.Intent;
import android.content.pm.ActivityInfo;
import android.widget.RadioButton;
import android.widget.RadioGroup;
import android.widget.Switch;
import java.util.stream.IntStream;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.budget.BudgetSettings;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.shadows.ShadowLooper;
import org.robolectric.shadows.ShadowPowerManager;

@RunWith(RobolectricTestRunner.class)
public class BenchmarkScreenTest {
  static final BenchmarkSettings SHORT =
      new BenchmarkSettings("max_min_digits", true, "max_min_digits_static", 2, false, 24, 0, 0.2, 1);
  private static final BenchmarkSettings LONG =
      new BenchmarkSettings("epnet_max_min_hidden", false, null, 1, true, 1, 3600, 0, 0);

  @Test
  public void theStaticNetworkIsComparedWithUnlessAPersonDecidesOtherwise() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      RadioGroup baselines = screen.find(R.id.baselines);
      RadioButton first = (RadioButton) baselines.getChildAt(0);
      assertEquals("Its static network", first.getText().toString());
      assertTrue(first.isChecked());
      assertFalse(screen.shows(R.id.static_missing));
      baselines.getChildAt(1).performClick();
      screen.controller().recreate();
      OnScreen.settle();
      assertTrue("nothing else", ((RadioButton) screen.<RadioGroup>find(R.id.baselines).getChildAt(1)).isChecked());
      OnScreen.app().bundles().choose("max_min_digits");
      OnScreen.settle();
      assertEquals("max_min_digits_static", OnScreen.app().benchmark().draft().baseline());
      OnScreen.app().bundles().choose("lite0_cifar10");
      OnScreen.settle();
      assertEquals("lite0_cifar10_static", OnScreen.app().benchmark().draft().baseline());
      assertEquals("lite0_cifar10_smaller", OnScreen.app().benchmark().draft().smaller());
    }
  }

  @Test
  public void aBundleWithoutItsStaticNetworkSaysWhereToGetIt() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      screen.click(R.id.tab_bundles);
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      screen.click(R.id.tab_benchmark);
      assertEquals(
          "The static network of hand_made, the same trunk without exits, is not here. tools/static_network.py makes "
              + "it from the bundle; add it under Bundles as hand_made_static.",
          screen.text(R.id.static_missing));
      assertNull(OnScreen.app().benchmark().draft().baseline());
      OnScreen.app().bundles().choose("max_min_digits_static");
      OnScreen.settle();
      assertFalse("a static network has none", screen.shows(R.id.static_missing));
    }
  }

  @Test
  public void aBundleWithoutSamplesCannotBeMeasuredAndSaysSo() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").withoutGoldens().bytes());
      screen.click(R.id.tab_benchmark);
      measure(OnScreen.app().benchmark().draft());
      assertEquals(
          "benchmark: expected a bundle with samples to ask about, received hand_made",
          screen.text(R.id.benchmark_problem));
      assertTrue(screen.shows(R.id.no_reports));
    }
  }

  private static RadioButton choice(RadioGroup group, String text) {
    return IntStream.range(0, group.getChildCount()).mapToObj(i -> (RadioButton) group.getChildAt(i))
        .filter(button -> button.getText().toString().equals(text)).findFirst().orElseThrow();
  }

  @Test
  public void aComparisonThatWasRemovedIsNotMade() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      OnScreen.app().bundles().choose("max_min_digits");
      screen.click(R.id.tab_benchmark);
      RadioGroup baselines = screen.find(R.id.baselines);
      choice(baselines, "hand_made").performClick();
      assertEquals("hand_made", OnScreen.app().benchmark().draft().baseline());
      OnScreen.app().bundles().remove("hand_made");
      OnScreen.settle();
      for (int i = 0; i < baselines.getChildCount(); i++) {
        assertFalse(((RadioButton) baselines.getChildAt(i)).getText().toString().equals("hand_made"));
      }
      assertTrue(((RadioButton) baselines.getChildAt(0)).isChecked());
      assertEquals("max_min_digits_static", OnScreen.app().benchmark().draft().baseline());
      OnScreen.app().bundles().choose("lite0_cifar10");
      OnScreen.settle();
      assertEquals("lite0_cifar10_static", OnScreen.app().benchmark().draft().baseline());
      assertEquals("lite0_cifar10_smaller", OnScreen.app().benchmark().draft().smaller());
    }
  }

  @Test
  public void aTapOnTheNotificationShowsTheBenchmarkInTheWindowThatIsThere() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      BenchmarkModel model = OnScreen.app().benchmark();
      model.start(LONG, BudgetSettings.DEFAULT);
      ServiceController<BenchmarkService> service = Robolectric.buildService(BenchmarkService.class);
      service.create().startCommand(0, 0);
      Notification shown = Shadows.shadowOf(service.get()).getLastForegroundNotification();
      screen.controller().newIntent(Shadows.shadowOf(shown.contentIntent).getSavedIntent());
      OnScreen.settle();
      assertTrue(screen.<RadioButton>find(R.id.tab_benchmark).isChecked());
      assertTrue(screen.shows(R.id.running));
      ActivityInfo window = screen.activity().getPackageManager()
          .getActivityInfo(screen.activity().getComponentName(), 0);
      assertEquals("no second window above the first", ActivityInfo.LAUNCH_SINGLE_TOP, window.launchMode);
      model.cancel();
      join(model);
      service.destroy();
    }
  }

  @Test
  public void aCancelledBenchmarkLeavesNoReport() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      BenchmarkModel model = OnScreen.app().benchmark();
      model.start(LONG, BudgetSettings.DEFAULT);
      assertTrue(screen.shows(R.id.cancel));
      assertFalse(screen.find(R.id.start).isEnabled());
      screen.find(R.id.cancel).performClick();
      join(model);
      assertFalse(screen.shows(R.id.running));
      assertTrue(screen.shows(R.id.no_reports));
      assertNull(model.state().get().problem());
    }
  }

  @Test
  public void aBundleThatIsGoneIsSaid() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      measure(BenchmarkSettings.of("gone"));
      String problem = screen.text(R.id.benchmark_problem);
      assertTrue(problem, problem.contains("expected a bundle"));
      measure(new BenchmarkSettings("max_min_digits", false, "gone", 1, true, 8, 0, 0, 0));
      assertTrue(screen.text(R.id.benchmark_problem).contains("expected a bundle"));
      assertTrue("half a benchmark is none", screen.shows(R.id.no_reports));
    }
  }

  @Test
  public void theServiceIsInTheForegroundWhileABenchmarkRunsAndNoLonger() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      BenchmarkModel model = OnScreen.app().benchmark();
      model.start(LONG, BudgetSettings.DEFAULT);
      ServiceController<BenchmarkService> service = Robolectric.buildService(BenchmarkService.class);
      service.create().startCommand(0, 0);
      Service running = service.get();
      assertNotNull(Shadows.shadowOf(running).getLastForegroundNotification());
      assertEquals("Cancel", Shadows.shadowOf(running).getLastForegroundNotification().actions[0].title.toString());
      service.withIntent(new Intent("org.frugal.app.CANCEL_BENCHMARK")).startCommand(0, 1);
      join(model);
      assertTrue(Shadows.shadowOf(running).isStoppedBySelf());
      service.destroy();
      assertNull(model.state().get().running());
      assertTrue(screen.find(R.id.start).isEnabled());
    }
  }

  @Test
  public void theSwitchesAreTheSettingsAndStayOverTabsAndRotation() {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      screen.<Switch>find(R.id.xnnpack).setChecked(false);
      screen.<RadioGroup>find(R.id.threads).check(R.id.threads_4);
      screen.<Switch>find(R.id.sustained).setChecked(true);
      // Behind its static network, nothing else, and the smaller static network comes the next bundle.
      screen.<RadioGroup>find(R.id.baselines).getChildAt(3).performClick();
      screen.click(R.id.tab_live);
      screen.click(R.id.tab_benchmark);
      screen.controller().recreate();
      screen.find(R.id.start).performClick();
      BenchmarkModel model = OnScreen.app().benchmark();
      assertEquals(
          new BenchmarkSettings("epnet_max_min_hidden", true, "epnet_multi_scale", 4, false, 1024, 60, 600, 0),
          model.state().get().running());
      Intent service = Shadows.shadowOf(RuntimeEnvironment.getApplication()).getNextStartedService();
      assertEquals(BenchmarkService.class.getName(), service.getComponent().getClassName());
      model.cancel();
      join(model);
    }
  }

  @Test
  public void moreThreadsAreOfferedOnlyWhereTheyAreUsed() {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      assertFalse(screen.find(R.id.threads_2).isEnabled() || screen.find(R.id.threads_4).isEnabled());
      assertTrue(screen.shows(R.id.one_thread));
      screen.<Switch>find(R.id.xnnpack).setChecked(false);
      assertFalse(screen.shows(R.id.one_thread));
      screen.<RadioGroup>find(R.id.threads).check(R.id.threads_4);
      assertEquals(4, OnScreen.app().benchmark().draft().threads());
      screen.<Switch>find(R.id.xnnpack).setChecked(true);
      assertEquals(1, OnScreen.app().benchmark().draft().threads());
      assertTrue(screen.<RadioButton>find(R.id.threads_1).isChecked());
    }
  }

  @Test
  public void aServiceThatIsTakenDownEndsTheBenchmarkAndLetsThePhoneSleep() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      BenchmarkModel model = OnScreen.app().benchmark();
      model.start(LONG, BudgetSettings.DEFAULT);
      ServiceController<BenchmarkService> service = Robolectric.buildService(BenchmarkService.class);
      service.create().startCommand(0, 0);
      assertTrue(ShadowPowerManager.getLatestWakeLock().isHeld());
      service.destroy();
      join(model);
      assertFalse(ShadowPowerManager.getLatestWakeLock().isHeld());
      assertTrue("it leaves no report", screen.shows(R.id.no_reports));
      assertFalse(screen.shows(R.id.running));
      measure(new BenchmarkSettings("max_min_digits", false, null, 1, true, 8, 0, 0, 0));
      assertFalse("the next one is not hurt", screen.shows(R.id.no_reports));
    }
  }

  @Test
  public void aScreenThatGoesAwayDoesNotEndIt() throws Exception {
    OnScreen screen = OnScreen.at(R.id.tab_benchmark);
    BenchmarkModel model = OnScreen.app().benchmark();
    model.start(LONG, BudgetSettings.DEFAULT);
    screen.close();
    ShadowLooper.idleMainLooper();
    assertEquals(LONG, model.state().get().running());
    try (OnScreen again = OnScreen.at(R.id.tab_benchmark)) {
      assertTrue(again.shows(R.id.running));
      assertTrue(again.text(R.id.progress_words), again.text(R.id.progress_words).matches("Chain, 3\\d{3} s left"));
      again.find(R.id.cancel).performClick();
      join(model);
      assertFalse(again.shows(R.id.running));
    }
  }

  @Test
  public void aSecondStartIsIgnoredWhileOneRuns() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      BenchmarkModel model = OnScreen.app().benchmark();
      model.start(LONG, BudgetSettings.DEFAULT);
      Thread first = model.thread();
      model.start(SHORT, BudgetSettings.DEFAULT);
      assertEquals(LONG, model.state().get().running());
      assertEquals(first, model.thread());
      model.cancel();
      join(model);
      assertTrue(screen.find(R.id.start).isEnabled());
    }
  }

  static void measure(BenchmarkSettings settings) {
    OnScreen.app().benchmark().start(settings, BudgetSettings.DEFAULT);
    join(OnScreen.app().benchmark());
  }

  static void join(BenchmarkModel model) {
    try {
      model.thread().join(60_000);
    } catch (InterruptedException error) {
      throw new IllegalStateException(error);
    }
    assertFalse("the benchmark hangs", model.thread().isAlive());
    ShadowLooper.idleMainLooper();
  }
}
