package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.widget.SeekBar;
import java.io.IOException;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.bundles.CurveView;
import org.frugal.app.live.PathDiagram.Block;
import org.frugal.app.live.PathDiagram.Fork;
import org.frugal.app.live.PathDiagram.State;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** What happened on the way, on the screen: crops, choices, another machine, the operating point. */
@RunWith(RobolectricTestRunner.class)
public class SightsOnScreenTest {
  @Test
  public void cropsAreSeenOnThePictureAndCanBeGoneThrough() throws IOException {
    try (OnScreen screen = screen("looks")) {
      LiveState.Answer answer = answer();
      assertTrue("several looks", answer.looks().size() > 1);
      SeekBar looks = screen.find(R.id.looks);
      assertTrue(screen.shows(R.id.looks));
      assertEquals(answer.looks().size() - 1, looks.getMax());
      assertEquals("Look 1 of " + answer.looks().size(), screen.text(R.id.looks_words));
      screen.click(R.id.next);
      assertEquals("each answer begins with its first", 0, looks.getProgress());
    }
  }

  @Test
  public void aChoiceIsOnTheWay() throws IOException {
    try (OnScreen screen = screen("looks")) {
      Fork fork = (Fork) answer().path().nodes().stream().filter(Fork.class::isInstance).findFirst().orElseThrow();
      assertEquals(3, fork.ways());
      String heard = screen.find(R.id.path).getContentDescription().toString();
      assertTrue(heard, heard.contains("Way " + (fork.way() + 1) + " of 3 taken."));
    }
  }

  @Test
  public void aMachineThatIsNotThereIsSeenBesideTheWayTakenInstead() throws IOException {
    try (OnScreen screen = screen("ahead")) {
      screen.click(R.id.tab_bundles);
      String badge = OnScreen.text(screen.bundle("hand_made"), R.id.badge);
      assertTrue(badge, badge.startsWith("Self-test not run: it asks another machine"));
      screen.click(R.id.tab_live);
      String heard = "";
      for (int i = 0; i < 20 && !heard.contains("another machine"); i++) {
        screen.click(R.id.next);
        heard = screen.find(R.id.path).getContentDescription().toString();
      }
      assertTrue(heard, heard.contains("far would have run on another machine, which was not reached."));
      assertTrue(answer().path().blocks().stream().map(Block::state).toList().contains(State.FAILED));
    }
  }

  @Test
  public void aBundleOfOneLookOrNoneHasNoSlider() {
    try (OnScreen screen = new OnScreen()) {
      assertFalse(screen.shows(R.id.looks));
      assertFalse(screen.shows(R.id.looks_words));
    }
  }

  @Test
  public void thePresentPointIsOnTheCurveAndAnotherOneCanBePicked() {
    try (OnScreen screen = new OnScreen()) {
      String now = screen.text(R.id.curve_words);
      assertTrue(now, now.matches("(?s)Now at balanced: .*% right for .* multiply-adds on average\\.\\s"
          + "That is .*% of the cheapest static network as accurate .*"));
      CurveView curve = screen.find(R.id.live_curve);
      OnScreen.touch(curve, new float[] {curve.getWidth() * 0.95f, curve.getHeight() * 0.1f});
      assertEquals("full", answer().decision().name());
      assertTrue(screen.text(R.id.curve_words).startsWith("Now at full: "));
      OnScreen.app().bundles().lookAtAll();
      OnScreen.settle();
      OnScreen.app().bundles().choose("max_min_digits_static");
      OnScreen.settle();
      assertTrue(screen.shows(R.id.answer));
      assertFalse("of one point there is no curve", screen.shows(R.id.live_curve));
    }
  }

  private static OnScreen screen(String golden) throws IOException {
    OnScreen screen = OnScreen.at(R.id.tab_bundles);
    screen.pick(R.id.add, new ZipBundles(golden).bytes());
    assertEquals(
        screen.words(R.id.items), "hand_made", OnScreen.app().bundles().state().get().chosen());
    screen.click(R.id.tab_live);
    return screen;
  }

  private static LiveState.Answer answer() {
    return OnScreen.app().live().state().get().answer();
  }
}
