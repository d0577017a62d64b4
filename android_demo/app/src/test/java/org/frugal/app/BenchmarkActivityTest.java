package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import android.Manifest;
import android.app.Activity;
import android.content.ComponentName;
import android.content.Intent;
import android.content.pm.ActivityInfo;
import android.view.WindowManager;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.frugal.app.benchmark.BenchmarkService;
import org.frugal.app.benchmark.BenchmarkSettings;
import org.frugal.app.bundles.BundlesState;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.shadows.ShadowLog;
import org.robolectric.shadows.ShadowLooper;

@RunWith(RobolectricTestRunner.class)
public class BenchmarkActivityTest {
  @Test
  public void itMeasuresAndLogsOneLineWithTheReportsPath() throws Exception {
    ActivityController<BenchmarkActivity> activity =
        call(new Intent().putExtra("bundle", "max_min_digits").putExtra("queries", 16).putExtra("seconds", 0));
    String line = lineOf(activity);
    assertTrue(line, line.matches(".*/benchmarks/\\d{8}_\\d{6}_max_min_digits\\.json"));
    assertTrue(Files.isRegularFile(Path.of(line)));
    activity.destroy();
  }

  @Test
  public void anUnknownBundleIsOneLineToo() {
    ActivityController<BenchmarkActivity> activity = call(new Intent().putExtra("bundle", "nowhere"));
    assertTrue(activity.get().isFinishing());
    assertEquals(
        "expected one of [epnet_max_min_hidden, epnet_max_min_hidden_smaller, epnet_max_min_hidden_static, "
            + "epnet_multi_scale, epnet_multi_scale_smaller, epnet_multi_scale_static, lite0_cifar10, "
            + "lite0_cifar10_smaller, lite0_cifar10_static, lite0_teachable, max_min_digits, max_min_digits_static], "
            + "received nowhere",
        ShadowLog.getLogsForTag(BenchmarkActivity.LOG).get(0).msg);
  }

  @Test
  public void noAppButAdbsShellMayStartIt() throws Exception {
    ActivityInfo info = RuntimeEnvironment.getApplication().getPackageManager().getActivityInfo(
        new ComponentName(RuntimeEnvironment.getApplication(), BenchmarkActivity.class), 0);
    assertTrue("adb is another app to Android", info.exported);
    assertEquals(Manifest.permission.DUMP, info.permission);
  }

  @Test
  public void aBundleThatMayNotAnswerIsNotMeasured() throws Exception {
    OnScreen.settle();
    OnScreen.app().bundles().add(() -> new ByteArrayInputStream(new ZipBundles("stages").withAGoldenOf(1).bytes()));
    OnScreen.settle();
    String line = lineOf(call(new Intent().putExtra("bundle", "hand_made")));
    assertTrue(line, line.startsWith("hand_made: golden 0: expected the label 1 of label, received 0"));
    assertNull(OnScreen.app().benchmark().state().get().running());
  }

  @Test
  public void theScreenIsLitEvenlyWhileItRunsAndNoLonger() throws Exception {
    ActivityController<BenchmarkActivity> activity =
        call(new Intent().putExtra("bundle", "max_min_digits").putExtra("seconds", 3600));
    ActivityController<MainActivity> window = Robolectric.buildActivity(MainActivity.class).setup();
    for (Activity each : new Activity[] {activity.get(), window.get()}) {
      WindowManager.LayoutParams lit = each.getWindow().getAttributes();
      assertEquals(0.5f, lit.screenBrightness, 0);
      assertTrue((lit.flags & WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON) != 0);
    }
    OnScreen.app().benchmark().cancel();
    lineOf(activity);
    WindowManager.LayoutParams after = window.get().getWindow().getAttributes();
    assertEquals(WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_NONE, after.screenBrightness, 0);
    assertEquals(0, after.flags & WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON);
  }

  @Test
  public void anUnknownComparisonIsSaidBeforeAnythingIsMeasured() {
    ActivityController<BenchmarkActivity> activity =
        call(new Intent().putExtra("bundle", "max_min_digits").putExtra("baseline", "nowhere"));
    assertTrue(activity.get().isFinishing());
    assertTrue(ShadowLog.getLogsForTag(BenchmarkActivity.LOG).get(0).msg.endsWith(", received nowhere"));
    assertNull(OnScreen.app().benchmark().state().get().running());
  }

  @Test
  public void aRotationDoesNotStartItAgain() throws Exception {
    ActivityController<BenchmarkActivity> activity =
        call(new Intent().putExtra("bundle", "max_min_digits").putExtra("seconds", 3600));
    BenchmarkSettings running = OnScreen.app().benchmark().state().get().running();
    assertEquals("max_min_digits_static", running.baseline());
    activity.recreate();
    OnScreen.settle();
    assertSame(running, OnScreen.app().benchmark().state().get().running());
    OnScreen.app().benchmark().cancel();
    assertEquals("cancelled", lineOf(activity));
  }

