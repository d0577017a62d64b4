package org.frugal.app;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertTrue;

import android.app.Activity;
import android.content.Intent;
import android.graphics.Bitmap;
import android.net.Uri;
import android.os.Bundle;
import android.widget.CheckBox;
import android.widget.TextView;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.frugal.app.bundles.BundleItem.Standing;
import org.frugal.app.live.LiveState;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.LiveState.Source;
import org.frugal.app.live.Pixels;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.shadows.ShadowLooper;

/** The system ends the process whenever another app needs its memory, while a picker is in front of it as well. */
@RunWith(RobolectricTestRunner.class)
public class ProcessDeathTest {
  private static final Uri PICKED = Uri.parse("content://gallery/7");

  private ActivityController<MainActivity> window;

  @Test
  public void aPictureThatIsPickedWhileTheProcessIsGoneIsAnswered() throws Exception {
    Shown digit = open(R.id.source_gallery);
    provide(png(digit));
    die();
    // The system makes the window anew and hands it the result at once: no bundle is open by then.
    window.get().onActivityResult(MainActivity.REQUEST, Activity.RESULT_OK, new Intent().setData(PICKED));
    assertEquals("no bundle is open yet", null, live().bundle());
    start();
    assertArrayEquals(digit.argb(), live().shown().argb());
    assertEquals(live().bundle().samples().get(0).expected(), live().answer().name());
  }

  @Test
  public void aPictureThatIsReadBeforeAnyBundleIsOpenWaitsForIt() throws Exception {
    Shown digit = open(R.id.source_gallery);
    die();
    AppModel app = OnScreen.app();
    app.live().choose(Source.GALLERY);
    app.live().ask(digit);
    assertSameUntilOpen(digit);
    start();
    assertEquals(live().bundle().samples().get(0).expected(), live().answer().name());
  }

  @Test
  public void aFileThatIsNoPictureIsStillSaidOnceTheBundleIsOpen() throws Exception {
    open(R.id.source_gallery);
    provide(new byte[] {1, 2, 3});
    die();
    window.get().onActivityResult(MainActivity.REQUEST, Activity.RESULT_OK, new Intent().setData(PICKED));
    start();
    assertEquals("Expected a readable file, received: one that is no picture.", live().problem());
  }

  @Test
  public void aPictureThatWasOnTheScreenComesBack() throws Exception {
    Shown digit = open(R.id.source_gallery);
    provide(png(Pixels.inverted(digit)));
    window.get().findViewById(R.id.invert).performClick();
    window.get().onActivityResult(MainActivity.REQUEST, Activity.RESULT_OK, new Intent().setData(PICKED));
    OnScreen.settle();
    String answer = live().answer().name();
    die();
    start();
    assertEquals(Source.GALLERY, live().source());
    assertTrue(window.get().<CheckBox>findViewById(R.id.invert).isChecked());
    assertArrayEquals("inverted once", digit.argb(), live().shown().argb());
    assertEquals(answer, live().answer().name());
  }

  @Test
  public void aDrawingAndTheSampleInUseComeBack() throws Exception {
    open(R.id.source_pad);
    OnScreen.app().live().ink().begin(0.5f, 0.3f);
    OnScreen.app().live().ink().move(0.5f, 0.7f);
    int[] drawn = OnScreen.app().live().ink().drawn().argb();
    OnScreen.app().live().chooseSample(2);
    die();
    start();
    assertArrayEquals(drawn, OnScreen.app().live().ink().drawn().argb());
    assertEquals("1", window.get().<TextView>findViewById(R.id.answer).getText().toString());
    window.get().findViewById(R.id.source_sample).performClick();
    OnScreen.settle();
    assertTrue(window.get().<TextView>findViewById(R.id.caption).getText().toString().startsWith("Sample 3 of "));
  }

  @Test
  public void whatAWindowRemembersIsOfNoUseToAProcessThatLivesOn() throws Exception {
    open(R.id.source_sample);
    Bundle saved = saved();
    OnScreen.app().live().chooseSample(2);
    window = Robolectric.buildActivity(MainActivity.class).create(saved);
    start();
    assertEquals("the model knows better", 2, live().sample());
  }

  @Test
  public void aBundleThatEndsTheAppIsNotTakenUpAgain() throws Exception {
    open(R.id.source_sample);
    OnScreen.app().bundles().lookAtAll();
    OnScreen.settle();
    OnScreen.app().bundles().choose("max_min_digits");
    OnScreen.settle();
    Path mark = OnScreen.app().bundles().store().path("max_min_digits").resolveSibling("max_min_digits.zip.opening");
    assertTrue("its answer has not been on the screen for a second", Files.exists(mark));
    die();
    start();
    assertEquals("lite0_cifar10", OnScreen.app().bundles().state().get().chosen());
    assertEquals(Standing.CRASHED, OnScreen.app().bundles().state().get().item("max_min_digits").standing());
    assertEquals("lite0_cifar10", live().bundle().name());
    letItBeSeen();
    die();
    start();
    assertEquals("the next start takes the good one", "lite0_cifar10",
        OnScreen.app().bundles().state().get().chosen());
  }

  @Test
  public void aBundleThatAnsweredIsTakenUpAgain() throws Exception {
    open(R.id.source_sample);
    OnScreen.app().bundles().lookAtAll();
    OnScreen.settle();
    OnScreen.app().bundles().choose("max_min_digits");
    OnScreen.settle();
    letItBeSeen();
    die();
    start();
    assertEquals("max_min_digits", OnScreen.app().bundles().state().get().chosen());
    assertFalse(OnScreen.app().bundles().state().get().items().stream()
        .anyMatch(item -> item.standing() == Standing.CRASHED));
  }

  /** Opens the app with a source chosen; gives the first sample. */
  private Shown open(int source) {
    window = Robolectric.buildActivity(MainActivity.class).setup();
    OnScreen.settle();
    letItBeSeen();
    window.get().findViewById(source).performClick();
    OnScreen.settle();
    return live().bundle().samples().get(0).shown();
  }

  private static void letItBeSeen() {
    ShadowLooper.idleMainLooper(2, TimeUnit.SECONDS);
    OnScreen.settle();
  }

  /** The process ends; what is new of the next one is its window, of which the system remembers something. */
  private void die() {
    AppModel before = OnScreen.app();
    Bundle saved = saved();
    RuntimeEnvironment.getApplication().onTerminate();
    RuntimeEnvironment.getApplication().onCreate();
    assertNotSame(before, OnScreen.app());
    window = Robolectric.buildActivity(MainActivity.class).create(saved);
  }

  private void start() {
    window.start().resume().visible();
    OnScreen.settle();
  }

  private Bundle saved() {
    Bundle saved = new Bundle();
    window.pause().stop().saveInstanceState(saved).destroy();
    return saved;
  }

  private static void assertSameUntilOpen(Shown digit) {
    assertEquals(null, live().bundle());
    assertEquals(digit, live().shown());
  }

  private static LiveState live() {
    return OnScreen.app().live().state().get();
  }

  private static void provide(byte[] content) {
    Shadows.shadowOf(RuntimeEnvironment.getApplication().getContentResolver())
        .registerInputStreamSupplier(PICKED, () -> new ByteArrayInputStream(content));
  }

  private static byte[] png(Shown shown) {
    Bitmap bitmap = Bitmap.createBitmap(shown.argb(), shown.columns(), shown.rows(), Bitmap.Config.ARGB_8888);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bitmap.compress(Bitmap.CompressFormat.PNG, 100, bytes);
    return bytes.toByteArray();
  }
}
