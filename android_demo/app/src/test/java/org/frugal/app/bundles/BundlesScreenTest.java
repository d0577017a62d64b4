package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.content.Intent;
import android.view.View;
import android.view.ViewGroup;
import android.widget.RadioButton;
import android.widget.RadioGroup;
import android.widget.TextView;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.budget.BudgetSettings;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.shadows.ShadowToast;

@RunWith(RobolectricTestRunner.class)
public class BundlesScreenTest {
  private static final String CHAIN = "epnet_max_min_hidden";
  private static final String FIRST_IN_LIST = CHAIN;

  @Test
  public void theBundlesOfTheApkPassTheirSelfTest() {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      Path assets = Path.of(System.getProperty("frugal.repository"), "android_demo/app/src/main/assets/bundles");
      assertEquals(assets.toFile().list().length, screen.<ViewGroup>find(R.id.items).getChildCount());
      assertEquals("✓ Self-test passed: 23 of 23 on this device", badge(screen, CHAIN));
      assertEquals("✓ Self-test passed: 6 of 6 on this device", badge(screen, CHAIN + "_static"));
      for (String name : List.of("lite0_cifar10", "epnet_multi_scale", "max_min_digits")) {
        for (String each : List.of(name, name + "_static")) {
          String badge = badge(screen, each);
          assertTrue(each + ": " + badge, badge.matches("✓ Self-test passed: (\\d+) of \\1 on this device"));
        }
      }
      String taught = badge(screen, "lite0_teachable");
      assertTrue(taught, taught.matches("✓ Self-test passed: (\\d+) of \\1 on this device"));
      assertEquals(View.VISIBLE, screen.bundle("lite0_teachable").findViewById(R.id.can_be_taught).getVisibility());
      View chain = screen.bundle(CHAIN);
      assertEquals(View.GONE, chain.findViewById(R.id.can_be_taught).getVisibility());
      assertEquals("they stay", View.GONE, chain.findViewById(R.id.remove).getVisibility());
      assertEquals(View.VISIBLE, chain.findViewById(R.id.in_use).getVisibility());
      String summary = OnScreen.text(chain, R.id.summary);
      assertTrue(summary, summary.startsWith("7 parts, 10 classes, pictures of 50 × 50, "));
      String whole = OnScreen.text(screen.bundle(CHAIN + "_static"), R.id.summary);
      assertTrue(whole, whole.startsWith("1 part, "));
    }
  }

  @Test
  public void aPickedBundleIsUsedAndCanBeRemovedWhileItIs() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      assertEquals("hand_made", OnScreen.app().bundles().state().get().chosen());
      assertEquals("hand_made", OnScreen.app().live().state().get().bundle().name());
      View remove = screen.bundle("hand_made").findViewById(R.id.remove);
      assertEquals("Remove hand_made", remove.getContentDescription().toString());
      remove.performClick();
      OnScreen.settle();
      assertEquals(FIRST_IN_LIST, OnScreen.app().bundles().state().get().chosen());
      assertEquals(FIRST_IN_LIST, OnScreen.app().live().state().get().bundle().name());
      screen.assertWorks();
    }
  }

  @Test
  public void anotherBundleIsUsedAndStaysChosenOverARestart() {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.bundle("max_min_digits").findViewById(R.id.use).performClick();
      OnScreen.settle();
      assertEquals(View.VISIBLE, screen.bundle("max_min_digits").findViewById(R.id.in_use).getVisibility());
      assertEquals("max_min_digits", OnScreen.app().live().state().get().bundle().name());
      assertEquals("max_min_digits",
          RuntimeEnvironment.getApplication().getSharedPreferences("app", 0).getString("chosen_bundle", null));
    }
  }

  @Test
  public void aFileThatIsGoneIsSaid() {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, () -> new InputStream() {
        @Override
        public int read() throws IOException {
          throw new IOException("the card was taken out");
        }
      });
      assertEquals("Expected a readable file, received: the card was taken out", screen.text(R.id.message));
      screen.assertWorks();
    }
  }

  @Test
  public void nothingHappensWhenNothingIsPicked() {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.answerPicker(R.id.add, null);
      screen.answerPicker(R.id.add, new Intent());
      assertFalse(screen.shows(R.id.message));
      Path assets = Path.of(System.getProperty("frugal.repository"), "android_demo/app/src/main/assets/bundles");
      assertEquals(assets.toFile().list().length, screen.<ViewGroup>find(R.id.items).getChildCount());
    }
  }

  @Test
  public void aDeviceWithoutAPickerSaysSo() {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      Shadows.shadowOf(RuntimeEnvironment.getApplication()).checkActivities(true);
      screen.click(R.id.add);
      assertEquals("This device has no app to pick a file with.", ShadowToast.getTextOfLatestToast());
      assertNull(Shadows.shadowOf(screen.activity()).getNextStartedActivity());
    }
  }

  @Test
  public void theCardIsShownAsText() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      byte[] card = "# Mine\n\n- made by `hand`\n".getBytes(StandardCharsets.UTF_8);
      screen.pick(R.id.add, new ZipBundles("stages").with("MODEL_CARD.md", card).bytes());
      assertEquals("Mine\n• made by hand", screen.words(R.id.card));
      screen.bundle("hand_made").findViewById(R.id.remove).performClick();
      OnScreen.settle();
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      assertEquals("This bundle has none.", screen.words(R.id.card));
    }
  }

  @Test
  public void aTapOnAPointAnswersWithIt() {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      RadioGroup points = screen.find(R.id.points);
      assertEquals(4, points.getChildCount());
      points.getChildAt(3).performClick();
      OnScreen.settle();
      assertEquals("full", OnScreen.app().live().state().get().answer().decision().name());
      assertEquals(1, OnScreen.app().live().state().get().answer().path().spentShare(), 1e-9);
    }
  }

  @Test
  public void aTapIntoTheCurvePicksTheNearestPoint() {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      View curve = screen.find(R.id.curve);
      OnScreen.touch(curve, new float[] {curve.getWidth() * 0.95f, curve.getHeight() * 0.1f});
      assertEquals(BudgetSettings.DEFAULT.withPoint("full"), OnScreen.app().budget().settings().get());
      assertTrue(checked(screen, 3));
      OnScreen.touch(curve, new float[] {curve.getWidth() * 0.15f, curve.getHeight() * 0.95f});
      assertEquals("fast", OnScreen.app().budget().settings().get().point());
      assertTrue(checked(screen, 0));
    }
  }

  @Test
  public void whereTheGovernorChoosesNoPointIsMarked() {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.with(BudgetSettings.Choice.AUTOMATIC));
      OnScreen.settle();
      for (int i = 0; i < 4; i++) {
        assertFalse(checked(screen, i));
      }
    }
  }

  @Test
  public void aBundleWhoseFileVanishedIsSaidAndAnotherCanBeUsed() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      BundleStore store = OnScreen.app().bundles().store();
      try (Stream<Path> unpacked = Files.walk(store.unpacked("hand_made"))) {
        for (Path each : unpacked.sorted(Comparator.reverseOrder()).collect(Collectors.toList())) {
          Files.delete(each);
        }
      }
      Files.delete(store.path("hand_made"));
      OnScreen.app().live().trimMemory();
      screen.click(R.id.tab_live);
      assertTrue(screen.text(R.id.problem), screen.text(R.id.problem).contains("expected a bundle"));
      assertFalse(screen.shows(R.id.answer));
      screen.click(R.id.tab_bundles);
      screen.bundle(CHAIN).findViewById(R.id.use).performClick();
      OnScreen.settle();
      screen.assertWorks();
    }
  }

  @Test
  public void aBundleWithoutSamplesSaysSoWhereverTheyWouldBeUsed() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").withoutGoldens().bytes());
      assertEquals("No self-test in this bundle", badge(screen, "hand_made"));
      assertEquals("neither good nor bad", screen.activity().getColor(R.color.text_quiet),
          screen.bundle("hand_made").<TextView>findViewById(R.id.badge).getCurrentTextColor());
      screen.click(R.id.tab_live);
      assertEquals("This bundle has no samples", screen.text(R.id.caption));
      assertFalse(screen.shows(R.id.next));
      assertFalse("of the bundle before", screen.shows(R.id.answer));
      assertFalse("of the bundle before", screen.shows(R.id.picture));
    }
  }

  @Test
  public void whileABundleIsCheckedTheScreenSaysSo() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      CountDownLatch held = new CountDownLatch(1);
      OnScreen.app().worker().thread().execute(() -> {
        try {
          held.await();
        } catch (InterruptedException error) {
          throw new IllegalStateException(error);
        }
      });
      byte[] stages = new ZipBundles("stages").bytes();
      OnScreen.app().bundles().add(() -> new ByteArrayInputStream(stages));
      assertTrue(screen.shows(R.id.checking));
      assertEquals("Checking bundles", screen.find(R.id.checking).getContentDescription().toString());
      held.countDown();
      OnScreen.settle();
      assertFalse(screen.shows(R.id.checking));
    }
  }

  @Test
  public void badgesAreOfTheColourOfWhatTheySay() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").withAGoldenOf(1).bytes());
      assertEquals(screen.activity().getColor(R.color.good),
          screen.bundle(CHAIN).<TextView>findViewById(R.id.badge).getCurrentTextColor());
      assertEquals(screen.activity().getColor(R.color.bad),
          screen.bundle("hand_made").<TextView>findViewById(R.id.badge).getCurrentTextColor());
    }
  }

  @Test
  public void aPointThatAnotherOneBeatsIsTold() {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      OnScreen.app().bundles().choose("max_min_digits");
      OnScreen.settle();
      RadioGroup points = screen.find(R.id.points);
      for (int i = 0; i < points.getChildCount(); i++) {
        String words = ((RadioButton) points.getChildAt(i)).getText().toString();
        boolean told = words.endsWith(". Another point is at least as accurate and costs no more.");
        assertEquals(words, words.startsWith("full: "), told);
      }
    }
  }

  private static boolean checked(OnScreen screen, int point) {
    return ((RadioButton) screen.<RadioGroup>find(R.id.points).getChildAt(point)).isChecked();
  }

  private static String badge(OnScreen screen, String name) {
    return OnScreen.text(screen.bundle(name), R.id.badge);
  }
}
