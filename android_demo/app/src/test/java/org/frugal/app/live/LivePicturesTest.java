package org.frugal.app.live;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.view.MotionEvent;
import android.view.View;
import android.widget.CheckBox;
import java.io.ByteArrayOutputStream;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.live.LiveState.Shown;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** Pictures that a person brings: drawn on the pad, or picked from the gallery. */
@RunWith(RobolectricTestRunner.class)
public class LivePicturesTest {
  @Test
  public void aRotationLosesNothing() {
    OnScreen before = new OnScreen();
    before.click(R.id.next);
    before.click(R.id.source_pad);
    draw(before.find(R.id.pad));
    String answer = before.text(R.id.answer);
    before.controller().recreate();
    OnScreen.settle();
    assertEquals(answer, before.text(R.id.answer));
    assertTrue(before.shows(R.id.pad));
    before.click(R.id.source_sample);
    assertTrue(before.text(R.id.caption).startsWith("Sample 2 of 128"));
    before.close();
  }

  @Test
  public void drawingGivesAnAnswerAndClearingTakesItAway() {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.source_pad);
      assertFalse("nothing is drawn yet", screen.shows(R.id.answer));
      draw(screen.find(R.id.pad));
      assertTrue(screen.shows(R.id.answer));
      assertEquals("1", screen.text(R.id.answer));
      screen.click(R.id.clear);
      assertFalse(screen.shows(R.id.answer));
    }
  }

  @Test
  public void aPictureOfTheGalleryIsAnsweredAndInverted() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.source_gallery);
      assertFalse("nothing is picked yet", screen.shows(R.id.answer));
      Shown ink = digit();
      screen.pick(R.id.pick, png(Pixels.inverted(ink)));
      assertTrue(screen.shows(R.id.answer));
      Shown asked = OnScreen.app().live().state().get().shown();
      assertArrayEquals(Pixels.inverted(ink).argb(), asked.argb());
      screen.click(R.id.invert);
      assertArrayEquals(ink.argb(), OnScreen.app().live().state().get().shown().argb());
      String expected = OnScreen.app().live().state().get().bundle().samples().get(0).expected();
      assertEquals(expected, screen.text(R.id.answer));
      assertEquals("The picture asked about", screen.find(R.id.picture).getContentDescription().toString());
    }
  }

  @Test
  public void whatIsNoPictureIsSaidAndTheNextOneIsAnswered() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.source_gallery);
      screen.pick(R.id.pick, new byte[] {1, 2, 3});
      assertEquals("Expected a readable file, received: one that is no picture.", screen.text(R.id.problem));
      assertFalse(screen.shows(R.id.answer));
      screen.pick(R.id.pick, png(digit()));
      assertFalse(screen.shows(R.id.problem));
      assertTrue(screen.shows(R.id.answer));
      screen.assertWorks();
    }
  }

  @Test
  public void aPickedPictureOutlivesARotation() {
    try (OnScreen screen = OnScreen.at(R.id.source_gallery)) {
      screen.click(R.id.invert);
      screen.pick(R.id.pick, png(Pixels.inverted(digit())));
      String answer = screen.text(R.id.answer);
      int[] asked = OnScreen.app().live().state().get().shown().argb();
      screen.controller().recreate();
      OnScreen.settle();
      assertTrue(screen.shows(R.id.pick));
      assertTrue(screen.<CheckBox>find(R.id.invert).isChecked());
      assertEquals(answer, screen.text(R.id.answer));
      assertArrayEquals("not inverted once more", asked, OnScreen.app().live().state().get().shown().argb());
      View picture = screen.find(R.id.picture);
      Bitmap drawn = Bitmap.createBitmap(picture.getWidth(), picture.getHeight(), Bitmap.Config.ARGB_8888);
      picture.draw(new Canvas(drawn));
      assertEquals("it is a square", asked[0], drawn.getPixel(0, 0));
    }
  }

  @Test
  public void aFingerThatTheSystemTakesAwayHasDrawnAllTheSame() {
    try (OnScreen screen = OnScreen.at(R.id.source_pad)) {
      View pad = screen.find(R.id.pad);
      float x = pad.getWidth() * 0.5f;
      OnScreen.dispatch(pad, MotionEvent.obtain(0, 0, MotionEvent.ACTION_DOWN, x, pad.getHeight() * 0.3f, 0));
      OnScreen.dispatch(pad, MotionEvent.obtain(0, 9, MotionEvent.ACTION_MOVE, x, pad.getHeight() * 0.7f, 0));
      OnScreen.dispatch(pad, MotionEvent.obtain(0, 9, MotionEvent.ACTION_CANCEL, x, pad.getHeight() * 0.7f, 0));
      OnScreen.settle();
      assertEquals("1", screen.text(R.id.answer));
    }
  }

  @Test
  public void aFastStrokeKeepsItsBend() {
    try (OnScreen screen = OnScreen.at(R.id.source_pad)) {
      View pad = screen.find(R.id.pad);
      float side = pad.getWidth();
      OnScreen.dispatch(pad, MotionEvent.obtain(0, 0, MotionEvent.ACTION_DOWN, side * 0.2f, side * 0.2f, 0));
      MotionEvent fast = MotionEvent.obtain(0, 4, MotionEvent.ACTION_MOVE, side * 0.8f, side * 0.2f, 0);
      fast.addBatch(8, side * 0.8f, side * 0.8f, 1, 1, 0);
      OnScreen.dispatch(pad, fast);
      int[] drawn = OnScreen.app().live().ink().drawn().argb();
      assertEquals("the corner", 0xFFFFFFFF, drawn[(int) (0.2 * Ink.SIDE) * Ink.SIDE + (int) (0.8 * Ink.SIDE)]);
      assertEquals("the way straight across", 0xFF000000, drawn[Ink.SIDE / 2 * Ink.SIDE + Ink.SIDE / 2]);
    }
  }

  /** The first sample, in the form of a picture. */
  private static Shown digit() {
    return OnScreen.app().live().state().get().bundle().samples().get(0).shown();
  }

  private static byte[] png(Shown shown) {
    Bitmap bitmap =
        Bitmap.createBitmap(shown.argb(), shown.columns(), shown.rows(), Bitmap.Config.ARGB_8888);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    assertTrue(bitmap.compress(Bitmap.CompressFormat.PNG, 100, bytes));
    return bytes.toByteArray();
  }

  /** A stroke like a one, as high as two fifths of the pad. */
  private static void draw(View pad) {
    float x = pad.getWidth() * 0.5f;
    OnScreen.touch(pad, new float[] {x, pad.getHeight() * 0.3f}, new float[] {x, pad.getHeight() * 0.7f});
  }
}
