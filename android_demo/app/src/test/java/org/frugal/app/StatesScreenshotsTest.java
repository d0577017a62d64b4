package org.frugal.app;

import static org.junit.Assert.assertTrue;

import android.Manifest;
import android.graphics.Bitmap;
import android.widget.ScrollView;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.frugal.app.benchmark.BenchmarkSettings;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.bundles.CrashMarks;
import org.frugal.app.live.LiveModel;
import org.frugal.app.live.LiveState.Shown;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.ParameterizedRobolectricTestRunner;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameter;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameters;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.shadows.ShadowLooper;

/** Draws what there is beside a good answer: the other sources, what a network looked at, and all that can fail. */
@RunWith(ParameterizedRobolectricTestRunner.class)
public class StatesScreenshotsTest {
  @Parameter(0)
  public String ending;

  @Parameter(1)
  public String qualifiers;

  @Parameters(name = "state{0}")
  public static List<Object[]> looks() {
    return Screenshots.looks(Screenshots.phone(), Screenshots.tablet());
  }

  @Before
  public void look() {
    RuntimeEnvironment.setQualifiers("+" + qualifiers);
  }

  @Test
  public void drawing() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.source_pad)) {
      float side = screen.find(R.id.pad).getWidth();
      OnScreen.touch(
          screen.find(R.id.pad), new float[] {side * 0.35f, side * 0.3f}, new float[] {side * 0.65f, side * 0.3f},
          new float[] {side * 0.47f, side * 0.7f});
      shoot(screen, "live_drawing", R.id.answer);
    }
  }

  @Test
  public void photograph() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      OnScreen.settleAll();
      OnScreen.app().bundles().choose("lite0_cifar10");
      OnScreen.settle();
      for (int i = 0; i < 9; i++) {
        screen.click(R.id.next);
      }
      shoot(screen, "live_photograph", R.id.answer);
      screen.click(R.id.race);
      for (int i = 0; i < 1000 && OnScreen.app().race().state().get().running(); i++) {
        ShadowLooper.idleMainLooper(40, TimeUnit.MILLISECONDS);
        OnScreen.settle();
      }
      Bitmap drawn = ScreenshotsTest.end(screen, "live_race" + ending);
      assertTrue(screen.ink(drawn, R.id.race_end) > 50);
    }
  }

  @Test
  public void camera() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      LiveModel model = OnScreen.app().live();
      Shown sample = model.state().get().bundle().samples().get(1).shown();
      Shadows.shadowOf(RuntimeEnvironment.getApplication()).denyPermissions(Manifest.permission.CAMERA);
      screen.click(R.id.source_camera);
      model.askIfIdle(new Shown(sample.argb(), sample.rows(), sample.columns(), true));
      OnScreen.settle();
      shoot(screen, "live_camera", R.id.answer);
      screen.activity().onRequestPermissionsResult(1, new String[] {Manifest.permission.CAMERA}, new int[] {-1});
      OnScreen.settle();
      shoot(screen, "live_camera_refused", R.id.problem);
    }
  }

  @Test
  public void whatWasFoundAndLookedAt() throws Exception {
    for (String golden : List.of("boxes", "looks", "ahead")) {
      try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
        screen.pick(R.id.add, new ZipBundles(golden).bytes());
        screen.click(R.id.tab_live);
        screen.click(R.id.next);
        shoot(screen, "live_" + golden, R.id.path);
        OnScreen.app().bundles().remove("hand_made");
        OnScreen.settle();
      }
    }
  }

  @Test
  public void firstStartAndNothingToUse() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    OnScreen.app().worker().execute(() -> {
      try {
        held.await();
      } catch (InterruptedException error) {
        throw new IllegalStateException(error);
      }
    });
    try (OnScreen screen = OnScreen.unsettled()) {
      screen.screenshot("first_start" + ending);
      held.countDown();
      OnScreen.settleAll();
    }
    CrashMarks marks = new CrashMarks(OnScreen.app().bundles().store()::path);
    for (String name : OnScreen.app().bundles().store().names()) {
      marks.set(name);
    }
    RuntimeEnvironment.getApplication().onTerminate();
    RuntimeEnvironment.getApplication().onCreate();
    try (OnScreen screen = new OnScreen()) {
      shoot(screen, "empty", R.id.empty_words);
      screen.click(R.id.to_bundles);
      shoot(screen, "bundles_crashed", R.id.items);
    }
  }

  @Test
  public void refusals() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").withDamagedPart().bytes());
      screen.<ScrollView>find(R.id.page).scrollTo(0, 0);
      shoot(screen, "bundles_not_taken", R.id.message);
      screen.pick(R.id.add, new ZipBundles("stages").withAGoldenOf(1).bytes());
      screen.<ScrollView>find(R.id.page).scrollTo(0, screen.bundle("hand_made").getTop());
      screen.screenshot("bundles_self_test_failed" + ending);
      assertTrue(screen.words(R.id.items).contains("Its self-test fails on this device"));
    }
  }

  @Test
  public void measuring() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      OnScreen.app().benchmark().start(
          new BenchmarkSettings("max_min_digits", true, null, 1, true, 16, 3600, 0, 0), BudgetSettings.DEFAULT);
      for (int i = 0; i < 20; i++) {
        Thread.sleep(50);
        ShadowLooper.idleMainLooper();
      }
      shoot(screen, "benchmark_running", R.id.progress_words);
      OnScreen.app().benchmark().cancel();
      while (OnScreen.app().benchmark().state().get().running() != null) {
        Thread.sleep(20);
        ShadowLooper.idleMainLooper();
      }
    }
  }

  private void shoot(OnScreen screen, String name, int shown) throws IOException {
    OnScreen.settle();
    Bitmap drawn = screen.screenshot(name + ending);
    assertTrue(name, screen.ink(drawn, shown) > 50);
  }
}
