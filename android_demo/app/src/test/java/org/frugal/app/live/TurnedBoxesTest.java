package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;

import android.graphics.Bitmap;
import android.graphics.Color;
import android.view.View;
import java.nio.ByteBuffer;
import java.util.List;
import org.frugal.Box;
import org.frugal.Event.Corners;
import org.frugal.app.Drawn;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.PictureView.Found;
import org.frugal.app.live.PictureView.Marks;
import org.frugal.image.YuvPicture;
import org.frugal.image.YuvPicture.Plane;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/**
 * From a camera's frame to marks on the screen, with the device held in four ways and for both cameras: what is found
 * in a frame is marked where a person sees it. The scene is grey; in it is a white thing, whose left half is masked.
 */
@RunWith(RobolectricTestRunner.class)
public class TurnedBoxesTest {
  private static final int SIDE = 40;
  private static final int SCALE = 10;
  /** Rows and columns of the thing in the scene, as a person in front of it sees it. */
  private static final int TOP = 6;
  private static final int LEFT = 8;
  private static final int HEIGHT = 12;
  private static final int WIDTH = 20;
  /** How far a frame lies from upright, clockwise, by the screen's angle: sensors at 90 and 270 degrees. */
  private static final int[] BACK = {90, 0, 270, 180};
  private static final int[] FRONT = {270, 0, 90, 180};

  private final PictureView view = new PictureView(RuntimeEnvironment.getApplication(), null);

  @Test
  public void whatIsFoundIsMarkedWhereItIsSeen() {
    for (int quarter = 0; quarter < 4; quarter++) {
      look(90 * quarter, BACK[quarter], 90, false);
      look(90 * quarter, FRONT[quarter], 270, true);
    }
  }

  private void look(int display, int turned, int sensor, boolean front) {
    int rotation = CameraChoice.rotation(sensor, display, front);
    Plane grey = new Plane(filled(SIDE * SIDE / 4, 128), SIDE / 2, 1);
    Shown shown = CameraChoice.square(
        new YuvPicture().convert(new Plane(frame(turned), SIDE, 1), grey, grey, SIDE, SIDE, rotation), front);
    Corners at = found(shown);
    float[][] leftHalf = {{1, 0}};
    view.show(shown, new Marks(List.of(), -1, List.of(new Found(new Box(at, .5f, 0, "", leftHalf), at))));
    Bitmap drawn = Drawn.of(view, SIDE * SCALE, View.MeasureSpec.EXACTLY, SIDE * SCALE);
    String held = (front ? "front" : "back") + " camera, screen at " + display;
    // In a mirror the scene is the other way round, and so is which half of the thing is its left one.
    int left = front ? SIDE - LEFT - WIDTH : LEFT;
    int masked = front ? left + WIDTH * 4 / 5 : left + WIDTH / 5;
    int free = front ? left + WIDTH / 5 : left + WIDTH * 4 / 5;
    int middle = TOP + HEIGHT / 2;
    assertEquals(held, 0xFFFFFFFF, pixel(drawn, middle, free));
    int mask = pixel(drawn, middle, masked);
    assertNotEquals(held, Color.red(mask), Color.blue(mask));
    for (int[] edge : new int[][] {{TOP + HEIGHT, left + WIDTH / 2}, {middle, left}, {middle, left + WIDTH}}) {
      int frame = drawn.getPixel(edge[1] * SCALE, edge[0] * SCALE);
      assertNotEquals(held + ", an edge", Color.red(frame), Color.blue(frame));
    }
    assertEquals(held + ", elsewhere", pixel(drawn, SIDE - 2, 1), pixel(drawn, SIDE - 2, SIDE - 2));
  }

  /** The scene as the sensor sees it: turned against the clock, so that turning it with the clock sets it upright. */
  private static ByteBuffer frame(int turned) {
    ByteBuffer frame = ByteBuffer.allocate(SIDE * SIDE);
    for (int row = 0; row < SIDE; row++) {
      for (int column = 0; column < SIDE; column++) {
        boolean thing = row >= TOP && row < TOP + HEIGHT && column >= LEFT && column < LEFT + WIDTH;
        int r = turned == 90 ? SIDE - 1 - column : turned == 180 ? SIDE - 1 - row : turned == 270 ? column : row;
        int c = turned == 90 ? row : turned == 180 ? SIDE - 1 - column : turned == 270 ? SIDE - 1 - row : column;
        frame.put(r * SIDE + c, (byte) (thing ? 255 : 60));
      }
    }
    return frame;
  }

  private static ByteBuffer filled(int count, int value) {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    for (int i = 0; i < count; i++) {
      bytes.put(i, (byte) value);
    }
    return bytes;
  }

  /** What a network would find in the picture that it is asked about: the white thing. */
  private static Corners found(Shown shown) {
    int top = SIDE;
    int left = SIDE;
    int bottom = 0;
    int right = 0;
    for (int i = 0; i < shown.argb().length; i++) {
      if (Color.green(shown.argb()[i]) > 200) {
        top = Math.min(top, i / SIDE);
        left = Math.min(left, i % SIDE);
        bottom = Math.max(bottom, i / SIDE + 1);
        right = Math.max(right, i % SIDE + 1);
      }
    }
    return new Corners(top / (double) SIDE, left / (double) SIDE, bottom / (double) SIDE, right / (double) SIDE);
  }

  /** The middle of a pixel of the picture. */
  private static int pixel(Bitmap drawn, int row, int column) {
    return drawn.getPixel(column * SCALE + SCALE / 2, row * SCALE + SCALE / 2);
  }
}
