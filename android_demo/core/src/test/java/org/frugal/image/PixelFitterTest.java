package org.frugal.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Collections;
import org.frugal.Picture;
import org.frugal.bundle.Manifest.Input;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** Preprocessing, each step against constants worked out by hand; the goldens compare all of it with Python's bits. */
class PixelFitterTest {
  private static Input input(int height, int width, int channels, boolean crop) {
    return new Input(
        "image", height, width, channels, true, crop, Collections.nCopies(channels, 1.0),
        Collections.nCopies(channels, 0.0));
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] fit(Input input, Picture picture) {
    return new PixelFitter(input).fit(picture);
  }

  @Test
  void colourToGrey() {
    // .299 * 100 + .587 * 50 + .114 * 200 = 82.05; white stays white, and what has no colour is white.
    assertArrayEquals(bytes(82, 255),
        fit(input(1, 2, 1, false), Picture.of(bytes(100, 50, 200, 255, 255, 255), 1, 2, 3)));
    assertArrayEquals(bytes(255), fit(input(1, 1, 1, false), Picture.of(bytes(100, 50, 200, 0), 1, 1, 4)));
  }

  @Test
  void greyToColourAndAlphaIsLaidOnWhite() {
    assertArrayEquals(bytes(200, 200, 200), fit(input(1, 1, 3, false), Picture.grey(bytes(200), 1, 1)));
    assertArrayEquals(bytes(1, 2, 3), fit(input(1, 1, 3, false), Picture.of(bytes(1, 2, 3, 255), 1, 1, 4)));
    assertArrayEquals(bytes(1, 2, 3), fit(input(1, 1, 3, false), Picture.argb(new int[] {0xff010203}, 1, 1)));
    // At an alpha of 51, a fifth: 100 / 5 + 255 * 4 / 5 = 224, 50 to 214, 200 to 244.
    assertArrayEquals(bytes(224, 214, 244), Picture.argb(new int[] {0x336432c8}, 1, 1).pixels());
  }

  @Test
  void theLargestCentredWindow() {
    // Two rows of five: the two columns in the middle, rounded down, are 1 and 2.
    Picture wide = Picture.grey(bytes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 2, 5);
    assertArrayEquals(bytes(1, 2, 6, 7), fit(input(2, 2, 1, true), wide));
    Picture high = Picture.grey(bytes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 5, 2);
    assertArrayEquals(bytes(2, 3, 4, 5), fit(input(2, 2, 1, true), high));
  }

  @Test
  void halvingTakesTheTriangle() {
    // (.75 * 0 + .75 * 70 + .25 * 140) / 1.75 = 50; (.25 * 70 + .75 * 140 + .75 * 210) / 1.75 = 160.
    assertArrayEquals(bytes(50, 160), fit(input(1, 2, 1, false), Picture.grey(bytes(0, 70, 140, 210), 1, 4)));
    assertArrayEquals(bytes(50, 160), fit(input(2, 1, 1, false), Picture.grey(bytes(0, 70, 140, 210), 4, 1)));
  }

  @Test
  void doublingIsLinearBetweenCentres() {
    assertArrayEquals(bytes(0, 25, 75, 100), fit(input(1, 4, 1, false), Picture.grey(bytes(0, 100), 1, 2)));
  }

  @Test
  void picturesOfAnotherSizeMayFollow() {
    PixelFitter fitter = new PixelFitter(input(1, 2, 1, false));
    assertArrayEquals(bytes(50, 160), fitter.fit(Picture.grey(bytes(0, 70, 140, 210), 1, 4)));
    assertArrayEquals(bytes(9, 9), fitter.fit(Picture.grey(bytes(9, 9, 9), 3, 1)));
    assertArrayEquals(bytes(50, 160), fitter.fit(Picture.grey(bytes(0, 70, 140, 210), 1, 4)));
  }

  @Test
  void aPictureThatFitsIsNotCopied() {
    byte[] pixels = bytes(1, 2);
    assertSame(pixels, fit(input(1, 2, 1, true), Picture.grey(pixels, 1, 2)));
  }

  @Test
  void theTableRoundsTheProductAndThenTheSum() {
    float[] table = ImageReader.pixelTable(0.1, 1);
    assertEquals(255f * 0.1f + 1f, table[255]);
    Encoding int8 = new Encoding(TensorType.INT8, 0.5f, -3);
    ImageReader reader = new ImageReader(input(1, 2, 1, false), int8);
    // 7 / .5 - 3 = 11; 255 / .5 - 3 is clipped.
    assertEquals(11, reader.read(Picture.grey(bytes(7, 255), 1, 2)).get(0));
    assertEquals(127, reader.read(Picture.grey(bytes(7, 255), 1, 2)).get(1));
    // 1.25 / .5 = 2.5 goes to the even 2.
    assertEquals(-1, reader.read(Picture.normalised(new float[] {1.25f, 0}, 1, 2, 1)).get(0));
  }
}
