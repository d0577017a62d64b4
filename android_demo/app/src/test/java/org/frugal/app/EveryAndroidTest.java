package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.graphics.Bitmap;
import android.os.BatteryManager;
import android.os.Build;
import java.io.ByteArrayOutputStream;
import org.frugal.app.benchmark.BenchmarkModel;
import org.frugal.app.benchmark.BenchmarkSettings;
import org.frugal.app.budget.BudgetSettings;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowLooper;

/** Each screen once, on the oldest Android that the app is for, on one of the time between, and on that of all tests. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = {26, 29, 34}, application = FrugalApp.class)
public class EveryAndroidTest {
  @Test
  public void photographsAreAnsweredWhateverTheirSource() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      assertEquals(System.getProperty("robolectric.enabledSdks"), String.valueOf(Build.VERSION.SDK_INT));
      assertEquals("Photographs of ten kinds", screen.text(R.id.bundle));
      assertTrue(screen.text(R.id.problem), screen.shows(R.id.answer));
      Bitmap photograph = Bitmap.createBitmap(48, 36, Bitmap.Config.ARGB_8888);
      photograph.eraseColor(0xff3366cc);
      ByteArrayOutputStream png = new ByteArrayOutputStream();
      photograph.compress(Bitmap.CompressFormat.PNG, 100, png);
      screen.click(R.id.source_gallery);
      screen.pick(R.id.pick, png.toByteArray());
      assertTrue(screen.text(R.id.problem), screen.shows(R.id.answer));
      Bitmap drawn = screen.screenshot("every_android_" + Build.VERSION.SDK_INT);
      assertTrue(screen.ink(drawn, R.id.answer) > 50);
      assertFalse(screen.shows(R.id.problem));
    }
  }

  @Test
  public void thePhonesGaugesHaveASay() throws Exception {
    OnScreen.battery().setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 34);
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.with(BudgetSettings.Choice.AUTOMATIC).withLatencyMillis(4.0));
      OnScreen.settle();
      assertTrue(screen.words(R.id.page), screen.words(R.id.page).contains("Battery 34"));
      screen.click(R.id.tab_live);
      assertTrue(screen.text(R.id.problem), screen.shows(R.id.answer));
    }
  }

  @Test
  public void aBenchmarkLeavesAReport() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      BenchmarkModel model = OnScreen.app().benchmark();
      model.start(new BenchmarkSettings("lite0_cifar10", false, null, 1, true, 8, 0, 0, 0), BudgetSettings.DEFAULT);
      while (model.state().get().running() != null) {
        Thread.sleep(20);
        ShadowLooper.idleMainLooper();
      }
      assertEquals(screen.text(R.id.benchmark_problem), 1, model.state().get().reports().size());
    }
  }

  @Test
  public void everyBundlePassesItsSelfTest() {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      OnScreen.app().bundles().state().get().items().forEach(item -> assertTrue(item.name(), item.isUsable()));
      assertFalse(screen.shows(R.id.message));
    }
  }
}
