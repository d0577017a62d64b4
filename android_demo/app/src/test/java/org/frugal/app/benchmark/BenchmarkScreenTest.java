package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.app.Service;
import android.content.Intent;
import android.net.Uri;
import android.view.ViewGroup;
import android.widget.RadioButton;
import android.widget.RadioGroup;
import android.widget.Switch;
import android.widget.TextView;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.budget.Trace;
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
  private static final BenchmarkSettings SHORT =
      new BenchmarkSettings("max_min_digits", true, "max_min_digits_static", 2, false, 24, 0, 0.2, 1);
  private static final BenchmarkSettings LONG =
      new BenchmarkSettings("epnet_max_min_hidden", false, null, 1, true, 1, 3600, 0, 0);

  @Test
  public void aReportHoldsWhatWasMeasuredAndTheListShowsIt() throws Exception {
    try (OnScreen screen = benchmark()) {
      measure(SHORT);
      BenchmarkState state = OnScreen.app().benchmark().state().get();
      assertNull(state.problem());
      JsonObject report = Json.parse(new String(Files.readAllBytes(state.last()))).asObject();
      assertEquals("2.16.1", report.getString("tensorflow_lite", ""));
      assertEquals(3, report.get("results").asArray().size());
      JsonObject chain = report.get("results").asArray().get(0).asObject();
      JsonObject full = report.get("results").asArray().get(1).asObject();
      assertTrue(chain.getDouble("mean_macs", 0) < full.getDouble("mean_macs", 0));
      assertEquals(24, full.get("exits").asObject().getInt("exit_12", 0));
      JsonObject whole = report.get("results").asArray().get(2).asObject();
      assertEquals("static_network", whole.getString("measured", ""));
      assertEquals(4_122_448, whole.getDouble("mean_macs", 0), 0);
      assertEquals(24, whole.get("exits").asObject().getInt("answer", 0));
      assertEquals("no_counter", report.get("energy").asObject().getString("unknown", ""));
      assertTrue("a latency and a reading", Trace.read(report.toString()).events().size() >= 2);
      TextView lines = screen.<ViewGroup>find(R.id.reports).findViewById(R.id.report_lines);
      String words = lines.getText().toString();
      assertTrue(words, words.startsWith("Chain, balanced\np50"));
      assertTrue(words, words.contains("\n\nStatic network, static\np50"));
      assertTrue(words, words.matches("(?s).*\\n\\nChain: [\\d.]+\u00a0% of the static network's p50, "
          + "[\\d.]+\u00a0% of its multiply-adds\\."));
      assertTrue(screen.shows(R.id.report_curve));
      assertEquals("No energy: this phone has no charge counter.", screen.text(R.id.report_energy));
    }
  }

  @Test
  public void anotherBundleIsAskedAboutItsOwnSamplesAndNamed() throws Exception {
    try (OnScreen screen = benchmark()) {
      measure(new BenchmarkSettings("epnet_max_min_hidden", false, "max_min_digits", 1, true, 8, 0, 0, 0));
      TextView lines = screen.<ViewGroup>find(R.id.reports).findViewById(R.id.report_lines);
      String words = lines.getText().toString();
      assertTrue(words, words.contains("\n\ndemo-int8, balanced\np50"));
      assertTrue(words, words.endsWith("\n\nNot compared with the static network."));
      assertFalse("no energy was asked for", screen.shows(R.id.report_energy));
      assertFalse("and no curve", screen.shows(R.id.report_curve));
    }
  }

  @Test
  public void aReportIsSharedAsAFileThatCanBeReadAndRemoved() throws Exception {
    try (OnScreen screen = benchmark()) {
      measure(SHORT);
      Path file = OnScreen.app().benchmark().state().get().last();
      screen.click(R.id.share_report);
      Intent chooser = Shadows.shadowOf(screen.activity()).getNextStartedActivity();
      assertEquals(Intent.ACTION_CHOOSER, chooser.getAction());
      Intent send = chooser.getParcelableExtra(Intent.EXTRA_INTENT);
      Uri uri = send.getParcelableExtra(Intent.EXTRA_STREAM);
      assertEquals("content://org.frugal.app.reports/" + file.getFileName(), uri.toString());
      assertEquals("application/json", send.getType());
      assertEquals(uri, send.getClipData().getItemAt(0).getUri());
      assertTrue((send.getFlags() & Intent.FLAG_GRANT_READ_URI_PERMISSION) != 0);
      assertFalse("the file goes, not its text", send.hasExtra(Intent.EXTRA_TEXT));
      screen.click(R.id.remove_report);
      assertTrue(screen.shows(R.id.no_reports));
      assertFalse(Files.exists(file));
    }
  }

  @Test
  public void theStaticNetworkIsComparedWithUnlessAPersonDecidesOtherwise() throws Exception {
    try (OnScreen screen = benchmark()) {
      RadioGroup baselines = screen.find(R.id.baselines);
      RadioButton first = (RadioButton) baselines.getChildAt(0);
      assertEquals("Its static network, epnet_max_min_hidden_static", first.getText().toString());
      assertTrue(first.isChecked());
      assertFalse(screen.shows(R.id.static_missing));
      baselines.getChildAt(1).performClick();
      screen.controller().recreate();
      OnScreen.settle();
      assertTrue("nothing else", ((RadioButton) screen.<RadioGroup>find(R.id.baselines).getChildAt(1)).isChecked());
      OnScreen.app().bundles().choose("max_min_digits");
      OnScreen.settle();
      assertEquals("max_min_digits_static", OnScreen.app().benchmark().draft().baseline());
    }
  }

  @Test
  public void aBundleWithoutItsStaticNetworkSaysWhereToGetIt() throws Exception {
    try (OnScreen screen = benchmark()) {
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
  public void aFileThatIsNoReportIsSaidAndTheOthersAreShown() throws Exception {
    try (OnScreen screen = benchmark()) {
      measure(new BenchmarkSettings("max_min_digits", false, null, 1, true, 8, 0, 0, 0));
      Path folder = OnScreen.app().benchmark().state().get().last().getParent();
      Files.write(folder.resolve("mine.json"), "{}".getBytes(StandardCharsets.UTF_8));
      screen.click(R.id.tab_live);
      screen.click(R.id.tab_benchmark);
      String problem = screen.text(R.id.benchmark_problem);
      assertTrue(problem, problem.startsWith(
          "Expected a readable file, got: expected the report of a benchmark in mine.json, got "));
      assertEquals(1, screen.<ViewGroup>find(R.id.reports).getChildCount());
    }
  }

  @Test
  public void aCancelledBenchmarkLeavesNoReport() throws Exception {
    try (OnScreen screen = benchmark()) {
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
    try (OnScreen screen = benchmark()) {
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
    try (OnScreen screen = benchmark()) {
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
    try (OnScreen screen = benchmark()) {
      screen.<RadioGroup>find(R.id.threads).check(R.id.threads_4);
      screen.<Switch>find(R.id.xnnpack).setChecked(false);
      screen.<Switch>find(R.id.sustained).setChecked(true);
      screen.<RadioGroup>find(R.id.baselines).getChildAt(2).performClick();
      screen.click(R.id.tab_live);
      screen.click(R.id.tab_benchmark);
      screen.controller().recreate();
      screen.find(R.id.start).performClick();
      BenchmarkModel model = OnScreen.app().benchmark();
      assertEquals(
          new BenchmarkSettings("epnet_max_min_hidden", true, "epnet_cifar10_stem", 4, false, 1024, 60, 600, 0),
          model.state().get().running());
      Intent service = Shadows.shadowOf(RuntimeEnvironment.getApplication()).getNextStartedService();
      assertEquals(BenchmarkService.class.getName(), service.getComponent().getClassName());
      model.cancel();
      join(model);
    }
  }

  @Test
  public void aServiceThatIsTakenDownEndsTheBenchmarkAndLetsThePhoneSleep() throws Exception {
    try (OnScreen screen = benchmark()) {
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
    OnScreen screen = benchmark();
    BenchmarkModel model = OnScreen.app().benchmark();
    model.start(LONG, BudgetSettings.DEFAULT);
    screen.close();
    ShadowLooper.idleMainLooper();
    assertEquals(LONG, model.state().get().running());
    try (OnScreen again = benchmark()) {
      assertTrue(again.shows(R.id.running));
      assertTrue(again.text(R.id.progress_words), again.text(R.id.progress_words).matches("Chain, 3\\d{3} s left"));
      again.find(R.id.cancel).performClick();
      join(model);
      assertFalse(again.shows(R.id.running));
    }
  }

  @Test
  public void aSecondStartIsIgnoredWhileOneRuns() throws Exception {
    try (OnScreen screen = benchmark()) {
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

  private static OnScreen benchmark() {
    OnScreen screen = new OnScreen();
    screen.click(R.id.tab_benchmark);
    return screen;
  }
}
