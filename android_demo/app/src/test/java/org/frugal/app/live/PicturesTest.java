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
    Shown square = CameraChoice.square(Picture.of(rgb, 2, 4, 3));
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
  public void framesAreTurnedAgainstTheScreen() {
    assertEquals(90, CameraChoice.rotation(90, 0));
    assertEquals(0, CameraChoice.rotation(90, 90));
    assertEquals(180, CameraChoice.rotation(90, 270));
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
  public void whatIsNoPictureIsRefused() {
    assertEquals("no picture", assertThrows(IOException.class, () -> read(new byte[] {1, 2, 3})).getMessage());
  }

  private static Shown read(byte[] content) throws IOException {
    Shadows.shadowOf(RuntimeEnvironment.getApplication().getContentResolver())
        .registerInputStreamSupplier(FILE, () -> new ByteArrayInputStream(content));
    return GalleryPictures.read(RuntimeEnvironment.getApplication().getContentResolver(), FILE, "no picture");
  }
}
