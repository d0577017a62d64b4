package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.view.View;
import android.view.ViewGroup;
import android.widget.RadioGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.budget.BudgetSettings;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** Bundles that may not answer: what the list says of them, and what can be done with them all the same. */
@RunWith(RobolectricTestRunner.class)
public class UnusableBundlesTest {
  private static final String CHAIN = "epnet_max_min_hidden";

  @Test
  public void aPartThatIsNoModelIsRefusedWhenItIsAdded() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      int before = OnScreen.app().bundles().state().get().items().size();
      screen.pick(R.id.add, new ZipBundles("stages").withoutAModel().bytes());
      assertTrue(screen.text(R.id.message), screen.text(R.id.message).contains(".tflite"));
      assertEquals(before, OnScreen.app().bundles().state().get().items().size());
      screen.assertWorks();
    }
  }

  @Test
  public void aBundleThatCannotBeOpenedIsListedAsRefusedAndNeverChosen() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("remote").bytes());
      View item = screen.bundle("hand_made");
      String badge = badge(screen, "hand_made");
      assertTrue(badge, badge.startsWith("Refused. ") && badge.contains("expected something to run"));
      assertEquals(View.GONE, item.findViewById(R.id.use).getVisibility());
      assertEquals(View.GONE, item.findViewById(R.id.summary).getVisibility());
      OnScreen.app().bundles().choose("hand_made");
      assertEquals(CHAIN, OnScreen.app().bundles().state().get().chosen());
      screen.assertWorks();
    }
  }

  @Test
  public void aBundleThatTakesMoreThanAPictureIsListedAsRefused() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("several").bytes());
      assertEquals(
          "Refused. bundle: expected one that takes a picture and answers with a label or boxes, received hand_made",
          badge(screen, "hand_made"));
      assertEquals(CHAIN, OnScreen.app().bundles().state().get().chosen());
    }
  }

  @Test
  public void aBundleWhoseSelfTestFailsCanBeLookedAtAndDoesNotAnswer() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      byte[] card = "# Wrong".getBytes(StandardCharsets.UTF_8);
      screen.pick(R.id.add, new ZipBundles("stages").with("MODEL_CARD.md", card).withAGoldenOf(1).bytes());
      String badge = badge(screen, "hand_made");
      assertTrue(badge, badge.matches("✗ Refused\\. Its self-test fails on this device: 1 mismatch in \\d+ runs\\. "
          + ".*expected the label 1 of label, received 0"));
      assertEquals("it is on display", "Wrong", screen.words(R.id.card));
      assertEquals("hand_made", screen.text(R.id.looked_name));
      assertFalse("nothing of it can be picked", screen.<RadioGroup>find(R.id.points).getChildAt(0).isEnabled());
      View curve = screen.find(R.id.curve);
      OnScreen.touch(curve, new float[] {curve.getWidth() * 0.5f, curve.getHeight() * 0.5f});
      assertEquals(BudgetSettings.DEFAULT, OnScreen.app().budget().settings().get());
      assertEquals(View.GONE, screen.bundle("hand_made").findViewById(R.id.use).getVisibility());
      OnScreen.app().bundles().choose("hand_made");
      assertEquals(CHAIN, OnScreen.app().bundles().state().get().chosen());
      assertEquals(CHAIN, OnScreen.app().live().state().get().bundle().name());
      screen.bundle(CHAIN).findViewById(R.id.look).performClick();
      OnScreen.settle();
      assertEquals("Largest minus smallest digit", screen.text(R.id.looked_name));
      screen.bundle("hand_made").findViewById(R.id.remove).performClick();
      OnScreen.settle();
      screen.assertWorks();
    }
  }

  /** Its files are as their digests say: what no run of it can give is refused all the same. */
  @Test
  public void aBundleWithALabelThatItDoesNotHaveLeavesNothing() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      for (long label : new long[] {99, 1L << 62}) {
        int before = screen.<ViewGroup>find(R.id.items).getChildCount();
        screen.pick(R.id.add, new ZipBundles("stages").withAGoldenOf(label).bytes());
        String said = screen.text(R.id.message);
        assertTrue(said, said.endsWith("expected a label below 2, received " + label));
        assertEquals(before, screen.<ViewGroup>find(R.id.items).getChildCount());
      }
      screen.assertWorks();
    }
  }

  @Test
  public void aBundleThatTheAppEndedWithIsOpenedWhenAPersonAsks() throws IOException {
    OnScreen.settle();
    OnScreen.app().bundles().remove("nothing"); // the worker is idle
    new CrashMarks(OnScreen.app().bundles().store()::path).set("max_min_digits");
    RuntimeEnvironment.getApplication().onTerminate();
    RuntimeEnvironment.getApplication().onCreate();
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      String badge = badge(screen, "max_min_digits");
      assertTrue(badge, badge.startsWith("✗ Not opened. The app ended while it opened this bundle"));
      View line = screen.bundle("max_min_digits");
      assertEquals(View.GONE, line.findViewById(R.id.use).getVisibility());
      line.findViewById(R.id.open_again).performClick();
      OnScreen.settle();
      assertEquals("✓ Self-test passed: 28 of 28 on this device", badge(screen, "max_min_digits"));
    }
  }

  private static String badge(OnScreen screen, String name) {
    return OnScreen.text(screen.bundle(name), R.id.badge);
  }
}
