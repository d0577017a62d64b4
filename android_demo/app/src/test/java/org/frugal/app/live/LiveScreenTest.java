package org.frugal.app.live;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.content.ComponentCallbacks2;
import android.graphics.Bitmap;
import android.os.SystemClock;
import android.view.MotionEvent;
import android.view.View;
import java.io.ByteArrayOutputStream;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.LiveState.Source;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** Real answers of the real library, through the screen. */
@RunWith(RobolectricTestRunner.class)
public class LiveScreenTest {
  @Test
  public void everySampleGetsTheAnswerThatItsBundleExpects() {
    try (OnScreen screen = new OnScreen()) {
      int right = 0;
      int count = OnScreen.app().live().state().get().bundle().samples().size();
      for (int i = 0; i < count; i++) {
        LiveState state = OnScreen.app().live().state().get();
        assertEquals(i, state.sample());
        assertEquals(state.answer().name(), screen.text(R.id.answer));
        right += state.answer().name().equals(state.bundle().samples().get(i).expected()) ? 1 : 0;
        screen.click(R.id.next);
      }
      assertEquals(6, count);
      assertTrue("right answers: " + right, right >= 4);
      assertEquals("behind the last sample comes the first", 0, OnScreen.app().live().state().get().sample());
    }
  }

  @Test
  public void thePathIsThatOfTheSelfTest() {
    try (OnScreen screen = new OnScreen()) {
      LiveState.Answer answer = OnScreen.app().live().state().get().answer();
      String words = screen.find(R.id.path).getContentDescription().toString();
      assertTrue(words, words.startsWith("Path: " + answer.path().run() + " of 6 parts run, left at "));
      assertTrue(words, words.contains("stage_1 ran, "));
      assertTrue(screen.text(R.id.share_words).contains(" of the full network: "));
      assertTrue(screen.text(R.id.why).contains("Operating point balanced, as chosen."));
    }
  }

  @Test
  public void aRotationLosesNothing() {
    OnScreen before = new OnScreen();
    before.click(R.id.next);
    before.click(R.id.source_pad);
    draw(before.find(R.id.pad));
    OnScreen.settle();
    String answer = before.text(R.id.answer);
    before.controller().recreate();
    OnScreen.settle();
    assertEquals(answer, before.text(R.id.answer));
    assertTrue(before.shows(R.id.pad));
    before.click(R.id.source_sample);
    assertTrue(before.text(R.id.caption).startsWith("Sample 2 of 6"));
    before.close();
  }

  @Test
  public void drawingGivesAnAnswerAndClearingTakesItAway() {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.source_pad);
      assertFalse("nothing is drawn yet", screen.shows(R.id.answer));
      draw(screen.find(R.id.pad));
      OnScreen.settle();
      assertTrue(screen.shows(R.id.answer));
      assertEquals("1", screen.text(R.id.answer));
      screen.click(R.id.clear);
      assertFalse(screen.shows(R.id.answer));
    }
  }

  @Test
  public void aFrameIsAnsweredOnlyWhileTheCameraIsChosen() {
    try (OnScreen screen = new OnScreen()) {
      LiveModel model = OnScreen.app().live();
      LiveState.Shown frame = model.state().get().bundle().samples().get(1).shown();
      model.askIfIdle(frame);
      OnScreen.settle();
      assertEquals(model.state().get().bundle().samples().get(0).shown(), model.state().get().shown());
      model.choose(Source.CAMERA);
      model.askIfIdle(frame);
      OnScreen.settle();
      assertEquals(frame, model.state().get().shown());
      assertNotNull(model.state().get().answer());
    }
  }

  @Test
  public void modelsThatWereLetGoAreOpenedAgain() {
    try (OnScreen screen = new OnScreen()) {
      RuntimeEnvironment.getApplication().onTrimMemory(ComponentCallbacks2.TRIM_MEMORY_COMPLETE);
      screen.click(R.id.next);
      assertTrue(screen.shows(R.id.answer));
      assertFalse(screen.shows(R.id.problem));
    }
  }

  @Test
  public void aDrawingIsOfferedForDigitsOnly() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.source_pad);
      screen.click(R.id.tab_bundles);
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      screen.click(R.id.tab_live);
      assertFalse(screen.shows(R.id.source_pad));
      assertTrue("samples take its place", screen.text(R.id.caption).startsWith("Sample 1 of "));
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
      assertEquals("Expected a readable file, got: one that is no picture.", screen.text(R.id.problem));
      assertFalse(screen.shows(R.id.answer));
      screen.pick(R.id.pick, png(digit()));
      assertFalse(screen.shows(R.id.problem));
      assertTrue(screen.shows(R.id.answer));
      screen.assertWorks();
    }
  }

  @Test
  public void anAnswerToAnotherSampleOrSourceIsNotShown() {
    try (OnScreen screen = new OnScreen()) {
      LiveModel model = OnScreen.app().live();
      model.chooseSample(1);
      model.chooseSample(2);
      OnScreen.settle();
      assertEquals(2, model.state().get().sample());
      assertEquals(model.state().get().bundle().samples().get(2).shown(), model.state().get().shown());
      model.chooseSample(3);
      model.choose(Source.PAD);
      OnScreen.settle();
      assertNull(model.state().get().answer());
      assertFalse(screen.shows(R.id.answer));
    }
  }

  @Test
  public void samplesGoRoundBothWays() {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.previous);
      assertTrue(screen.text(R.id.caption).startsWith("Sample 6 of 6"));
      screen.click(R.id.next);
      assertTrue(screen.text(R.id.caption).startsWith("Sample 1 of 6"));
    }
  }

  @Test
  public void anAnswerComesAtEveryLevelOfMemory() {
    try (OnScreen screen = new OnScreen()) {
      for (int level : new int[] {
          ComponentCallbacks2.TRIM_MEMORY_RUNNING_MODERATE, ComponentCallbacks2.TRIM_MEMORY_UI_HIDDEN,
          ComponentCallbacks2.TRIM_MEMORY_RUNNING_CRITICAL, ComponentCallbacks2.TRIM_MEMORY_BACKGROUND}) {
        RuntimeEnvironment.getApplication().onTrimMemory(level);
        screen.click(R.id.next);
        assertTrue("level " + level, screen.shows(R.id.answer));
      }
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
    long now = SystemClock.uptimeMillis();
    float x = pad.getWidth() * 0.5f;
    touch(pad, now, MotionEvent.ACTION_DOWN, x, pad.getHeight() * 0.3f);
    touch(pad, now, MotionEvent.ACTION_MOVE, x, pad.getHeight() * 0.7f);
    touch(pad, now, MotionEvent.ACTION_UP, x, pad.getHeight() * 0.7f);
  }

  private static void touch(View view, long time, int action, float x, float y) {
    MotionEvent event = MotionEvent.obtain(time, time, action, x, y, 0);
    view.dispatchTouchEvent(event);
    event.recycle();
  }
}
