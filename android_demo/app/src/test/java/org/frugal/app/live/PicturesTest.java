package org.frugal.app.live;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;

import android.graphics.Bitmap;
import android.net.Uri;
import android.util.Size;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.frugal.Picture;
import org.frugal.app.live.LiveState.Shown;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;

@RunWith(RobolectricTestRunner.class)
public class PicturesTest {
  private static final Uri FILE = Uri.parse("content://pictures/1");

  @Test
  public void greyPixelsAreShownAndHandedOnUnchanged() {
    byte[] grey = new byte[256];
    for (int i = 0; i < 256; i++) {
      grey[i] = (byte) i;
    }
    Shown shown = Pixels.shown(Picture.grey(grey, 16, 16));
    assertEquals(0xFF000000, shown.argb()[0]);
    assertEquals(0xFFFFFFFF, shown.argb()[255]);
    byte[] rgb = Pixels.picture(shown).pixels();
    for (int i = 0; i < 256; i++) {
      assertEquals(grey[i], rgb[3 * i]);
    }
  }

  @Test
  public void normalisedNumbersAreStretched() {
    Shown shown = Pixels.shown(Picture.normalised(new float[] {-1, 0, 1, 1}, 2, 2, 1));
    assertArrayEquals(new int[] {0xFF000000, 0xFF808080, 0xFFFFFFFF, 0xFFFFFFFF}, shown.argb());
    assertEquals("all equal", 0xFF000000, Pixels.shown(Picture.normalised(new float[] {2}, 1, 1, 1)).argb()[0]);
  }

  @Test
  public void invertedTwiceIsTheSame() {
    Shown shown = new Shown(new int[] {0xFF102030}, 1, 1);
    assertEquals(0xFFEFDFCF, Pixels.inverted(shown).argb()[0]);
    assertArrayEquals(shown.argb(), Pixels.inverted(Pixels.inverted(shown)).argb());
  }

  @Test
  public void theMiddleOfAFrameIsSquare() {
    byte[] rgb = new byte[3 * 2 * 4];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3);
    }
    Shown square = CameraChoice.square(Picture.of(rgb, 2, 4, 3), false);
    assertArrayEquals(new int[] {0xFF010101, 0xFF020202, 0xFF050505, 0xFF060606}, square.argb());
  }

  @Test
  public void theSmallestFrameThatIsEnoughIsChosen() {
    Size small = new Size(176, 144);
    Size enough = new Size(320, 240);
    Size large = new Size(1920, 1080);
    assertEquals(enough, CameraChoice.size(new Size[] {large, small, enough}));
    assertEquals("none is enough", small, CameraChoice.size(new Size[] {new Size(96, 96), small}));
    assertNull(CameraChoice.size(new Size[0]));
  }

  @Test
  public void aPictureThatNoScreenCanDrawIsShownSmaller() {
    byte[] grey = new byte[4000 * 1025];
    grey[4 * 8 * 1025 + 4 * 7] = 99;
    Shown shown = Pixels.shown(Picture.grey(grey, 4000, 1025));
    assertEquals("every fourth", 1000, shown.rows());
    assertEquals(257, shown.columns());
    assertEquals(0xFF636363, shown.argb()[8 * 257 + 7]);
    assertEquals("as it is", 1024, Pixels.shown(Picture.grey(new byte[1024 * 5], 1024, 5)).rows());
  }

  @Test
  public void aLargePictureIsReadSmaller() throws IOException {
    Bitmap bitmap = Bitmap.createBitmap(1500, 600, Bitmap.Config.ARGB_8888);
    bitmap.eraseColor(0xFF336699);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    bitmap.compress(Bitmap.CompressFormat.PNG, 100, png);
    Shown shown = read(png.toByteArray());
    assertEquals(750, shown.columns());
    assertEquals(300, shown.rows());
    assertEquals(0xFF336699, shown.argb()[1000]);
    assertEquals(4, GalleryPictures.sampleSize(4000, 300));
  }

  @Test
  public void aPhotographIsTurnedUprightAsItsCameraSays() throws IOException {
    // Left half red, right half blue, as the sensor saw it.
    Bitmap seen = Bitmap.createBitmap(64, 32, Bitmap.Config.ARGB_8888);
    for (int x = 0; x < 64; x++) {
      for (int y = 0; y < 32; y++) {
        seen.setPixel(x, y, x < 32 ? 0xFFFF0000 : 0xFF0000FF);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    seen.compress(Bitmap.CompressFormat.JPEG, 100, bytes);
    byte[] jpeg = bytes.toByteArray();
    assertPlaces(read(jpeg), 64, "red left", 16, 16, "blue right", 48, 16);
    assertPlaces(read(turned(jpeg, 3)), 64, "blue left", 16, 16, "red right", 48, 16);
    assertPlaces(read(turned(jpeg, 6)), 32, "red above", 16, 16, "blue below", 16, 48);
    assertPlaces(read(turned(jpeg, 8)), 32, "blue above", 16, 16, "red below", 16, 48);
  }

  @Test
  public void inkOnNothingIsInkOnPaper() throws IOException {
    Bitmap bitmap = Bitmap.createBitmap(20, 10, Bitmap.Config.ARGB_8888);
    bitmap.setPixel(3, 2, 0xFF000000);
    bitmap.setPixel(4, 2, 0x80000000);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    bitmap.compress(Bitmap.CompressFormat.PNG, 100, png);
    int[] argb = read(png.toByteArray()).argb();
    assertEquals(0xFFFFFFFF, argb[0]);
    assertEquals(0xFF000000, argb[2 * 20 + 3]);
    assertEquals("half of each", 0xFF7F7F7F, argb[2 * 20 + 4]); // (0 * 128 + 255 * 127) / 255
  }

  @Test
  public void whatIsNoPictureIsRefused() {
    assertEquals("no picture", assertThrows(IOException.class, () -> read(new byte[] {1, 2, 3})).getMessage());
  }

  /** Two places of a picture, each with the colour that its words begin with. */
  private static void assertPlaces(
      Shown shown, int columns, String one, int x1, int y1, String other, int x2, int y2) {
    assertEquals(columns, shown.columns());
    assertEquals(one, one.split(" ")[0], colour(shown.argb()[y1 * columns + x1]));
    assertEquals(other, other.split(" ")[0], colour(shown.argb()[y2 * columns + x2]));
  }

  private static String colour(int argb) {
    return (argb >> 16 & 255) > 200 ? "red" : (argb & 255) > 200 ? "blue" : Integer.toHexString(argb);
  }

  /** With an Exif segment that holds nothing but the orientation. */
  private static byte[] turned(byte[] jpeg, int orientation) {
    byte[] exif = {
      (byte) 0xFF, (byte) 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,
      0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte) orientation, 0, 0, 0, 0, 0, 0
    };
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(jpeg, 0, 2);
    all.write(exif, 0, exif.length);
    all.write(jpeg, 2, jpeg.length - 2);
    return all.toByteArray();
  }

  private static Shown read(byte[] content) throws IOException {
    Shadows.shadowOf(RuntimeEnvironment.getApplication().getContentResolver())
        .registerInputStreamSupplier(FILE, () -> new ByteArrayInputStream(content));
    return GalleryPictures.read(RuntimeEnvironment.getApplication().getContentResolver(), FILE, "no picture");
  }
}
