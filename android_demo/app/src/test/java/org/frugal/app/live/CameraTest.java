package org.frugal.app.live;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.Manifest;
import android.content.Context;
import android.content.pm.PackageManager;
import android.graphics.ImageFormat;
import android.hardware.camera2.CameraAccessException;
import android.hardware.camera2.CameraCharacteristics;
import android.hardware.camera2.CameraDevice;
import android.hardware.camera2.CameraManager;
import android.util.Size;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.LiveState.Source;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.shadow.api.Shadow;
import org.robolectric.shadows.ShadowCameraCharacteristics;
import org.robolectric.shadows.ShadowCameraManager;
import org.robolectric.shadows.StreamConfigurationMapBuilder;
import org.robolectric.util.ReflectionHelpers;

/** A camera that works, one that is taken, and one that is not there; frames come from the tests. */
@RunWith(RobolectricTestRunner.class)
public class CameraTest {
  private static final String TAKEN =
      "Another app is using the camera. Everything else works; try again when it is free.";

  private final CameraManager manager =
      (CameraManager) RuntimeEnvironment.getApplication().getSystemService(Context.CAMERA_SERVICE);

  @Before
  public void cameras() {
    Shadows.shadowOf(RuntimeEnvironment.getApplication()).grantPermissions(Manifest.permission.CAMERA);
    add("front", CameraCharacteristics.LENS_FACING_FRONT);
    add("back", CameraCharacteristics.LENS_FACING_BACK);
  }

  @Test
  public void theBackCameraIsOpenedAndItsFramesAreAnswered() throws Exception {
    assertEquals("back", CameraChoice.back(manager));
    try (OnScreen screen = camera()) {
      assertEquals("back", device().getId());
      assertFalse(screen.text(R.id.problem), screen.shows(R.id.problem));
      assertTrue(screen.shows(R.id.invert));
      frame();
      assertTrue(screen.shows(R.id.answer));
    }
  }

  @Test
  public void withoutABackCameraAnyIsTaken() throws Exception {
    shadow().removeCamera("back");
    assertEquals("front", CameraChoice.back(manager));
    shadow().removeCamera("front");
    assertEquals(null, CameraChoice.back(manager));
  }

  @Test
  public void aCameraThatAnotherAppTakesIsSaidAndEverythingElseGoesOn() {
    try (OnScreen screen = camera()) {
      frame();
      shadow().triggerDisconnect();
      OnScreen.settle();
      assertEquals(TAKEN, screen.text(R.id.problem));
      assertFalse("an old answer would look like a new one", screen.shows(R.id.answer));
      screen.click(R.id.source_pad);
      assertFalse(screen.shows(R.id.problem));
      assertTrue(screen.shows(R.id.pad));
      screen.click(R.id.source_gallery);
      assertTrue(screen.shows(R.id.pick));
      screen.assertWorks();
    }
  }

  @Test
  public void anAnswerThatWasOnItsWayDoesNotWipeTheSentenceAway() {
    try (OnScreen screen = camera()) {
      LiveModel model = OnScreen.app().live();
      model.askIfIdle(model.state().get().bundle().samples().get(1).shown());
      shadow().triggerDisconnect();
      OnScreen.settle();
      assertEquals(TAKEN, screen.text(R.id.problem));
    }
  }

  @Test
  public void tryingAgainOpensItOnceItIsFree() {
    try (OnScreen screen = camera()) {
      CameraDevice first = device();
      shadow().triggerDisconnect();
      OnScreen.settle();
      screen.click(R.id.retry);
      assertFalse(screen.shows(R.id.problem));
      assertFalse(screen.shows(R.id.retry));
      assertFalse("a new one", first == device());
      frame();
      assertTrue(screen.shows(R.id.answer));
    }
  }

