package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.app.Service;
import android.content.Intent;
import android.view.ViewGroup;
import android.widget.RadioGroup;
import android.widget.Switch;
import android.widget.TextView;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.nio.file.Files;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
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

@RunWith(RobolectricTestRunner.class)
public class BenchmarkScreenTest {
  private static final BenchmarkSettings SHORT =
      new BenchmarkSettings("epnet_max_min_hidden", true, "max_min_digits", 2, false, 24, 0, 0.2, 1);

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
      assertTrue(chain.getDouble("mean_macs", 0) < full.getDouble("mean_macs", 0) / 2);
      assertEquals(24, full.get("exits").asObject().getInt("exit_12", 0));
      assertEquals("demo-int8", report.get("results").asArray().get(2).asObject().getString("bundle", ""));
      assertEquals("no_counter", report.get("energy").asObject().getString("unknown", ""));
      assertTrue(Trace.read(report.toString()).events().size() >= 4);
      TextView lines = screen.<ViewGroup>find(R.id.reports).findViewById(R.id.report_lines);
      assertTrue(lines.getText().toString(), lines.getText().toString().startsWith("Chain, balanced\np50"));
      assertTrue(screen.shows(R.id.report_curve));
      assertEquals("No energy: this phone has no charge counter.", screen.text(R.id.report_energy));
    }
  }

  @Test
  public void aReportIsSharedAsTextAndCanBeRemoved() throws Exception {
    try (OnScreen screen = benchmark()) {
      measure(SHORT);
      screen.click(R.id.share_report);
      Intent chooser = Shadows.shadowOf(screen.activity()).getNextStartedActivity();
      Intent send = chooser.getParcelableExtra(Intent.EXTRA_INTENT);
      assertTrue(send.getStringExtra(Intent.EXTRA_TEXT).contains("\"frugal-benchmark\""));
      screen.click(R.id.remove_report);
      assertTrue(screen.shows(R.id.no_reports));
    }
  }

  @Test
  public void aCancelledBenchmarkLeavesNoReport() throws Exception {
    try (OnScreen screen = benchmark()) {
      BenchmarkModel model = OnScreen.app().benchmark();
      model.start(new BenchmarkSettings("epnet_max_min_hidden", false, null, 1, true, 1, 3600, 0, 0), BudgetSettings.DEFAULT);
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
      assertTrue(screen.text(R.id.benchmark_problem), screen.text(R.id.benchmark_problem).contains("expected a bundle"));
    }
  }

  @Test
  public void theServiceIsInTheForegroundWhileABenchmarkRunsAndNoLonger() throws Exception {
    try (OnScreen screen = benchmark()) {
      BenchmarkModel model = OnScreen.app().benchmark();
      model.start(new BenchmarkSettings("epnet_max_min_hidden", false, null, 1, true, 1, 3600, 0, 0), BudgetSettings.DEFAULT);
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
      screen.<RadioGroup>find(R.id.baselines).getChildAt(1).performClick();
      screen.click(R.id.tab_live);
      screen.click(R.id.tab_benchmark);
      screen.controller().recreate();
      screen.find(R.id.start).performClick();
      BenchmarkModel model = OnScreen.app().benchmark();
      assertEquals(
          new BenchmarkSettings("epnet_max_min_hidden", true, "max_min_digits", 4, false, 1024, 60, 600, 0),
          model.state().get().running());
      Intent service = Shadows.shadowOf(RuntimeEnvironment.getApplication()).getNextStartedService();
      assertEquals(BenchmarkService.class.getName(), service.getComponent().getClassName());
      model.cancel();
      join(model);
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