  @Test
  public void theReportHoldsWhatTheCallAskedFor() throws Exception {
    ActivityController<BenchmarkActivity> activity = call(new Intent().putExtra("bundle", "max_min_digits")
        .putExtra("queries", 40).putExtra("seconds", 0).putExtra("threads", 2).putExtra("xnnpack", false)
        .putExtra("full_depth", false).putExtra("baseline", ""));
    assertEquals(BenchmarkService.class.getName(),
        Shadows.shadowOf(RuntimeEnvironment.getApplication()).getNextStartedService().getComponent().getClassName());
    JsonObject report = Json.parse(Files.readString(Path.of(lineOf(activity)))).asObject();
    assertEquals("frugal-benchmark", report.getString("format", ""));
    assertEquals(
        Json.object().add("bundle", "max_min_digits").add("full_depth", false).add("baseline", Json.NULL)
            .add("smaller", Json.NULL).add("threads", 2).add("threads_in_use", 2).add("xnnpack", false).add("queries", 40).add("seconds", 0.0)
            .add("sustained_seconds", 0.0).add("energy_seconds", 0.0).toString(),
        report.get("settings").toString());
    JsonArray results = report.get("results").asArray();
    assertEquals("neither full depth nor a comparison was asked for", 1, results.size());
    JsonObject chain = results.get(0).asObject();
    assertEquals("chain", chain.getString("measured", ""));
    assertEquals(40, chain.getInt("queries", 0));
    int answers = 0;
    for (JsonObject.Member exit : chain.get("exits").asObject()) {
      answers += exit.getValue().asInt();
    }
    assertEquals("every answer left somewhere", 40, answers);
    assertTrue(chain.getDouble("p50_ms", 0) <= chain.getDouble("p90_ms", 0));
    assertTrue(chain.getDouble("p99_ms", 0) <= chain.getDouble("max_ms", 0));
  }

  @Test
  public void aSecondCallIsToldThatOneRunsAndDoesNotTakeItsReport() throws Exception {
    ActivityController<BenchmarkActivity> first =
        call(new Intent().putExtra("bundle", "max_min_digits").putExtra("seconds", 3600));
    BenchmarkSettings running = OnScreen.app().benchmark().state().get().running();
    ActivityController<BenchmarkActivity> second = call(new Intent().putExtra("bundle", "epnet_max_min_hidden"));
    assertEquals("expected no benchmark to be running, received one of max_min_digits", lineOf(second));
    assertSame("the first goes on", running, OnScreen.app().benchmark().state().get().running());
    OnScreen.app().benchmark().cancel();
    ShadowLog.clear();
    assertEquals("cancelled", lineOf(first));
  }

  @Test
  public void aBundleThatCannotBeOpenedIsTheLine() throws Exception {
    OnScreen.settle();
    OnScreen.app().bundles().add(() -> new ByteArrayInputStream(new ZipBundles("remote").bytes()));
    OnScreen.settle();
    String line = lineOf(call(new Intent().putExtra("bundle", "hand_made")));
    assertTrue(line, line.startsWith("hand_made: remote: expected something to run"));
    assertFalse(line, line.contains("\n"));
  }

  @Test
  public void whatIsNotNamedIsAsOnTheScreen() {
    BundlesState alone = BundlesState.EMPTY.withChosen("chosen");
    assertEquals(BenchmarkSettings.of("chosen"), BenchmarkActivity.settings(new Intent(), alone));
    Intent intent = new Intent().putExtra("threads", 4).putExtra("xnnpack", false).putExtra("queries", -5);
    assertEquals(
        new BenchmarkSettings("chosen", true, null, 4, false, 1, 60, 0, 0),
        BenchmarkActivity.settings(intent, alone));
  }

  @Test
  public void theStaticNetworkIsComparedWithUnlessTheCallSaysOtherwise() {
    OnScreen.settleAll();
    BundlesState bundles = OnScreen.app().bundles().state().get();
    Intent intent = new Intent().putExtra("bundle", "max_min_digits");
    assertEquals("max_min_digits_static", BenchmarkActivity.settings(intent, bundles).baseline());
    intent.putExtra("baseline", "epnet_max_min_hidden");
    assertEquals("epnet_max_min_hidden", BenchmarkActivity.settings(intent, bundles).baseline());
    assertNull("empty is none", BenchmarkActivity.settings(intent.putExtra("baseline", ""), bundles).baseline());
  }

  /** As adb would call it, once the bundles of the APK are there. */
  private static ActivityController<BenchmarkActivity> call(Intent intent) {
    ActivityController<BenchmarkActivity> activity = Robolectric.buildActivity(BenchmarkActivity.class, intent).setup();
    OnScreen.settle();
    return activity;
  }

  /** The only line of the log, once the benchmark has come to its end. */
  private static String lineOf(ActivityController<BenchmarkActivity> activity) throws InterruptedException {
    for (int i = 0; i < 2400 && !activity.get().isFinishing(); i++) {
      Thread.sleep(50);
      ShadowLooper.idleMainLooper();
    }
    List<ShadowLog.LogItem> lines = ShadowLog.getLogsForTag(BenchmarkActivity.LOG);
    assertEquals(1, lines.size());
    return lines.get(0).msg;
  }
}
