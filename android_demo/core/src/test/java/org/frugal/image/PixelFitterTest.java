package org.frugal.image;

import static org.frugal.TestFiles.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import com.sun.management.ThreadMXBean;
import java.util.Arrays;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.zip.CRC32;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.TestFiles;
import org.frugal.bundle.Manifest.Input;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Preprocessing, each step against constants worked out by hand; the goldens compare all of it with Python's bits. */
class PixelFitterTest {
  private static ImageSpec input(int height, int width, int channels, boolean crop) {
    return input(height, width, channels, true, crop);
  }

  private static ImageSpec input(int height, int width, int channels, boolean resizes, boolean crop) {
    return new ImageSpec(height, width, channels, resizes, crop ? Input.Crop.CENTER : Input.Crop.NONE, 0);
  }

  private static byte[] fit(ImageSpec input, Picture picture) {
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

  private static ImageSpec padding(int height, int width, boolean resizes) {
    return new ImageSpec(height, width, 1, resizes, Input.Crop.PAD, 9);
  }

  @Test
  void theSmallestWindowAroundAPicture() {
    // A row of three in a square: one row above, rounded down, and one below.
    assertArrayEquals(bytes(9, 9, 9, 1, 2, 3, 9, 9, 9),
        fit(padding(3, 3, false), Picture.grey(bytes(1, 2, 3), 1, 3)));
    assertArrayEquals(bytes(1, 2, 9, 9), fit(padding(2, 2, false), Picture.grey(bytes(1, 2), 1, 2)));
    assertArrayEquals(bytes(9, 1, 9, 9, 2, 9), fit(padding(2, 3, false), Picture.grey(bytes(1, 2), 2, 1)));
    // 3 * 2 / 4 rows are rounded up to 2.
    assertArrayEquals(bytes(1, 2, 3, 9, 9, 9),
        new PixelFitter(new ImageSpec(2, 3, 1, false, Input.Crop.PAD, 9)).fit(Picture.grey(bytes(1, 2, 3), 1, 3)));
    byte[] fits = bytes(1, 2);
    assertSame(fits, fit(padding(1, 2, false), Picture.grey(fits, 1, 2)));
  }

  @Test
  void aPaddedPictureIsResizedWithItsPadding() {
    // Four columns make a square of four rows, of which the second has the picture; columns first, to 50 and 160.
    // Then rows (.75 * 9 + .75 * p + .25 * 9) / 1.75 and, without it, (.25 * p + .75 * 9 + .75 * 9) / 1.75.
    byte[] made = fit(padding(2, 2, true), Picture.grey(bytes(0, 70, 140, 210), 1, 4));
    assertArrayEquals(bytes(27, 74, 15, 31), made);
  }

  @Test
  void thePaddingOfAPictureIsNotThatOfTheLast() {
    PixelFitter fitter = new PixelFitter(padding(2, 2, true));
    byte[] first = fitter.fit(Picture.grey(bytes(0, 70, 140, 210), 1, 4)).clone();
    byte[] high = fitter.fit(Picture.grey(bytes(0, 70, 140, 210), 4, 1)).clone();
    assertArrayEquals(bytes(first[0], first[2], first[1], first[3]), high);
    assertArrayEquals(first, fitter.fit(Picture.grey(bytes(0, 70, 140, 210), 1, 4)));
  }

  @Test
  void aPaddedPictureIsNotLargerThanAnyPicture() {
    // A row of 9460 makes a square of 89,491,600 pixels; 9459 * 9459 are few enough, but are not resized.
    ChainException error = assertThrows(ChainException.class,
        () -> fit(padding(1, 1, true), Picture.grey(new byte[9460], 1, 9460)));
    assertEquals("image: expected at most 89478485 pixels with the padding, received 1 x 9460, padded to 9460 x 9460",
        error.getMessage());
    String small = assertThrows(ChainException.class,
        () -> fit(padding(1, 1, false), Picture.grey(new byte[9459], 1, 9459))).getMessage();
    assertEquals("image: expected 1 x 1 pixels, for this bundle does not resize, received 9459 x 9459", small);
    // Sides whose product no long holds.
    String tall = assertThrows(ChainException.class, () -> new PixelFitter(
        new ImageSpec(1 << 24, 1, 1, true, Input.Crop.PAD, 0)).fit(Picture.grey(new byte[1 << 20], 1, 1 << 20)))
        .getMessage();
    assertTrue(tall.endsWith("padded to 17592186044416 x 1048576"), tall);
  }

  @Test
  void picturesOfOneSizeNeedNoMemoryButTheFirst() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    PixelFitter fitter = new PixelFitter(padding(20, 20, true));
    Picture picture = Picture.of(new byte[30 * 40 * 3], 30, 40, 3);
    fitter.fit(picture);
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    for (int i = 0; i < 100; i++) {
      fitter.fit(picture);
    }
    long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    assertTrue(allocated < 10_000, allocated + " bytes for 100 pictures");
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
    // 9 * .1 is .90000004 in float32, and 1 more lies between two: the even one. In one step it would be 1.9.
    assertEquals(1.9000001f, ImageReader.pixelTable(0.1, 1)[9]);
    assertEquals(26.5f, ImageReader.pixelTable(0.1, 1)[255]);
    Tensor int8 = new Tensor(List.of(1, 1, 2, 1), TensorType.INT8, 0.5, -3);
    ImageReader reader = new ImageReader(new Input.Image(true, Input.Crop.NONE, 0, List.of(1.0), List.of(0.0)), int8);
    // 7 / .5 - 3 = 11; 255 / .5 - 3 is clipped.
    assertEquals(11, reader.read(Picture.grey(bytes(7, 255), 1, 2)).get(0));
    assertEquals(127, reader.read(Picture.grey(bytes(7, 255), 1, 2)).get(1));
    // 1.25 / .5 = 2.5 goes to the even 2.
    assertEquals(-1, reader.read(Picture.normalised(new float[] {1.25f, 0}, 1, 2, 1)).get(0));
  }

