package org.frugal.image;

import static org.frugal.TestFiles.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.JsonObject;
import java.util.Arrays;
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
        new Resampler(source, target).apply(constant, 1, 1, made);
        for (double value : made) {
          assertEquals(200, value, 1e-10, source + " to " + target);
        }
      }
    }
  }

  @Test
  void numbersThatStandSideBySideAreResampledEachOnItsOwn() {
    // Two rows of two elements of two numbers each, doubled: centres .25, .75, 1.25 and 1.75.
    double[] from = {0, 100, 4, 0, 8, 0, 8, 4};
    double[] made = new double[16];
    new Resampler(2, 4).apply(from, 2, 2, made);
    assertArrayEquals(new double[] {0, 100, 1, 75, 3, 25, 4, 0, 8, 0, 8, 1, 8, 3, 8, 4}, made, 0);
  }
}
