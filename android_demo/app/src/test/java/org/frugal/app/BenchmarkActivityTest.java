package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import android.content.Intent;
import java.util.List;
import org.frugal.app.benchmark.BenchmarkSettings;
import org.frugal.app.bundles.BundlesState;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.shadows.ShadowLog;
import org.robolectric.shadows.ShadowLooper;

@RunWith(RobolectricTestRunner.class)
public class BenchmarkActivityTest {
  @Test
  public void itMeasuresAndLogsOneLineWithTheReportsPath() throws Exception {
    Intent intent = new Intent().putExtra("bundle", "max_min_digits").putExtra("queries", 16).putExtra("seconds", 0);
    ActivityController<BenchmarkActivity> activity = Robolectric.buildActivity(BenchmarkActivity.class, intent).setup();
    OnScreen.settle();
    for (int i = 0; i < 600 && !activity.get().isFinishing(); i++) {
      Thread.sleep(50);
      ShadowLooper.idleMainLooper();
    }
    List<ShadowLog.LogItem> lines = ShadowLog.getLogsForTag(BenchmarkActivity.LOG);
    assertEquals(1, lines.size());
    assertTrue(lines.get(0).msg, lines.get(0).msg.matches(".*/benchmarks/\\d{8}_\\d{6}_max_min_digits\\.json"));
    assertTrue(new java.io.File(lines.get(0).msg).isFile());
    activity.destroy();
  }

  @Test
  public void anUnknownBundleIsOneLineToo() {
    Intent intent = new Intent().putExtra("bundle", "nowhere");
    ActivityController<BenchmarkActivity> activity = Robolectric.buildActivity(BenchmarkActivity.class, intent).setup();
    OnScreen.settle();
    assertTrue(activity.get().isFinishing());
    assertEquals(
        "expected one of [epnet_cifar10_stem, epnet_cifar10_stem_static, epnet_max_min_hidden, "
            + "epnet_max_min_hidden_static, epnet_multi_scale, epnet_multi_scale_static, max_min_digits, "
            + "max_min_digits_static], got nowhere",
        ShadowLog.getLogsForTag(BenchmarkActivity.LOG).get(0).msg);
  }

  @Test
  public void anUnknownComparisonIsSaidBeforeAnythingIsMeasured() {
    Intent intent = new Intent().putExtra("bundle", "max_min_digits").putExtra("baseline", "nowhere");
    ActivityController<BenchmarkActivity> activity = Robolectric.buildActivity(BenchmarkActivity.class, intent).setup();
    OnScreen.settle();
    assertTrue(activity.get().isFinishing());
    assertTrue(ShadowLog.getLogsForTag(BenchmarkActivity.LOG).get(0).msg.endsWith(", got nowhere"));
    assertNull(OnScreen.app().benchmark().state().get().running());
  }

  @Test
  public void aRotationDoesNotStartItAgain() throws Exception {
    Intent intent = new Intent().putExtra("bundle", "max_min_digits").putExtra("seconds", 3600);
    ActivityController<BenchmarkActivity> activity = Robolectric.buildActivity(BenchmarkActivity.class, intent).setup();
    OnScreen.settle();
    BenchmarkSettings running = OnScreen.app().benchmark().state().get().running();
    assertEquals("max_min_digits_static", running.baseline());
    activity.recreate();
    OnScreen.settle();
    assertSame(running, OnScreen.app().benchmark().state().get().running());
    OnScreen.app().benchmark().cancel();
    for (int i = 0; i < 600 && !activity.get().isFinishing(); i++) {
      Thread.sleep(50);
      ShadowLooper.idleMainLooper();
    }
    List<ShadowLog.LogItem> lines = ShadowLog.getLogsForTag(BenchmarkActivity.LOG);
    assertEquals(1, lines.size());
    assertEquals("cancelled", lines.get(0).msg);
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
    OnScreen.settle();
    BundlesState bundles = OnScreen.app().bundles().state().get();
    Intent intent = new Intent().putExtra("bundle", "max_min_digits");
    assertEquals("max_min_digits_static", BenchmarkActivity.settings(intent, bundles).baseline());
    intent.putExtra("baseline", "epnet_max_min_hidden");
    assertEquals("epnet_max_min_hidden", BenchmarkActivity.settings(intent, bundles).baseline());
    assertNull("empty is none", BenchmarkActivity.settings(intent.putExtra("baseline", ""), bundles).baseline());
  }
}
