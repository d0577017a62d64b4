package org.frugal.app.live;

import android.annotation.SuppressLint;
import android.app.Activity;
import android.content.Context;
import android.graphics.ImageFormat;
import android.hardware.camera2.CameraAccessException;
import android.hardware.camera2.CameraCaptureSession;
import android.hardware.camera2.CameraCharacteristics;
import android.hardware.camera2.CameraDevice;
import android.hardware.camera2.CameraManager;
import android.hardware.camera2.CaptureRequest;
import android.hardware.camera2.params.StreamConfigurationMap;
import android.hardware.display.DisplayManager;
import android.media.Image;
import android.media.ImageReader;
import android.os.Handler;
import android.os.HandlerThread;
import android.util.Log;
import android.util.Size;
import android.view.Surface;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.frugal.Picture;
import org.frugal.app.Failures;
import org.frugal.app.R;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.image.YuvPicture;

/**
 * Frames of the back camera, upright and square. What is shown is what the chain gets, so there is no other preview.
 * Started and stopped on the main thread; frames are made on a thread of their own and handed over on the main thread.
 */
public final class CameraFrames {
  private final Activity activity;
  private final Consumer<Shown> frames;
  private final IntConsumer problem;
  private final Handler main;
  private final YuvPicture yuv = new YuvPicture();
  private Session session;

  /** Everything of one start, so that what comes late belongs to nobody. */
  private final class Session implements DisplayManager.DisplayListener {
    final HandlerThread thread = new HandlerThread("camera");
    final DisplayManager displays = activity.getSystemService(DisplayManager.class);
    CameraDevice device;
    ImageReader reader;
    int sensor;
    boolean front;
    /** Degrees to turn a frame by; written on the main thread, read on the camera's. */
    volatile int rotation;

    /** Half a turn of the device is told to nobody but a listener: the window stays as it is, and is not made anew. */
    void watchRotation() {
      displays.registerDisplayListener(this, main);
      readRotation();
    }

    private void readRotation() {
      int display = activity.getWindowManager().getDefaultDisplay().getRotation() * 90;
      rotation = CameraChoice.rotation(sensor, display, front);
    }

    @Override
    public void onDisplayChanged(int display) {
      readRotation();
    }

    @Override
    public void onDisplayAdded(int display) {}

    @Override
    public void onDisplayRemoved(int display) {}

    void close() {
      displays.unregisterDisplayListener(this);
      if (device != null) {
        device.close();
      }
      if (reader != null) {
        reader.close();
      }
      thread.quitSafely();
    }
  }

  /**
   * @param problem gets the string that says why there are no frames
   */
  public CameraFrames(Activity activity, Consumer<Shown> frames, IntConsumer problem) {
    this.activity = activity;
    this.frames = frames;
    this.problem = problem;
    main = new Handler(activity.getMainLooper());
  }

  /** Opens the camera; the caller has made sure of the permission. */
  @SuppressLint("MissingPermission")
  public void start() {
    stop();
    CameraManager manager = (CameraManager) activity.getSystemService(Context.CAMERA_SERVICE);
    Session opened = new Session();
    try {
      String id = CameraChoice.back(manager);
      Size size = id == null ? null : CameraChoice.size(sizes(manager, id));
      if (size == null) {
        problem.accept(R.string.camera_missing);
        return;
      }
      session = opened;
      opened.thread.start();
      Handler handler = new Handler(opened.thread.getLooper());
      CameraCharacteristics facts = manager.getCameraCharacteristics(id);
      Integer sensor = facts.get(CameraCharacteristics.SENSOR_ORIENTATION);
      opened.sensor = sensor == null ? 0 : sensor;
      opened.front = CameraChoice.isFront(facts);
      opened.watchRotation();
      opened.reader = ImageReader.newInstance(size.getWidth(), size.getHeight(), ImageFormat.YUV_420_888, 2);
      opened.reader.setOnImageAvailableListener(reader -> convert(opened, reader), handler);
      manager.openCamera(id, new Opening(opened), main);
    } catch (CameraAccessException error) {
      fail(opened, CameraChoice.problem(error));
    } catch (SecurityException | IllegalArgumentException error) {
      fail(opened, R.string.camera_failed);
    }
  }

