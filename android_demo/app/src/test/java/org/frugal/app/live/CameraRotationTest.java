package org.frugal.app.live;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.Manifest;
import android.content.Context;
import android.graphics.ImageFormat;
import android.hardware.camera2.CameraCharacteristics;
import android.hardware.camera2.CameraManager;
import android.hardware.display.DisplayManager;
import android.util.Size;
import android.view.Display;
import android.view.Surface;
import org.frugal.Picture;
import org.frugal.app.MainActivity;
import org.frugal.app.live.LiveState.Shown;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.shadow.api.Shadow;
import org.robolectric.shadows.ShadowCameraCharacteristics;
import org.robolectric.shadows.ShadowDisplay;
import org.robolectric.shadows.ShadowLooper;
import org.robolectric.shadows.StreamConfigurationMapBuilder;

/** Which way up frames are, whichever camera they come from and however the device is held. */
@RunWith(RobolectricTestRunner.class)
public class CameraRotationTest {
  private final Context context = RuntimeEnvironment.getApplication();
  private final CameraManager manager = context.getSystemService(CameraManager.class);
  private final Display display = context.getSystemService(DisplayManager.class).getDisplay(Display.DEFAULT_DISPLAY);
  private final MainActivity activity = Robolectric.buildActivity(MainActivity.class).setup().get();
  private final CameraFrames frames = new CameraFrames(activity, frame -> {}, problem -> {});

  @Before
  public void allow() {
    Shadows.shadowOf(RuntimeEnvironment.getApplication()).grantPermissions(Manifest.permission.CAMERA);
  }

  @Test
  public void theBackCamerasFramesAreTurnedAgainstTheScreen() {
    assertEquals(90, CameraChoice.rotation(90, 0, false));
    assertEquals(0, CameraChoice.rotation(90, 90, false));
    assertEquals(270, CameraChoice.rotation(90, 180, false));
    assertEquals(180, CameraChoice.rotation(90, 270, false));
  }

  @Test
  public void theFrontCamerasFramesAreTurnedWithIt() {
    assertEquals(270, CameraChoice.rotation(270, 0, true));
    assertEquals(0, CameraChoice.rotation(270, 90, true));
    assertEquals(90, CameraChoice.rotation(270, 180, true));
    assertEquals(180, CameraChoice.rotation(270, 270, true));
  }

  @Test
  public void halfATurnTurnsTheFramesThoughTheWindowStaysAsItIs() {
    add("back", CameraCharacteristics.LENS_FACING_BACK, 90);
    frames.start();
    assertEquals(90, frames.rotation());
    for (int[] each : new int[][] {
        {Surface.ROTATION_180, 270}, {Surface.ROTATION_90, 0}, {Surface.ROTATION_270, 180}, {Surface.ROTATION_0, 90}}) {
      turn(each[0]);
      assertEquals("screen at " + each[0], each[1], frames.rotation());
    }
  }

  @Test
  public void aFrontCameraIsTurnedByItsOwnRule() {
    add("front", CameraCharacteristics.LENS_FACING_FRONT, 270);
    turn(Surface.ROTATION_90);
    frames.start();
    assertEquals(0, frames.rotation());
    turn(Surface.ROTATION_270);
    assertEquals(180, frames.rotation());
  }

  @Test
  public void aCameraThatWasGivenBackListensToNothing() {
    add("back", CameraCharacteristics.LENS_FACING_BACK, 90);
    frames.start();
    frames.stop();
    turn(Surface.ROTATION_180);
    assertEquals(0, frames.rotation());
    frames.start();
    assertEquals("read anew", 270, frames.rotation());
  }

  @Test
  public void aFrontCamerasPictureIsSeenAsInAMirrorAndAskedAboutAsItIs() {
    Picture two = Picture.of(new byte[] {10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40}, 2, 2, 3);
    int[] asItIs = {0xFF0A0A0A, 0xFF141414, 0xFF1E1E1E, 0xFF282828};
    Shown front = CameraChoice.square(two, true);
    assertTrue(front.mirrored());
    assertArrayEquals("writing stays readable to the network", asItIs, front.argb());
    assertTrue("inverted too", Pixels.inverted(front).mirrored());
    assertFalse(CameraChoice.square(two, false).mirrored());
  }

  private void turn(int rotation) {
    ShadowDisplay shadow = Shadow.extract(display);
    shadow.setRotation(rotation);
    ShadowLooper.idleMainLooper();
  }

  private void add(String id, int facing, int sensor) {
    CameraCharacteristics camera = ShadowCameraCharacteristics.newCameraCharacteristics();
    ShadowCameraCharacteristics facts = Shadow.extract(camera);
    facts.set(CameraCharacteristics.LENS_FACING, facing);
    facts.set(CameraCharacteristics.SENSOR_ORIENTATION, sensor);
    facts.set(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP, StreamConfigurationMapBuilder.newBuilder()
        .addOutputSize(ImageFormat.YUV_420_888, new Size(320, 240)).build());
    Shadows.shadowOf(manager).addCamera(id, camera);
  }
}
