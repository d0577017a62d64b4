package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.frugal.app.FrugalApp;
import org.frugal.app.MainActivity;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.bundles.CrashMarks;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;

/** What Live shows while there is nothing to ask: a bundle that is being opened, or none that can be used. */
@RunWith(RobolectricTestRunner.class)
public class EmptyScreenTest {
  @Test
  @Config(application = FrugalApp.class)
  public void atTheFirstStartItSaysWhatItWaitsFor() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    OnScreen.app().worker().execute(() -> await(held));
    ActivityController<MainActivity> window = Robolectric.buildActivity(MainActivity.class).setup();
    assertTrue(isShown(window, R.id.opening));
    assertFalse(isShown(window, R.id.empty));
    assertFalse("there is nothing to ask yet", isShown(window, R.id.asking));
    held.countDown();
    OnScreen.settle();
    assertFalse(isShown(window, R.id.opening));
    assertTrue(isShown(window, R.id.asking));
    assertTrue(isShown(window, R.id.answer));
    assertEquals("lite0_cifar10", OnScreen.app().live().state().get().bundle().name());
    window.close();
  }

  @Test
  public void whereNoneCanBeUsedItLeadsToTheReasons() throws Exception {
    spoilAll();
    try (OnScreen screen = new OnScreen()) {
      assertEquals("No bundle", screen.text(R.id.bundle));
      assertEquals(
          "None of the bundles on this device can be used. The list says of each why.",
          screen.text(R.id.empty_words));
      assertFalse(screen.shows(R.id.opening));
      assertFalse(screen.shows(R.id.asking));
      screen.click(R.id.to_bundles);
      String badge = OnScreen.text(screen.bundle("max_min_digits"), R.id.badge);
      assertTrue(badge, badge.startsWith("✗ Not opened. "));
      screen.bundle("max_min_digits").findViewById(R.id.open_again).performClick();
      OnScreen.settle();
      screen.click(R.id.tab_live);
      assertTrue("it is in use at once", screen.shows(R.id.answer));
      assertFalse(screen.shows(R.id.empty));
    }
  }

  /** The app has ended with each of its bundles. */
  private static void spoilAll() throws IOException {
    OnScreen.settleAll();
    Path folder = OnScreen.app().bundles().store().path("x").getParent();
    CrashMarks marks = new CrashMarks(OnScreen.app().bundles().store()::path);
    for (String name : OnScreen.app().bundles().store().names()) {
      marks.set(name);
    }
    assertTrue(Files.isDirectory(folder));
    RuntimeEnvironment.getApplication().onTerminate();
    RuntimeEnvironment.getApplication().onCreate();
    OnScreen.settle();
  }

  private static boolean isShown(ActivityController<MainActivity> window, int id) {
    return window.get().findViewById(id).isShown();
  }

  private static void await(CountDownLatch held) {
    try {
      held.await();
    } catch (InterruptedException error) {
      throw new IllegalStateException(error);
    }
  }
}
