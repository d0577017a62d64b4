package org.frugal.image;

import static org.frugal.TestFiles.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Random;
import org.frugal.Picture;
import org.frugal.bundle.Manifest.Input.Crop;
import org.frugal.image.YuvFrame.Colours;
import org.frugal.image.YuvPicture.Plane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Pictures and frames that are fitted line by line: the bits of colour, then crop, then size, each on its own. */
class FusedPixelsTest {
  private final Random random = new Random(3);

  private byte[] noise(int size) {
    byte[] noise = new byte[size];
    random.nextBytes(noise);
    return noise;
  }

  /** Step by step as docs/bundle.md says, over arrays of the whole picture: slow, and without any of the code tested. */
  private static byte[] stepByStep(ImageSpec input, Picture picture) {
    int channels = input.channels();
    int side = Math.min(picture.rows(), picture.columns());
    boolean cut = input.crop() == Crop.CENTER;
    int rows = cut ? side : picture.rows();
    int columns = cut ? side : picture.columns();
    double[][][] window = new double[rows][columns][channels];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int at = ((picture.rows() - rows) / 2 + row) * picture.columns() + (picture.columns() - columns) / 2 + column;
        byte[] p = picture.pixels();
        for (int k = 0; k < channels; k++) {
          window[row][column][k] = channels == 3 ? p[3 * at + k] & 255 : Math.floor(
              0.299 * (p[3 * at] & 255) + 0.587 * (p[3 * at + 1] & 255) + 0.114 * (p[3 * at + 2] & 255) + 0.5);
        }
      }
    }
    byte[] made = new byte[input.height() * input.width() * channels];
    double[][][] narrow = new double[rows][input.width()][channels];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < input.width(); i++) {
        for (int k = 0; k < channels; k++) {
          double[] line = new double[columns];
          for (int j = 0; j < columns; j++) {
            line[j] = window[row][j][k];
          }
          narrow[row][i][k] = triangle(line, input.width(), i);
        }
      }
    }
    for (int at = 0; at < made.length; at++) {
      double[] line = new double[rows];
      for (int j = 0; j < rows; j++) {
        line[j] = narrow[j][at / channels % input.width()][at % channels];
      }
      double value = triangle(line, input.height(), at / channels / input.width());
      made[at] = (byte) (int) Math.min(255, Math.max(0, Math.floor(value + 0.5)));
    }
    return made;
  }

  private static double triangle(double[] from, int target, int i) {
    double ratio = (double) from.length / target;
    double support = Math.max(1.0, ratio);
    double total = 0.0;
    for (int j = 0; j < from.length; j++) {
      total += Math.max(0.0, 1.0 - Math.abs(j + 0.5 - (i + 0.5) * ratio) / support);
    }
    double sum = 0.0;
    for (int j = 0; j < from.length; j++) {
      double weight = Math.max(0.0, 1.0 - Math.abs(j + 0.5 - (i + 0.5) * ratio) / support);
      sum += weight > 0.0 ? from[j] * (weight / total) : 0.0;
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({"1,CENTER", "3,CENTER", "1,NONE", "3,NONE"})
  void aPhotographIsFittedBitByBitAsStepByStep(int channels, Crop crop) {
    Picture picture = Picture.of(noise(103 * 131 * 3), 103, 131, 3);
    for (int[] size : new int[][] {{10, 10}, {103, 103}, {7, 7}, {150, 150}}) {
      ImageSpec input = new ImageSpec(size[0], size[1], channels, true, crop, 0);
      assertArrayEquals(stepByStep(input, picture), new PixelFitter(input).fit(picture), size[0] + " " + crop);
    }
  }

  private Plane plane(int rows, int columns, int pixelStride) {
    int stride = columns * pixelStride + 3;
    return new Plane(ByteBuffer.wrap(noise((rows - 1) * stride + (columns - 1) * pixelStride + 1)), stride, pixelStride);
  }

  /** What is cut off is never converted, what is left gives the same bits, whichever way the frame is turned. */
  @ParameterizedTest
  @CsvSource({"1,CENTER,0", "3,CENTER,90", "1,PAD,180", "3,PAD,270", "3,NONE,90", "1,CENTER,270", "3,CENTER,180"})
  void aFrameIsFittedAsThePictureOfIt(int channels, Crop crop, int rotation) {
    YuvPicture converter = new YuvPicture();
    YuvFrame frame = new YuvFrame();
    PixelFitter fitter = new PixelFitter(new ImageSpec(11, 9, channels, true, crop, crop == Crop.PAD ? 7 : 0));
    PixelFitter other = new PixelFitter(new ImageSpec(11, 9, channels, true, crop, crop == Crop.PAD ? 7 : 0));
    for (int[] size : new int[][] {{40, 61}, {61, 40}, {5, 8}, {1, 1}}) {
      Plane y = plane(size[0], size[1], 1);
      Plane u = plane((size[0] + 1) / 2, (size[1] + 1) / 2, 2);
      Plane v = plane((size[0] + 1) / 2, (size[1] + 1) / 2, 2);
      Picture picture = converter.convert(y, u, v, size[1], size[0], rotation);
      byte[] expected = other.fit(picture).clone();
      assertArrayEquals(expected, fitter.fit(frame.take(y, u, v, size[1], size[0], rotation)));
    }
  }

  /** Black, white, and a colour of each kind, by the equations of ITU-R BT.601 and BT.709. */
  @ParameterizedTest
  @EnumSource(Colours.class)
  void limitedRangeGoesFromSixteen(Colours colours) {
    boolean limited = colours == Colours.BT601_LIMITED || colours == Colours.BT709_LIMITED;
    boolean high = colours == Colours.BT709_FULL || colours == Colours.BT709_LIMITED;
    assertArrayEquals(bytes(0, 0, 0), rgb(colours, limited ? 16 : 0, 128, 128));
    assertArrayEquals(bytes(255, 255, 255), rgb(colours, limited ? 235 : 255, 128, 128));
    // Below black and above white there is nothing.
    assertArrayEquals(bytes(0, 0, 0), rgb(colours, 0, 128, 128));
    assertArrayEquals(bytes(255, 255, 255), rgb(colours, 255, 128, 128));
    double kr = high ? 0.2126 : 0.299;
    double kb = high ? 0.0722 : 0.114;
    for (int round = 0; round < 2000; round++) {
      int[] c = {random.nextInt(256), random.nextInt(256), random.nextInt(256)};
      double y = limited ? (c[0] - 16) / 219.0 : c[0] / 255.0;
      double u = (c[1] - 128) / (limited ? 224.0 : 255.0);
      double v = (c[2] - 128) / (limited ? 224.0 : 255.0);
      double red = y + 2 * (1 - kr) * v;
      double blue = y + 2 * (1 - kb) * u;
      double green = (y - kr * red - kb * blue) / (1 - kr - kb);
      byte[] made = rgb(colours, c[0], c[1], c[2]);
      double[] exact = {red, green, blue};
      for (int k = 0; k < 3; k++) {
        double expected = Math.min(255, Math.max(0, 255 * exact[k]));
        assertEquals(expected, made[k] & 255, 0.52, colours + " " + c[0] + " " + c[1] + " " + c[2]);
      }
    }
  }

  private static byte[] rgb(Colours colours, int y, int u, int v) {
    Plane[] planes = new Plane[3];
    int[] values = {y, u, v};
    for (int i = 0; i < 3; i++) {
      planes[i] = new Plane(ByteBuffer.wrap(bytes(values[i])), 1, 1);
    }
    return new YuvPicture(colours).convert(planes[0], planes[1], planes[2], 1, 1, 0).pixels().clone();
  }

  @Test
  void aFrameIsTheObjectsOwnOnceItIsTaken() {
    ByteBuffer y = ByteBuffer.wrap(bytes(9, 8));
    Plane grey = new Plane(ByteBuffer.wrap(bytes(128)), 1, 1);
    YuvFrame frame = new YuvFrame().take(new Plane(y, 2, 1), grey, grey, 2, 1, 90);
    y.put(0, (byte) 77);
    byte[] seen = new byte[4];
    frame.read(1, 0, 1, seen, 1);
    assertArrayEquals(bytes(0, 8, 8, 8), seen);
    assertEquals(2, frame.rows());
    assertEquals(1, frame.columns());
  }
}