  @Test
  public void everyErrorHasItsSentence() {
    int[] errors = {
      CameraDevice.StateCallback.ERROR_CAMERA_IN_USE, CameraDevice.StateCallback.ERROR_MAX_CAMERAS_IN_USE,
      CameraDevice.StateCallback.ERROR_CAMERA_DISABLED, CameraDevice.StateCallback.ERROR_CAMERA_DEVICE,
      CameraDevice.StateCallback.ERROR_CAMERA_SERVICE
    };
    String disabled =
        "The camera is switched off on this device, by its settings or its owner. Everything else works without it.";
    String failed = "The camera stopped with an error. Everything else works; try again.";
    String[] sentences = {TAKEN, TAKEN, disabled, failed, failed};
    for (int i = 0; i < errors.length; i++) {
      try (OnScreen screen = camera()) {
        callback().onError(device(), errors[i]);
        OnScreen.settle();
        assertEquals(sentences[i], screen.text(R.id.problem));
        assertTrue(screen.shows(R.id.retry));
        screen.assertWorks();
      }
    }
  }

  @Test
  public void aCameraThatCannotBeOpenedIsSaidTheSameWay() {
    assertEquals(R.string.camera_taken, opening(CameraAccessException.CAMERA_IN_USE));
    assertEquals(R.string.camera_taken, opening(CameraAccessException.MAX_CAMERAS_IN_USE));
    assertEquals(R.string.camera_taken, opening(CameraAccessException.CAMERA_DISCONNECTED));
    assertEquals(R.string.camera_disabled, opening(CameraAccessException.CAMERA_DISABLED));
    assertEquals(R.string.camera_failed, opening(CameraAccessException.CAMERA_ERROR));
  }

  @Test
  public void whatACameraSaysAfterItWasGivenBackIsNobodys() {
    try (OnScreen screen = camera()) {
      CameraDevice.StateCallback late = callback();
      CameraDevice device = device();
      screen.click(R.id.tab_bundles);
      screen.click(R.id.tab_live);
      screen.click(R.id.source_sample);
      late.onError(device, CameraDevice.StateCallback.ERROR_CAMERA_DEVICE);
      late.onDisconnected(device);
      late.onOpened(device);
      OnScreen.settle();
      assertFalse(screen.text(R.id.problem), screen.shows(R.id.problem));
      assertTrue(screen.shows(R.id.answer));
    }
  }

  @Test
  public void aRefusedCameraIsSaidAndTheRestWorks() {
    Shadows.shadowOf(RuntimeEnvironment.getApplication()).denyPermissions(Manifest.permission.CAMERA);
    try (OnScreen screen = camera()) {
      answerPermission(screen, PackageManager.PERMISSION_DENIED);
      assertTrue(screen.text(R.id.problem).startsWith("The camera was refused."));
      screen.assertWorks();
    }
  }

  @Test
  public void aCameraThatIsAllowedIsOpened() {
    Shadows.shadowOf(RuntimeEnvironment.getApplication()).denyPermissions(Manifest.permission.CAMERA);
    try (OnScreen screen = camera()) {
      assertNull("nobody has allowed it yet", device());
      Shadows.shadowOf(RuntimeEnvironment.getApplication()).grantPermissions(Manifest.permission.CAMERA);
      answerPermission(screen, PackageManager.PERMISSION_GRANTED);
      assertEquals("back", device().getId());
      frame();
      assertTrue(screen.shows(R.id.answer));
    }
  }

  @Test
  public void anAnswerToAnotherQuestionOpensNoCameraAndRefusesNone() {
    try (OnScreen screen = new OnScreen()) {
      for (int answer : new int[] {PackageManager.PERMISSION_GRANTED, PackageManager.PERMISSION_DENIED}) {
        screen.activity().onRequestPermissionsResult(
            1, new String[] {Manifest.permission.POST_NOTIFICATIONS}, new int[] {answer});
        answerPermission(screen, answer);
        assertNull("samples are on display", device());
        assertFalse(screen.text(R.id.problem), screen.shows(R.id.problem));
      }
    }
  }

