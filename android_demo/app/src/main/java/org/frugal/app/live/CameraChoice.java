package org.frugal.app.live;

import android.hardware.camera2.CameraAccessException;
import android.hardware.camera2.CameraCharacteristics;
import android.hardware.camera2.CameraDevice;
import android.hardware.camera2.CameraManager;
import android.util.Size;
import org.frugal.Picture;
import org.frugal.app.R;
import org.frugal.app.live.LiveState.Shown;

/** Which camera, which size of frames, how to turn them, which part of them, and why there are none. */
final class CameraChoice {
  /** Networks here look at fewer pixels than this; more only cost time. */
  private static final int ENOUGH = 240;

  private CameraChoice() {}

  /** The back camera, else any; null where there is none. */
  static String back(CameraManager manager) throws CameraAccessException {
    String chosen = null;
    for (String id : manager.getCameraIdList()) {
      Integer facing = manager.getCameraCharacteristics(id).get(CameraCharacteristics.LENS_FACING);
      boolean isBack = facing != null && facing == CameraCharacteristics.LENS_FACING_BACK;
      if (isBack) {
        return id;
      }
      chosen = chosen == null ? id : chosen;
    }
    return chosen;
  }

  /** The sentence for what {@link CameraDevice.StateCallback#onError} says. */
  static int problem(int error) {
    switch (error) {
      case CameraDevice.StateCallback.ERROR_CAMERA_IN_USE:
      case CameraDevice.StateCallback.ERROR_MAX_CAMERAS_IN_USE:
        return R.string.camera_taken;
      case CameraDevice.StateCallback.ERROR_CAMERA_DISABLED:
        return R.string.camera_disabled;
      default:
        return R.string.camera_failed;
    }
  }

  /** The sentence for a camera that could not be opened or used. */
  static int problem(CameraAccessException error) {
    switch (error.getReason()) {
      case CameraAccessException.CAMERA_IN_USE:
      case CameraAccessException.MAX_CAMERAS_IN_USE:
      case CameraAccessException.CAMERA_DISCONNECTED:
        return R.string.camera_taken;
      case CameraAccessException.CAMERA_DISABLED:
        return R.string.camera_disabled;
      default:
        return R.string.camera_failed;
    }
  }

  /** The smallest size whose shorter side is enough, else the largest; null of none. */
  static Size size(Size[] sizes) {
    Size best = null;
    for (Size size : sizes) {
      if (best == null || isBetter(size, best)) {
        best = size;
      }
    }
    return best;
  }

  private static boolean isBetter(Size size, Size than) {
    boolean enough = shorter(size) >= ENOUGH;
    boolean thanEnough = shorter(than) >= ENOUGH;
    boolean smaller = area(size) < area(than);
    return enough != thanEnough ? enough : enough == smaller;
  }

  private static int shorter(Size size) {
    return Math.min(size.getWidth(), size.getHeight());
  }

  private static long area(Size size) {
    return (long) size.getWidth() * size.getHeight();
  }

  /** Whether a camera looks at the person who holds the device. */
  static boolean isFront(CameraCharacteristics camera) {
    Integer facing = camera.get(CameraCharacteristics.LENS_FACING);
    return facing != null && facing == CameraCharacteristics.LENS_FACING_FRONT;
  }

  /**
   * Degrees to turn a frame clockwise so that it stands upright on the screen. Seen from the other side, a screen that
   * turns one way turns the other way: a front camera's angles add.
   *
   * @param sensor how the camera is mounted, degrees clockwise
   * @param display how the screen is turned, degrees counter-clockwise
   */
  static int rotation(int sensor, int display, boolean front) {
    return Math.floorMod(front ? sensor + display : sensor - display, 360);
  }

  /** The middle square of an upright picture; a front camera's is shown as in a mirror, but asked about as it is. */
  static Shown square(Picture picture, boolean front) {
    int side = Math.min(picture.rows(), picture.columns());
    int top = (picture.rows() - side) / 2;
    int left = (picture.columns() - side) / 2;
    byte[] rgb = picture.pixels();
    int[] argb = new int[side * side];
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        int at = 3 * ((top + row) * picture.columns() + left + column);
        argb[row * side + column] =
            0xFF000000 | (rgb[at] & 255) << 16 | (rgb[at + 1] & 255) << 8 | rgb[at + 2] & 255;
      }
    }
    return new Shown(argb, side, side, front);
  }
}
