package org.frugal.image;

import static org.frugal.TestFiles.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.bundle.Manifest.Input;
import org.frugal.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resizing against the triangle's formula, and what holds of any picture: range, mirror, constants, alpha. */
class ResamplerTest {
  private final Random random = new Random(27);

  private static double[] resampled(double[] from, int target) {
    double[] to = new double[target];
    new Resampler(from.length, target).along(from, 1, to);
    return to;
  }

  /** The mean of all elements, each weighted by a triangle around the centre of output i. */
  private static double formula(double[] from, int target, int i) {
    double ratio = (double) from.length / target;
    double half = Math.max(1, ratio);
    double sum = 0;
    double weights = 0;
    for (int j = 0; j < from.length; j++) {
      double weight = Math.max(0, 1 - Math.abs((i + 0.5) * ratio - (j + 0.5)) / half);
      sum += weight * from[j];
      weights += weight;
    }
    return sum / weights;
  }

  @Test
  void everySizeIsTheFormula() {
    for (int round = 0; round < 500; round++) {
      double[] from = random.doubles(random.nextInt(20) + 1, 0, 255).toArray();
      double[] to = resampled(from, random.nextInt(20) + 1);
      for (int i = 0; i < to.length; i++) {
        assertEquals(formula(from, to.length, i), to[i], 1e-9, from.length + " to " + to.length);
      }
    }
  }

  @Test
  void theSameSizeIsTheSameNumbers() {
    double[] from = random.doubles(9, 0, 255).toArray();
    assertArrayEquals(from, resampled(from, 9), 0);
  }

  @Test
  void nothingIsBrighterOrDarkerThanWhatItIsMadeOf() {
    for (int round = 0; round < 300; round++) {
      double[] from = random.doubles(random.nextInt(20) + 1, 0, 255).toArray();
      double least = Arrays.stream(from).min().getAsDouble();
      double most = Arrays.stream(from).max().getAsDouble();
      for (double value : resampled(from, random.nextInt(20) + 1)) {
        assertTrue(value >= least - 1e-9 && value <= most + 1e-9);
      }
    }
  }

  @Test
  void aMirroredRowIsMirrored() {
    for (int round = 0; round < 300; round++) {
      double[] from = random.doubles(random.nextInt(20) + 1, 0, 255).toArray();
      int target = random.nextInt(20) + 1;
      double[] mirrored = new double[from.length];
      for (int i = 0; i < from.length; i++) {
        mirrored[i] = from[from.length - 1 - i];
      }
      double[] one = resampled(from, target);
      double[] other = resampled(mirrored, target);
      for (int i = 0; i < target; i++) {
        assertEquals(one[i], other[target - 1 - i], 1e-9);
      }
    }
  }

  @Test
  void aResamplerFitsItsSizesOnly() {
    assertTrue(new Resampler(3, 5).fits(3, 5));
    assertFalse(new Resampler(3, 5).fits(5, 5));
    assertFalse(new Resampler(3, 5).fits(3, 3));
  }

  /** However many numbers stand side by side, and whether elements come at once or one after the other. */
  @Test
  void allWaysToResampleGiveTheSameBits() {
    for (int round = 0; round < 500; round++) {
      int source = random.nextInt(40) + 1;
      int target = random.nextInt(40) + 1;
      int numbers = random.nextInt(4) + 1;
      double[] from = random.doubles((long) source * numbers, 0, 255).toArray();
      Resampler resampler = new Resampler(source, target);
      double[] together = new double[target * numbers];
      resampler.along(from, numbers, together);
      double[] added = new double[target * numbers];
      for (int j = 0; j < source; j++) {
        resampler.add(j, from, j * numbers, 1, numbers, added);
      }
      assertArrayEquals(together, added, source + " to " + target);
      for (int k = 0; k < numbers; k++) {
        double[] alone = new double[source];
        for (int j = 0; j < source; j++) {
          alone[j] = from[j * numbers + k];
        }
        double[] expected = resampled(alone, target);
        double[] every = new double[target];
        for (int j = 0; j < source; j++) {
          resampler.add(j, new double[] {-1, alone[j]}, 1, 2, 1, every);
        }
        assertArrayEquals(expected, every);
        for (int i = 0; i < target; i++) {
          assertEquals(expected[i], together[i * numbers + k]);
        }
      }
    }
  }