  @Test
  public void aCameraThatMayNotBeUsedIsSaidWheneverItsScreenComesBack() {
    Shadows.shadowOf(RuntimeEnvironment.getApplication()).denyPermissions(Manifest.permission.CAMERA);
    try (OnScreen screen = camera()) {
      screen.click(R.id.tab_bundles);
      OnScreen.app().bundles().choose("max_min_digits");
      OnScreen.settle();
      screen.click(R.id.tab_live);
      assertTrue(screen.text(R.id.problem), screen.text(R.id.problem).startsWith("The camera was refused."));
      assertTrue("it can be asked for again", screen.shows(R.id.retry));
    }
  }

  @Test
  public void whatTheCameraSeesCanBeInverted() {
    try (OnScreen screen = camera()) {
      Shown seen = OnScreen.app().live().state().get().bundle().samples().get(1).shown();
      frame();
      assertArrayEquals(seen.argb(), OnScreen.app().live().state().get().shown().argb());
      screen.click(R.id.invert);
      frame();
      assertArrayEquals(Pixels.inverted(seen).argb(), OnScreen.app().live().state().get().shown().argb());
    }
  }

  @Test
  public void aPhoneWithoutACameraSaysSo() {
    shadow().removeCamera("back");
    shadow().removeCamera("front");
    try (OnScreen screen = camera()) {
      assertEquals("This device has no camera that gives frames.", screen.text(R.id.problem));
      screen.assertWorks();
    }
  }

  @Test
  public void aCameraWithoutFramesIsNone() {
    shadow().removeCamera("back");
    shadow().removeCamera("front");
    CameraCharacteristics bare = ShadowCameraCharacteristics.newCameraCharacteristics();
    shadow().addCamera("depth", bare);
    try (OnScreen screen = camera()) {
      assertEquals("This device has no camera that gives frames.", screen.text(R.id.problem));
    }
  }

  @Test
  public void theCameraIsOpenAgainAfterARotation() {
    try (OnScreen screen = camera()) {
      CameraDevice first = device();
      screen.controller().recreate();
      OnScreen.settle();
      assertEquals(Source.CAMERA, OnScreen.app().live().state().get().source());
      assertFalse(first == device());
      frame();
      assertTrue(screen.shows(R.id.answer));
    }
  }

  private static int opening(int reason) {
    return CameraChoice.problem(new CameraAccessException(reason));
  }

  private static OnScreen camera() {
    OnScreen screen = new OnScreen();
    screen.click(R.id.source_camera);
    return screen;
  }

  private static void answerPermission(OnScreen screen, int answer) {
    screen.activity().onRequestPermissionsResult(1, new String[] {Manifest.permission.CAMERA}, new int[] {answer});
    OnScreen.settle();
  }

  /** A frame, as if the camera had given it. */
  private static void frame() {
    LiveModel model = OnScreen.app().live();
    model.askIfIdle(model.state().get().bundle().samples().get(1).shown());
    OnScreen.settle();
  }

  private void add(String id, int facing) {
    CameraCharacteristics camera = ShadowCameraCharacteristics.newCameraCharacteristics();
    ShadowCameraCharacteristics facts = Shadow.extract(camera);
    facts.set(CameraCharacteristics.LENS_FACING, facing);
    facts.set(CameraCharacteristics.SENSOR_ORIENTATION, 90);
    facts.set(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP, StreamConfigurationMapBuilder.newBuilder()
        .addOutputSize(ImageFormat.YUV_420_888, new Size(640, 480))
        .addOutputSize(ImageFormat.YUV_420_888, new Size(320, 240)).build());
    shadow().addCamera(id, camera);
  }

  private ShadowCameraManager shadow() {
    return Shadows.shadowOf(manager);
  }

  private static CameraDevice device() {
    return ReflectionHelpers.getStaticField(ShadowCameraManager.class, "lastDevice");
  }

  private static CameraDevice.StateCallback callback() {
    return ReflectionHelpers.getStaticField(ShadowCameraManager.class, "lastCallback");
  }
}
