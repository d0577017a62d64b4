package org.frugal.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.image.YuvPicture.Plane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Camera frames of every layout that YUV_420_888 allows. */
class YuvPictureTest {
  private static Plane plane(int rows, int columns, int rowStride, int pixelStride, Random random) {
    byte[] bytes = new byte[(rows - 1) * rowStride + (columns - 1) * pixelStride + 1];
    random.nextBytes(bytes);
    return new Plane(ByteBuffer.wrap(bytes), rowStride, pixelStride);
  }

  private static Plane of(int... values) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(values.length);
    for (int i = 0; i < values.length; i++) {
      bytes.put(i, (byte) values[i]);
    }
    return new Plane(bytes, values.length, 1);
  }

  private static int[] rgb(Picture picture, int row, int column) {
    int place = 3 * (row * picture.columns() + column);
    return new int[] {
      picture.pixels()[place] & 255, picture.pixels()[place + 1] & 255, picture.pixels()[place + 2] & 255
    };
  }

  /** JFIF: R = Y + 1.402 V, G = Y - .344136 U - .714136 V, B = Y + 1.772 U, with U and V about 128. */
  private static int[] formula(int y, int u, int v) {
    double[] exact = {y + 1.402 * (v - 128), y - 0.344136 * (u - 128) - 0.714136 * (v - 128), y + 1.772 * (u - 128)};
    int[] rounded = new int[3];
    for (int i = 0; i < 3; i++) {
      rounded[i] = (int) Math.min(255, Math.max(0, Math.floor(exact[i] + 0.5)));
    }
    return rounded;
  }

  @ParameterizedTest
  // Black, white, grey, and the primaries as JFIF has them.
  @CsvSource({"0,128,128,0,0,0", "255,128,128,255,255,255", "100,128,128,100,100,100", "76,85,255,254,0,0",
      "150,44,21,0,255,1", "29,255,107,0,0,254"})
  void colours(int y, int u, int v, int red, int green, int blue) {
    Picture picture = new YuvPicture().convert(of(y), of(u), of(v), 1, 1, 0);
    assertArrayEquals(new int[] {red, green, blue}, rgb(picture, 0, 0));
  }

  @Test
  void everyColourIsWithinOneOfTheFormula() {
    YuvPicture converter = new YuvPicture();
    for (int y = 0; y < 256; y += 15) {
      for (int u = 0; u < 256; u += 5) {
        for (int v = 0; v < 256; v += 5) {
          int[] expected = formula(y, u, v);
          int[] received = rgb(converter.convert(of(y), of(u), of(v), 1, 1, 0), 0, 0);
          for (int i = 0; i < 3; i++) {
            assertTrue(Math.abs(expected[i] - received[i]) <= 1, y + " " + u + " " + v);
          }
        }
      }
    }
  }

  @ParameterizedTest
  // Planar, padded rows, semi-planar, and odd sizes; the planes end with their last pixel.
  @CsvSource({"6,4,6,1,3,1", "6,4,16,1,8,1", "6,4,8,1,8,2", "7,5,7,1,4,1", "7,5,9,1,10,2", "5,3,20,2,12,4"})
  void anyStride(int width, int height, int rowStride, int pixelStride, int chromaRow, int chromaPixel) {
    Random random = new Random(5);
    Plane y = plane(height, width, rowStride, pixelStride, random);
    Plane u = plane((height + 1) / 2, (width + 1) / 2, chromaRow, chromaPixel, random);
    Plane v = plane((height + 1) / 2, (width + 1) / 2, chromaRow, chromaPixel, random);
    Picture picture = new YuvPicture().convert(y, u, v, width, height, 0);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        int chroma = row / 2 * chromaRow + column / 2 * chromaPixel;
        int[] expected = formula(
            y.bytes().get(row * rowStride + column * pixelStride) & 255,
            u.bytes().get(chroma) & 255,
            v.bytes().get(chroma) & 255);
        assertArrayEquals(expected, rgb(picture, row, column), row + " " + column);
      }
    }
  }

  @Test
  void rotationIsClockwise() {
    // 1 2 3 over 4 5 6, turned by 90: 4 1 over 5 2 over 6 3.
    Plane y = new Plane(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6}), 3, 1);
    assertArrayEquals(new int[] {1, 2, 3, 4, 5, 6}, greys(y, 0, 2, 3));
    assertArrayEquals(new int[] {4, 1, 5, 2, 6, 3}, greys(y, 90, 3, 2));
    assertArrayEquals(new int[] {6, 5, 4, 3, 2, 1}, greys(y, 180, 2, 3));
    assertArrayEquals(new int[] {3, 6, 2, 5, 1, 4}, greys(y, 270, 3, 2));
  }

  private static int[] greys(Plane y, int rotation, int rows, int columns) {
    Picture picture = new YuvPicture().convert(y, of(128, 128), of(128, 128), 3, 2, rotation);
    assertEquals(rows, picture.rows());
    assertEquals(columns, picture.columns());
    int[] greys = new int[rows * columns];
    for (int i = 0; i < greys.length; i++) {
      greys[i] = rgb(picture, i / columns, i % columns)[0];
    }
    return greys;
  }

  @Test
  void theNextFrameOfTheSameSizeUsesTheSameArray() {
    YuvPicture converter = new YuvPicture();
    Picture first = converter.convert(of(1), of(128), of(128), 1, 1, 0);
    assertSame(first, converter.convert(of(9), of(128), of(128), 1, 1, 90));
    assertEquals(9, first.pixels()[0]);
  }

  @ParameterizedTest
  @ValueSource(ints = {45, -90, 360})
  void otherRotationsAreRefused(int rotation) {
    ChainException error = assertThrows(ChainException.class,
        () -> new YuvPicture().convert(of(1), of(1), of(1), 1, 1, rotation));
    assertTrue(error.getMessage().endsWith("received " + rotation));
  }

  @Test
  void planesThatAreTooSmallAreRefused() {
    ChainException error = assertThrows(ChainException.class,
        () -> new YuvPicture().convert(of(1, 2), of(1), of(1), 2, 2, 0));
    assertEquals("image: expected 4 bytes in the plane Y, received 2", error.getMessage());
    error = assertThrows(ChainException.class,
        () -> new YuvPicture().convert(new Plane(ByteBuffer.allocate(9), 3, 1), of(1, 1), of(1), 3, 3, 0));
    assertEquals("image: expected 4 bytes in the plane U, received 2", error.getMessage());
  }

  @Test
  void stridesThatLeadNowhereAreRefused() {
    Plane grey = of(128);
    for (Plane wrong : List.of(new Plane(ByteBuffer.allocate(4), -3, 1), new Plane(ByteBuffer.allocate(4), 2, 0))) {
      ChainException error = assertThrows(ChainException.class,
          () -> new YuvPicture().convert(wrong, grey, grey, 2, 2, 0));
      assertEquals("image: expected strides of at least 0 and 1 bytes in the plane Y, received " + wrong.rowStride()
          + " and " + wrong.pixelStride(), error.getMessage());
    }
  }

  @Test
  void aFrameWithoutAPixelIsRefused() {
    for (int[] size : new int[][] {{0, 1}, {1, 0}, {-1, 1}}) {
      ChainException error = assertThrows(ChainException.class,
          () -> new YuvPicture().convert(of(1), of(1), of(1), size[0], size[1], 0));
      assertEquals("image: expected at least one row and column, received " + size[1] + " x " + size[0],
          error.getMessage());
    }
  }

  @Test
  void aFrameOfAnotherSizeGetsAPictureOfItsOwn() {
    YuvPicture converter = new YuvPicture();
    Picture first = converter.convert(of(1), of(128), of(128), 1, 1, 0);
    Picture wide = converter.convert(of(5, 6), of(128), of(128), 2, 1, 0);
    Picture high = converter.convert(of(5, 6), of(128), of(128), 2, 1, 90);
    assertEquals(List.of(List.of(1, 1, 3), List.of(1, 2, 3), List.of(2, 1, 3)),
        List.of(first.shape(), wide.shape(), high.shape()));
    assertEquals(1, first.pixels()[0]);
  }
}