  static List<JsonObject> cases() {
    return TestFiles.cases("pictures");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bothRuntimesFitPicturesAlike(JsonObject line) {
    int[] shape = TestFiles.wholes(line.get("input"));
    boolean resizes = line.get("resize") != null;
    ImageSpec input = input(shape[0], shape[1], shape[2], resizes, line.get("crop") != null);
    int[] size = TestFiles.wholes(line.get("picture"));
    Picture picture = Picture.of(bytes(TestFiles.wholes(line.get("pixels"))), size[0], size[1], size[2]);
    if (line.get("refused") != null) {
      ChainException error = assertThrows(ChainException.class, () -> fit(input, picture));
      assertEquals(line.getString("refused", ""), error.getMessage());
    } else {
      assertArrayEquals(bytes(TestFiles.wholes(line.get("expected"))), fit(input, picture));
    }
  }

  /** The sum over all of them is in the test of the other runtime too. */
  @Test
  void everySmallSizeBecomesEveryOtherAsInPython() {
    CRC32 sum = new CRC32();
    for (int i = 0; i < 5 * 5 * 4 * 4; i++) {
      int rows = i / 80 + 1;
      int columns = i / 16 % 5 + 1;
      byte[] pixels = new byte[rows * columns * 3];
      for (int k = 0; k < pixels.length; k++) {
        pixels[k] = (byte) (89 * k + 31 * rows);
      }
      Picture picture = Picture.of(pixels, rows, columns, 3);
      sum.update(fit(input(i / 4 % 4 + 1, i % 4 + 1, 3, false), picture));
      sum.update(fit(input(i / 4 % 4 + 1, i % 4 + 1, 1, true), picture));
    }
    assertEquals(3425932537L, sum.getValue());
  }

  @Test
  void theWeightsOfAnySizeAddUpToOne() {
    for (int source = 1; source < 12; source++) {
      for (int target = 1; target < 12; target++) {
        double[] constant = new double[source];
        Arrays.fill(constant, 200);
        double[] made = new double[target];
        new Resampler(source, target).along(constant, 1, made);
        for (double value : made) {
          assertEquals(200, value, 1e-10, source + " to " + target);
        }
      }
    }
  }

  @Test
  void numbersThatStandSideBySideAreResampledEachOnItsOwn() {
    // Two elements of two numbers each, doubled: centres .25, .75, 1.25 and 1.75.
    double[] made = new double[8];
    new Resampler(2, 4).along(new double[] {0, 100, 4, 0}, 2, made);
    assertArrayEquals(new double[] {0, 100, 1, 75, 3, 25, 4, 0}, made, 0);
    double[] three = new double[6];
    new Resampler(4, 2).along(new double[] {0, 7, 0, 70, 7, 0, 140, 7, 0, 210, 7, 7}, 3, three);
    // As when halving above; of the last, (.25 * 0 + .75 * 0 + .75 * 7) / 1.75 = 3.
    assertArrayEquals(new double[] {50, 7, 0, 160, 7, 3}, three, 1e-12);
  }
}
