package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.frugal.app.FrugalApp;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.live.RaceState.Lane;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowLooper;

/** A race of the real networks, through the screen. */
@RunWith(RobolectricTestRunner.class)
@Config(application = FrugalApp.class)
public class RaceTest {
  private static RaceState race(OnScreen screen) {
    screen.click(R.id.race);
    for (int i = 0; i < 500 && OnScreen.app().race().state().get().running(); i++) {
      ShadowLooper.idleMainLooper(RaceModel.STEP_MILLIS, TimeUnit.MILLISECONDS);
      OnScreen.settle();
    }
    return OnScreen.app().race().state().get();
  }

  @Test
  public void bothAnswerTheSamePicturesForAsLong() {
    try (OnScreen screen = new OnScreen()) {
      assertFalse("nobody has run yet", screen.shows(R.id.race_lanes));
      RaceState end = race(screen);
      assertEquals(List.of("lite0_cifar10", 128, false), List.of(end.of(), end.count(), end.running()));
      assertEquals("one of them is through", 128, Math.max(end.chain().answered(), end.whole().answered()));
      for (Lane lane : List.of(end.chain(), end.whole())) {
        assertTrue(lane.toString(), lane.right() >= 0.75 * lane.answered() && lane.right() <= lane.answered());
      }
      double ratio = end.chain().millis() / end.whole().millis();
      assertTrue("about the same time: " + ratio, ratio > 0.5 && ratio < 2);
      assertTrue(screen.text(R.id.race_chain_words).startsWith("Chain: " + end.chain().answered() + " pictures, "));
      assertTrue(screen.text(R.id.race_end), screen.text(R.id.race_end).contains("128 pictures"));
      assertEquals("again, if wanted", 128, race(screen).count());
    }
  }

  @Test
  public void whereThereIsNobodyToRaceAgainstThereIsNoButton() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      screen.click(R.id.tab_live);
      assertTrue(screen.shows(R.id.answer));
      assertFalse(screen.shows(R.id.race));
    }
  }

  @Test
  public void aStaticNetworkThatMayNotAnswerIsSaid() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      OnScreen.app().race().start("max_min_digits_static", "static"); // it has none of its own
      OnScreen.settle();
      RaceState end = OnScreen.app().race().state().get();
      assertFalse(end.running());
      assertTrue(end.problem(), end.problem().length() > 10);
    }
  }
}
