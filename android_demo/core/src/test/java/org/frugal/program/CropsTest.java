package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.eclipsesource.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.List;
import org.frugal.TestFiles;
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
    new Crops(IMAGE, height, width, 1).theta(image(), theta, output);
    assertArrayEquals(expected, read(output), 0);
  }

  private static void glimpse(int size, int scales, double x, double y, double... expected) {
    ByteBuffer output = Buffers.allocate(4 * size * size * scales);
    new Crops(IMAGE, size, size, scales).glimpse(image(), new double[] {x, y}, output);
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
    new Crops(image, 1, 1, 1).theta(codes, new double[] {0, 0, 1, 1}, output);
    assertArrayEquals(new double[] {1, -5}, read(output), 0);
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
    Crops crops = new Crops(tensor, size[0], size[1], line.getInt("scales", 1));
    ByteBuffer output = Buffers.allocate(4 * expected.length);
    if (line.get("mode") == null) {
      crops.theta(pixels, TestFiles.numbers(line.get("at")), output);
    } else {
      crops.glimpse(pixels, TestFiles.numbers(line.get("at")), output);
    }
    assertArrayEquals(expected, read(output), 0);
  }

  @Test
  void aCropKeepsNothingOfTheLastOne() {
    Crops crops = new Crops(IMAGE, 1, 2, 1);
    ByteBuffer output = Buffers.allocate(8);
    crops.theta(image(), new double[] {0, 0, 1, 1}, output);
    crops.theta(image(), new double[] {5, 5, 1, 1}, output);
    assertArrayEquals(new double[] {0, 0}, read(output), 0);
    crops.theta(image(), new double[] {0, 0, 1, 1}, output);
    assertArrayEquals(new double[] {10, 12}, read(output), 0);
  }
}
