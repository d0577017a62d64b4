package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.eclipsesource.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.frugal.TestFiles;
import org.frugal.bundle.Step;
import org.frugal.bundle.Step.CropMode;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Crops of an image of three rows and columns whose pixels are 10 * row + column. */
class CropsTest {
  private static final Tensor IMAGE = Tensor.float32(List.of(1, 3, 3, 1));

  private static ByteBuffer image() {
    ByteBuffer image = Buffers.allocate(36);
    for (int i = 0; i < 9; i++) {
      image.putFloat(4 * i, 10 * (i / 3) + i % 3);
    }
    return image;
  }

  private static void theta(int height, int width, double[] theta, double... expected) {
    ByteBuffer output = Buffers.allocate(4 * height * width);
    crops(CropMode.THETA, height, width, 1, 0).cut(image(), theta, output);
    assertArrayEquals(expected, read(output), 0);
  }

  private static Crops crops(CropMode mode, int height, int width, int scales, double padding) {
    return crops(IMAGE, mode, height, width, scales, padding);
  }

  private static Crops crops(Tensor image, CropMode mode, int height, int width, int scales, double padding) {
    return new Crops(image, new Step.Crop("image", "at", "piece", height, width, mode, scales, padding, Map.of()));
  }

  private static void box(int height, int width, double[] box, double padding, double... expected) {
    ByteBuffer output = Buffers.allocate(4 * height * width);
    crops(CropMode.BOX, height, width, 1, padding).cut(image(), box, output);
    assertArrayEquals(expected, read(output), 1e-6);
  }

  private static void glimpse(int size, int scales, double x, double y, double... expected) {
    ByteBuffer output = Buffers.allocate(4 * size * size * scales);
    crops(CropMode.GLIMPSE, size, size, scales, 0).cut(image(), new double[] {x, y}, output);
    assertArrayEquals(expected, read(output), 0);
  }