  /** A picture of any size and colours becomes the bundle's, and one colour stays it. */
  @Test
  void aPictureOfOneColourStaysOfOneColour() {
    for (int round = 0; round < 300; round++) {
      int rows = random.nextInt(12) + 1;
      int columns = random.nextInt(12) + 1;
      byte[] pixels = new byte[3 * rows * columns];
      byte[] colour = bytes(random.nextInt(256), random.nextInt(256), random.nextInt(256));
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = colour[i % 3];
      }
      PixelFitter fitter = new PixelFitter(new ImageSpec(random.nextInt(5) + 1, random.nextInt(5) + 1, 3, true,
          random.nextBoolean() ? Input.Crop.CENTER : Input.Crop.NONE, 0));
      byte[] made = fitter.fit(Picture.of(pixels, rows, columns, 3));
      for (int i = 0; i < made.length; i++) {
        assertEquals(colour[i % 3], made[i]);
      }
    }
  }

  @ParameterizedTest
  // An alpha of 0 is paper, 255 is paint; between, level * a + 255 * (1 - a).
  @CsvSource({"0,0,255", "0,255,0", "255,0,255", "128,255,128", "100,0,255", "100,1,254", "0,128,127", "0,127,128",
      "200,51,244", "1,254,2"})
  void coloursAreLaidOnWhiteToTheNearestLevel(int level, int alpha, int expected) {
    assertEquals(expected, Picture.onWhite(level, alpha));
  }

  @Test
  void everyLevelOnWhiteIsTheNearestToTheFormula() {
    for (int level = 0; level < 256; level++) {
      for (int alpha = 0; alpha < 256; alpha++) {
        double exact = level * (alpha / 255.0) + 255 * (1 - alpha / 255.0);
        assertEquals(exact, Picture.onWhite(level, alpha), 0.5 + 1e-9, level + " at " + alpha);
      }
    }
  }

  @Test
  void greyIsTheFormulaRoundedHalfUp() {
    PixelFitter fitter = new PixelFitter(new ImageSpec(1, 1, 1, false, Input.Crop.NONE, 0));
    for (int round = 0; round < 5000; round++) {
      int[] c = {random.nextInt(256), random.nextInt(256), random.nextInt(256)};
      int grey = fitter.fit(Picture.of(bytes(c), 1, 1, 3))[0] & 255;
      // In thousandths there is nothing to round but the end.
      int thousandths = 299 * c[0] + 587 * c[1] + 114 * c[2];
      assertTrue(Math.abs(grey - thousandths / 1000.0) <= 0.5 + 1e-9, c[0] + " " + c[1] + " " + c[2]);
    }
  }

  @Test
  void aBundleOfFourChannelsTakesThemAsTheyAre() {
    PixelFitter fitter = new PixelFitter(new ImageSpec(1, 1, 4, false, Input.Crop.NONE, 0));
    assertArrayEquals(bytes(9, 8, 7, 6), fitter.fit(Picture.of(bytes(9, 8, 7, 6), 1, 1, 4)));
    String said = assertThrows(ChainException.class, () -> fitter.fit(Picture.of(bytes(9, 8, 7), 1, 1, 3)))
        .getMessage();
    assertEquals("image: expected 4 channel(s) or a picture in grey or RGB, received 3 channels", said);
    // A window of it is cut, and alpha is a channel like any other.
    PixelFitter half = new PixelFitter(new ImageSpec(1, 1, 4, false, Input.Crop.CENTER, 0));
    assertArrayEquals(bytes(5, 6, 7, 8), half.fit(Picture.of(bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9), 3, 1, 4)));
  }

  @Test
  void normalisedNumbersOfEveryChannelHaveARangeOfTheirOwn() {
    // Pixels of the first channel become 0 to 1, of the second 1 to -1; a width more on either side is plausible.
    Input.Image input = new Input.Image(false, Input.Crop.NONE, 0, List.of(1 / 255.0, -2 / 255.0), List.of(0.0, 1.0));
    ImageReader reader = new ImageReader(input, Tensor.float32(List.of(1, 1, 1, 2)));
    for (float[] good : new float[][] {{-1, -3}, {2, 3}, {0.5f, 0}}) {
      assertEquals(good[1], reader.read(Picture.normalised(good, 1, 1, 2)).getFloat(4));
    }
    assertEquals("image: expected normalised numbers (pixel * scale + offset) from -1.0 to 2.0 in channel 0, received "
        + "2.5: give pixels of 0..255 as bytes", refusal(reader, 2.5f, 0));
    assertEquals("image: expected normalised numbers (pixel * scale + offset) from -3.0 to 3.0 in channel 1, received "
        + "-3.5: give pixels of 0..255 as bytes", refusal(reader, 0, -3.5f));
    assertEquals("image: expected finite numbers, received NaN or infinity", refusal(reader, 2.5f, Float.NaN));
  }

  private static String refusal(ImageReader reader, float... values) {
    return assertThrows(ChainException.class, () -> reader.read(Picture.normalised(values, 1, 1, 2))).getMessage();
  }
}
