package org.frugal.app.teach;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Random;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.live.Ink;
import org.frugal.app.live.LiveState;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** The app's own bundle of photographs is taught signs that are drawn, and tells them apart from then on. */
@RunWith(RobolectricTestRunner.class)
public class SignsTest {
  private static final double[][][] CROSS = {{{-.8, -.8}, {.8, .8}}, {{-.8, .8}, {.8, -.8}}};
  private static final double[][][] TRIANGLE = {{{0, -1}, {.87, .5}, {-.87, .5}, {0, -1}}};
  private static final double[][][] ZIGZAG = {{{-.9, .4}, {-.45, -.4}, {0, .4}, {.45, -.4}, {.9, .4}}};

  private final Random random = new Random(5);

  /** A sign as no hand draws it twice. */
  private void draw(Ink ink, double[][][] strokes) {
    ink.clear();
    double size = 0.2 + 0.1 * random.nextDouble();
    double middle = 0.5 + 0.08 * (random.nextDouble() - 0.5);
    for (double[][] stroke : strokes) {
      for (int i = 0; i < stroke.length; i++) {
        float x = (float) (middle + size * (stroke[i][0] + 0.1 * random.nextGaussian()));
        float y = (float) (middle + size * (stroke[i][1] + 0.1 * random.nextGaussian()));
        if (i == 0) {
          ink.begin(x, y);
        } else {
          ink.move(x, y);
        }
      }
    }
  }

  private void teach(OnScreen screen, String name, double[][][] sign) {
    screen.click(R.id.tab_teach);
    Taught.name(screen, name);
    screen.click(R.id.teach_pad);
    for (int i = 0; i < 5; i++) {
      draw(OnScreen.app().teach().ink(), sign);
      OnScreen.app().teach().select(-1);
      screen.click(R.id.add_drawing);
    }
    screen.click(R.id.learn);
    assertTrue(screen.text(R.id.teach_done_words), screen.text(R.id.teach_done_words).startsWith("Learned: " + name));
  }

  /** How many of ten drawings are known by their name. */
  private int known(String name, double[][][] sign) {
    int known = 0;
    for (int i = 0; i < 10; i++) {
      draw(OnScreen.app().live().ink(), sign);
      OnScreen.app().live().askAgain();
      OnScreen.settle();
      known += name.equals(OnScreen.app().live().state().get().answer().name()) ? 1 : 0;
    }
    return known;
  }

  @Test
  public void signsThatAreDrawnAFewTimesAreToldApart() {
    try (OnScreen screen = new OnScreen()) {
      OnScreen.settleAll();
      OnScreen.app().bundles().choose("lite0_teachable");
      OnScreen.settle();
      assertEquals(10, Taught.state().labels().size());
      teach(screen, "cross", CROSS);
      teach(screen, "triangle", TRIANGLE);
      teach(screen, "zigzag", ZIGZAG);
      screen.click(R.id.tab_live);
      screen.click(R.id.source_pad);
      assertEquals(LiveState.Source.PAD, OnScreen.app().live().state().get().source());
      int known = known("cross", CROSS) + known("triangle", TRIANGLE) + known("zigzag", ZIGZAG);
      assertTrue("of 30 drawings: " + known, known >= 24);
    }
  }
}