  private static double[] read(ByteBuffer output) {
    double[] numbers = new double[output.capacity() / 4];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = output.getFloat(4 * i);
    }
    return numbers;
  }

  @Test
  void theIdentityAndHalfTheScale() {
    theta(3, 3, new double[] {0, 0, 1, 1}, 0, 1, 2, 10, 11, 12, 20, 21, 22);
    theta(3, 3, new double[] {0, 0, 0.5, 0.5}, 5.5, 6, 6.5, 10.5, 11, 11.5, 15.5, 16, 16.5);
  }

  @Test
  void txMovesColumnsAndTyRows() {
    theta(1, 1, new double[] {1, 0, 0, 0}, 12);
    theta(1, 1, new double[] {0, 1, 0, 0}, 21);
    theta(1, 3, new double[] {0, 0, 1, 0}, 10, 11, 12);
  }

  @Test
  void outsideIsZeroAndTheBorderFadesToIt() {
    theta(1, 1, new double[] {0, 1.5, 0, 0}, 10.5);
    theta(1, 1, new double[] {-1.5, 1, 0, 0}, 10);
    theta(1, 1, new double[] {0, 2, 0, 0}, 0);
    theta(1, 1, new double[] {1.25, 0, 0, 0}, 9);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 3e38})
  void wildCoordinatesReadZeros(double wild) {
    theta(2, 2, new double[] {wild, 0, 1, 1}, 0, 0, 0, 0);
    theta(2, 2, new double[] {0, 0, wild, 1}, 0, 0, 0, 0);
    glimpse(2, 1, wild, 0, 0, 0, 0, 0);
    glimpse(1, 2, 0, wild, 0, 0);
  }

  @Test
  void glimpses() {
    glimpse(3, 1, 0, 0, 0, 1, 2, 10, 11, 12, 20, 21, 22);
    // First row floor(1 - 1 + .5) = 0.
    glimpse(2, 1, 0, 0, 0, 1, 10, 11);
    glimpse(2, 1, 1, -1, 0, 0, 1, 2);
    // Scales of 1, 2 x 2 from 0: (0 + 1 + 10 + 11) / 4, and 4 x 4 from -1: 99 / 16.
    glimpse(1, 3, 0, 0, 11, 5.5, 6.1875);
  }

  @Test
  void anInt8ImageIsDequantized() {
    Tensor image = new Tensor(List.of(1, 1, 1, 2), TensorType.INT8, 0.5, 3);
    ByteBuffer codes = Buffers.allocate(2);
    codes.put(0, (byte) 5).put(1, (byte) -7);
    ByteBuffer output = Buffers.allocate(8);
    crops(image, CropMode.THETA, 1, 1, 1, 0).cut(codes, new double[] {0, 0, 1, 1}, output);
    assertArrayEquals(new double[] {1, -5}, read(output), 0);
  }

  @Test
  void boxesReadTheCentresOfTheirCells() {
    box(3, 3, new double[] {0, 0, 1, 1}, 0, 0, 1, 2, 10, 11, 12, 20, 21, 22);
    // Rows at (0 + .5 / 2) * 3 - .5 = .25 and 1.75, columns alike.
    box(2, 2, new double[] {0, 0, 1, 1}, 0, 2.75, 4.25, 17.75, 19.25);
    // The lower right pixel alone, and mirrored columns of the upper row.
    box(1, 1, new double[] {2 / 3.0, 2 / 3.0, 1, 1}, 0, 22);
    box(1, 3, new double[] {0, 1, 1 / 3.0, 0}, 0, 2, 1, 0);
    // A box without a size is one point: row 1, column 1.
    box(1, 2, new double[] {0.5, 0.5, 0.5, 0.5}, 0, 11, 11);
  }

  @Test
  void outsideIsThePadding() {
    // Row -.5 is half outside: (-4 + 0) / 2 and (-4 + 1) / 2.
    box(1, 2, new double[] {0, 0, 0, 2 / 3.0}, -4, -2, -1.5);
    box(1, 1, new double[] {0, 2, 1, 3}, -4, -4);
    box(1, 1, new double[] {Double.NaN, 0, 1, 1}, 0.5, 0.5);
    ByteBuffer output = Buffers.allocate(4);
    crops(CropMode.THETA, 1, 1, 1, 100).cut(image(), new double[] {1.25, 0, 0, 0}, output);
    // A quarter of a pixel behind the last column: .75 * 12 + .25 * 100.
    assertArrayEquals(new double[] {34}, read(output), 0);
    crops(CropMode.GLIMPSE, 1, 1, 1, 7).cut(image(), new double[] {9, 9}, output);
    assertArrayEquals(new double[] {7}, read(output), 0);
    // Of a window of 2 x 2 from row -1 and column -1 three pixels are outside: (3 * 8 + 0) / 4.
    ByteBuffer two = Buffers.allocate(8);
    crops(CropMode.GLIMPSE, 1, 1, 2, 8).cut(image(), new double[] {-1, -1}, two);
    assertArrayEquals(new double[] {0, 6}, read(two), 0);
  }

  @Test
  void cornersAreSharesOfTheImage() {
    double[] at = {0.1, 0.2, 0.9, 0.8};
    assertArrayEquals(at, crops(CropMode.BOX, 1, 1, 1, 0).corners(at), 0);
    // The whole grid reads from the centre of the first pixel to that of the last: (0 + .5) / 3 to (2 + .5) / 3.
    assertArrayEquals(new double[] {0.5 / 3, 0.5 / 3, 2.5 / 3, 2.5 / 3},
        crops(CropMode.THETA, 2, 2, 1, 0).corners(new double[] {0, 0, 1, 1}), 1e-12);
    // tx = .5, sx = .5: columns at 0 and 1, pixels 1 and 2; ty = -1, sy = 0: row 0.
    assertArrayEquals(new double[] {0.5 / 3, 1.5 / 3, 0.5 / 3, 2.5 / 3},
        crops(CropMode.THETA, 1, 1, 1, 0).corners(new double[] {0.5, -1, 0.5, 0}), 1e-12);
    // The larger of two windows: 2 x 2 pixels from floor(1 - 1 + .5) = 0.
    assertArrayEquals(new double[] {0, 0, 2 / 3.0, 2 / 3.0},
        crops(CropMode.GLIMPSE, 1, 1, 2, 0).corners(new double[] {0, 0}), 1e-12);
  }

  static List<JsonObject> cases() {
    return TestFiles.cases("crops");
  }

  /** Pixels are 10 * row + column, and 100 more in the second channel. */
  @ParameterizedTest
  @MethodSource("cases")
  void bothRuntimesCutAlike(JsonObject line) {
    int[] shape = TestFiles.wholes(line.get("image"));
    Tensor tensor = Tensor.float32(List.of(1, shape[0], shape[1], shape[2]));
    ByteBuffer pixels = Buffers.allocate(tensor.bytes());
    for (int i = 0; i < tensor.elements(); i++) {
      int place = i / shape[2];
      pixels.putFloat(4 * i, 10 * (place / shape[1]) + place % shape[1] + 100 * (i % shape[2]));
    }
    int[] size = TestFiles.wholes(line.get("size"));
    double[] expected = TestFiles.numbers(line.get("expected"));
    CropMode mode = CropMode.valueOf(line.getString("mode", "theta").toUpperCase(Locale.ROOT));
    Crops crops = crops(tensor, mode, size[0], size[1], line.getInt("scales", 1), line.getDouble("padding", 0));
    ByteBuffer output = Buffers.allocate(4 * expected.length);
    crops.cut(pixels, TestFiles.numbers(line.get("at")), output);
    assertArrayEquals(expected, read(output), 0);
    if (line.get("corners") != null) {
      double[] corners = crops.corners(TestFiles.numbers(line.get("at")));
      assertArrayEquals(TestFiles.numbers(line.get("corners")), corners, 1e-12);
    }
  }

  @Test
  void aCropKeepsNothingOfTheLastOne() {
    Crops crops = crops(CropMode.THETA, 1, 2, 1, 0);
    ByteBuffer output = Buffers.allocate(8);
    crops.cut(image(), new double[] {0, 0, 1, 1}, output);
    crops.cut(image(), new double[] {5, 5, 1, 1}, output);
    assertArrayEquals(new double[] {0, 0}, read(output), 0);
    crops.cut(image(), new double[] {0, 0, 1, 1}, output);
    assertArrayEquals(new double[] {10, 12}, read(output), 0);
  }
}
