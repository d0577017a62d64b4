package org.frugal.app.teach;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import android.graphics.Bitmap;
import android.view.View;
import java.util.List;
import org.frugal.Event.Corners;
import org.frugal.app.Drawn;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.live.LiveState;
import org.frugal.app.live.LiveState.Shown;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** A bundle that asks for a box on each picture gets one, and finds the thing by its new name. */
@RunWith(RobolectricTestRunner.class)
public class TeachByBoxTest {
  /** Dark, with a light corner at the upper left of what the network sees of 40 rows and 60 columns. */
  private static Shown corner() {
    Shown shown = Taught.grey(0, 40, 60);
    for (int row = 0; row < 20; row++) {
      for (int column = 10; column < 30; column++) {
        shown.argb()[60 * row + column] = 0xFFC8C8C8;
      }
    }
    return shown;
  }

  /** Drags from one place of the picture to another, both 0..1 over its edges: it is as wide as the view. */
  private static void drag(OnScreen screen, double top, double left, double bottom, double right) {
    View pad = screen.find(R.id.box_pad);
    float side = pad.getWidth();
    float high = side * 40 / 60;
    float above = (side - high) / 2;
    OnScreen.touch(pad, new float[] {(float) left * side, above + (float) top * high},
        new float[] {side / 2, side / 2}, new float[] {(float) right * side, above + (float) bottom * high});
  }

  @Test
  public void everyPictureNeedsABoxAndTheThingIsFoundThen() throws Exception {
    try (OnScreen screen = Taught.screen("pointed")) {
      assertTrue(screen.text(R.id.teach_words).contains("drag a box around it"));
      Taught.name(screen, "corner");
      screen.click(R.id.teach_gallery);
      for (int i = 1; i <= 3; i++) {
        screen.pick(R.id.teach_pick, Taught.png(corner()));
        assertTrue("it is shown at once", screen.shows(R.id.box_pad));
        assertEquals("Picture " + i + ": drag a box around the thing",
            screen.find(R.id.box_pad).getContentDescription().toString());
        if (i < 3) {
          drag(screen, 0, 10 / 60.0, 0.5, 0.5);
          screen.click(R.id.next_picture);
        }
      }
      assertEquals("Picture 3 needs a box.", screen.text(R.id.lack));
      assertEquals("Picture 3 of 3, without a box yet", example(screen, 2));
      drag(screen, 0, 10 / 60.0, 0.5, 0.5);
      assertEquals("Picture 3 of 3, with a box", example(screen, 2));
      Corners box = Taught.state().draft().examples().get(2).box();
      assertEquals(10 / 60.0, box.left(), 0.01);
      assertEquals(0.5, box.bottom(), 0.01);
      screen.click(R.id.learn);
      assertEquals("Learned: corner, from 3 pictures. Live knows it now.", screen.text(R.id.teach_done_words));
      OnScreen.app().live().choose(LiveState.Source.GALLERY);
      OnScreen.app().live().ask(corner());
      OnScreen.settle();
      assertTrue(OnScreen.app().live().state().get().answer().boxes().stream()
          .anyMatch(found -> found.name().equals("corner") && found.mask() != null));
    }
  }

  private static String example(OnScreen screen, int place) {
    android.view.ViewGroup small = screen.find(R.id.examples);
    return small.getChildAt(place).getContentDescription().toString();
  }

  @Test
  public void whoCannotDragTakesAllThatIsSeen() throws Exception {
    try (OnScreen screen = Taught.screen("pointed")) {
      screen.click(R.id.teach_gallery);
      screen.pick(R.id.teach_pick, Taught.png(corner()));
      screen.click(R.id.box_whole);
      assertEquals(new Corners(0, 10 / 60.0, 1, 50 / 60.0), Taught.state().draft().examples().get(0).box());
    }
  }

  @Test
  public void aTapAndAFingerThatIsTakenAwayChangeNothing() throws Exception {
    try (OnScreen screen = Taught.screen("pointed")) {
      screen.click(R.id.teach_gallery);
      screen.pick(R.id.teach_pick, Taught.png(corner()));
      View pad = screen.find(R.id.box_pad);
      OnScreen.touch(pad, new float[] {pad.getWidth() / 2f, pad.getHeight() / 2f});
      assertEquals(null, Taught.state().draft().examples().get(0).box());
      screen.click(R.id.box_whole);
      Corners before = Taught.state().draft().examples().get(0).box();
      OnScreen.touch(pad, new float[] {pad.getWidth() / 2f, pad.getHeight() / 2f});
      assertEquals(before, Taught.state().draft().examples().get(0).box());
    }
  }

  @Test
  public void inAMirrorABoxIsWhereItIsSeen() {
    BoxPad pad = new BoxPad(RuntimeEnvironment.getApplication(), null);
    Shown mirrored = new Shown(Taught.grey(255, 100, 100).argb(), 100, 100, true);
    pad.show(mirrored, new Corners(0, 0, 1, 0.75), new Corners(0.2, 0.1, 0.4, 0.3), box -> {});
    Bitmap drawn = Drawn.of(pad, 400, View.MeasureSpec.EXACTLY, 400);
    Drawn.assertColour("its left edge is at the right", R.color.look, drawn, 360, 120);
    Drawn.assertColour("its right edge", R.color.look, drawn, 280, 120);
    assertEquals("seen", 0xFFFFFFFF, drawn.getPixel(200, 300));
    assertNotEquals("what the network does not see is dimmed", 0xFFFFFFFF, drawn.getPixel(50, 300));
    assertEquals(List.of(0.0, 0.75), List.of(pad.whole().left(), pad.whole().right()));
  }

  @Test
  public void withoutATaskForBoxesNoneIsDrawn() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      Taught.pictures(screen, 9);
      OnScreen.app().teach().select(0);
      OnScreen.settle();
      assertFalse(screen.shows(R.id.box_whole));
      View pad = screen.find(R.id.box_pad);
      OnScreen.touch(pad, new float[] {20, pad.getHeight() / 2f}, new float[] {90, pad.getHeight() / 2f + 30});
      assertEquals(null, Taught.state().draft().examples().get(0).box());
    }
  }
}