  /** Gives the camera back. */
  public void stop() {
    Session old = session;
    session = null;
    if (old != null) {
      old.close();
    }
  }

  /** Says it once: what a session that has failed or was stopped says later is nobody's. */
  private void fail(Session failed, int why) {
    if (failed == session) {
      stop();
      problem.accept(why);
    }
  }

  private static Size[] sizes(CameraManager manager, String id) throws CameraAccessException {
    StreamConfigurationMap map =
        manager.getCameraCharacteristics(id).get(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP);
    Size[] sizes = map == null ? null : map.getOutputSizes(ImageFormat.YUV_420_888);
    return sizes == null ? new Size[0] : sizes;
  }

  /** How frames are turned now, in degrees; 0 while there are none. */
  int rotation() {
    return session == null ? 0 : session.rotation;
  }

  private void convert(Session of, ImageReader reader) {
    try (Image image = reader.acquireLatestImage()) {
      if (image == null) {
        return;
      }
      Image.Plane[] planes = image.getPlanes();
      Picture upright = yuv.convert(
          plane(planes[0]), plane(planes[1]), plane(planes[2]), image.getWidth(), image.getHeight(), of.rotation);
      Shown square = CameraChoice.square(upright, of.front);
      main.post(() -> {
        if (of == session) {
          frames.accept(square);
        }
      });
    } catch (RuntimeException error) {
      // The reader was closed by stop() while this frame was on its way, and there is nobody to show it to; or the
      // frame's planes are not what Android says of them.
      Log.w(Failures.LOG, "a frame that cannot be used", error);
      main.post(() -> fail(of, R.string.camera_failed));
    }
  }

  private static YuvPicture.Plane plane(Image.Plane plane) {
    return new YuvPicture.Plane(plane.getBuffer(), plane.getRowStride(), plane.getPixelStride());
  }

  /** What the camera says while it opens, and later. */
  private final class Opening extends CameraDevice.StateCallback {
    private final Session opened;

    Opening(Session opened) {
      this.opened = opened;
    }

    @Override
    public void onOpened(CameraDevice device) {
      opened.device = device;
      if (opened != session) {
        device.close();
        return;
      }
      Surface surface = opened.reader.getSurface();
      try {
        CaptureRequest.Builder request = device.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW);
        request.addTarget(surface);
        device.createCaptureSession(List.of(surface), new Capturing(opened, request.build()), main);
      } catch (CameraAccessException error) {
        fail(opened, CameraChoice.problem(error));
      } catch (IllegalStateException error) {
        fail(opened, R.string.camera_failed);
      }
    }

    /** An app in front of this one has taken it, or the system has. */
    @Override
    public void onDisconnected(CameraDevice device) {
      end(device, R.string.camera_taken);
    }

    @Override
    public void onError(CameraDevice device, int error) {
      end(device, CameraChoice.problem(error));
    }

    private void end(CameraDevice device, int why) {
      opened.device = device;
      if (opened == session) {
        fail(opened, why);
      } else {
        device.close();
      }
    }
  }

  /** Asks for frames without end. */
  private final class Capturing extends CameraCaptureSession.StateCallback {
    private final Session opened;
    private final CaptureRequest request;

    Capturing(Session opened, CaptureRequest request) {
      this.opened = opened;
      this.request = request;
    }

    @Override
    public void onConfigured(CameraCaptureSession capture) {
      if (opened != session) {
        return;
      }
      try {
        capture.setRepeatingRequest(request, null, main);
      } catch (CameraAccessException error) {
        fail(opened, CameraChoice.problem(error));
      } catch (IllegalStateException error) {
        fail(opened, R.string.camera_failed);
      }
    }

    @Override
    public void onConfigureFailed(CameraCaptureSession capture) {
      fail(opened, R.string.camera_failed);
    }
  }
}
