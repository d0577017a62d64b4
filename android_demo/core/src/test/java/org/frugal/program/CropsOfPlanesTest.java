package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.frugal.bundle.Step;
import org.frugal.bundle.Step.CropMode;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/**
 * Crops of images whose pixels are a plane, a * row + b * column + c: bilinear reading between pixels gives the plane
 * again, so that every point that is read can be told from its value.
 */
class CropsOfPlanesTest {
  private final Random random = new Random(29);
  private final int rows = random.nextInt(6) + 3;
  private final int columns = random.nextInt(6) + 3;
  private final double[] plane = {3, -2, 11};

  private static Crops crops(Tensor image, CropMode mode, int height, int width, int scales, double padding) {
    return new Crops(image, new Step.Crop("image", "at", "piece", height, width, mode, scales, padding, Map.of()));
  }

  private Tensor tensor(int channels) {
    return Tensor.float32(List.of(1, rows, columns, channels));
  }

  private double at(double row, double column) {
    return plane[0] * row + plane[1] * column + plane[2];
  }

  /** Channel k is the plane and 100 k more. */
  private ByteBuffer image(int channels) {
    ByteBuffer image = Buffers.allocate(4 * rows * columns * channels);
    for (int i = 0; i < rows * columns; i++) {
      for (int k = 0; k < channels; k++) {
        image.putFloat(4 * (i * channels + k), (float) (at(i / columns, i % columns) + 100 * k));
      }
    }
    return image;
  }

  private static double[] read(ByteBuffer output) {
    double[] numbers = new double[output.capacity() / 4];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = output.getFloat(4 * i);
    }
    return numbers;
  }

  /** A part of 0..1 that begins in its first half and ends in its second. */
  private double[] inside() {
    return new double[] {0.2 + 0.2 * random.nextDouble(), 0.2 + 0.2 * random.nextDouble(),
        0.6 + 0.2 * random.nextDouble(), 0.6 + 0.2 * random.nextDouble()};
  }

  @Test
  void aBoxReadsTheCentresOfItsCells() {
    for (int round = 0; round < 500; round++) {
      int height = random.nextInt(4) + 1;
      int width = random.nextInt(4) + 1;
      double[] box = inside();
      ByteBuffer output = Buffers.allocate(4 * height * width * 2);
      crops(tensor(2), CropMode.BOX, height, width, 1, 0).cut(image(2), box, output);
      double[] read = read(output);
      for (int i = 0; i < height * width; i++) {
        // Over the edges the image is 0..1, and pixel k lies from k to k + 1.
        double row = (box[0] + (i / width + 0.5) * (box[2] - box[0]) / height) * rows - 0.5;
        double column = (box[1] + (i % width + 0.5) * (box[3] - box[1]) / width) * columns - 0.5;
        assertEquals(at(row, column), read[2 * i], 1e-4);
        assertEquals(at(row, column) + 100, read[2 * i + 1], 1e-4);
      }
    }
  }

  @Test
  void aThetaReadsAGridFromCornerToCorner() {
    for (int round = 0; round < 500; round++) {
      int height = random.nextInt(4) + 2;
      int width = random.nextInt(4) + 2;
      double[] theta = {random.nextDouble() / 2 - 0.25, random.nextDouble() / 2 - 0.25, random.nextDouble() - 0.5,
          random.nextDouble() - 0.5};
      ByteBuffer output = Buffers.allocate(4 * height * width);
      crops(tensor(1), CropMode.THETA, height, width, 1, 0).cut(image(1), theta, output);
      double[] read = read(output);
      for (int i = 0; i < read.length; i++) {
        // -1 is the centre of the first pixel and 1 that of the last; a scale below 0 mirrors.
        double y = theta[1] + theta[3] * (2.0 * (i / width) / (height - 1) - 1);
        double x = theta[0] + theta[2] * (2.0 * (i % width) / (width - 1) - 1);
        assertEquals(at((y + 1) / 2 * (rows - 1), (x + 1) / 2 * (columns - 1)), read[i], 1e-4);
      }
    }
  }

  /** The mean of a plane over a window is its value in the middle of the window. */
  @Test
  void aGlimpseAveragesEachOfItsWindows() {
    Tensor wide = Tensor.float32(List.of(1, 40, 40, 1));
    ByteBuffer image = Buffers.allocate(wide.bytes());
    for (int i = 0; i < 1600; i++) {
      image.putFloat(4 * i, (float) at(i / 40, i % 40));
    }
    for (int round = 0; round < 300; round++) {
      double[] spot = {random.nextDouble() / 2 - 0.25, random.nextDouble() / 2 - 0.25};
      ByteBuffer output = Buffers.allocate(4 * 2 * 3 * 3);
      crops(wide, CropMode.GLIMPSE, 2, 3, 3, 0).cut(image, spot, output);
      double[] read = read(output);
      for (int k = 0; k < 3; k++) {
        int block = 1 << k;
        double top = Math.floor((spot[1] + 1) / 2 * 39 - block + 0.5);
        double left = Math.floor((spot[0] + 1) / 2 * 39 - 1.5 * block + 0.5);
        for (int i = 0; i < 6; i++) {
          double row = top + (i / 3 + 0.5) * block - 0.5;
          double column = left + (i % 3 + 0.5) * block - 0.5;
          assertEquals(at(row, column), read[3 * i + k], 1e-3, "scale " + k);
        }
      }
    }
  }

  @Test
  void farOutsideEverythingIsThePadding() {
    for (int round = 0; round < 200; round++) {
      double far = (random.nextBoolean() ? 1 : -1) * Math.pow(10, random.nextInt(300) + 1);
      for (CropMode mode : CropMode.values()) {
        double[] place = mode == CropMode.GLIMPSE ? new double[] {0, far}
            : mode == CropMode.BOX ? new double[] {far, 0, far, 1} : new double[] {0, far, 1, 0};
        ByteBuffer output = Buffers.allocate(16);
        crops(tensor(1), mode, 2, 2, 1, 7.5).cut(image(1), place, output);
        assertArrayEquals(new double[] {7.5, 7.5, 7.5, 7.5}, read(output), 0, mode + " at " + far);
      }
    }
  }

  /** Whatever the place, nothing that is read is more than the brightest pixel or the padding, and nothing less. */
  @Test
  void whatIsReadLiesBetweenThePixelsAndThePadding() {
    double least = Math.min(0.5, Math.min(at(0, 0), at(0, columns - 1)));
    double most = Math.max(0.5, at(rows - 1, 0));
    for (int round = 0; round < 3000; round++) {
      CropMode mode = CropMode.values()[random.nextInt(3)];
      double[] place = random.doubles(mode == CropMode.GLIMPSE ? 2 : 4, -3, 3).toArray();
      ByteBuffer output = Buffers.allocate(4 * 2 * 3);
      crops(tensor(1), mode, 2, 3, 1, 0.5).cut(image(1), place, output);
      for (double number : read(output)) {
        assertTrue(number >= least - 1e-4 && number <= most + 1e-4, mode + " " + number);
      }
    }
  }

  @Test
  void anImageOfCodesIsReadAsItsNumbers() {
    Tensor codes = new Tensor(List.of(1, rows, columns, 1), TensorType.UINT8, 0.5, 100);
    ByteBuffer image = Buffers.allocate(codes.bytes());
    ByteBuffer reals = Buffers.allocate(4 * codes.bytes());
    for (int i = 0; i < codes.bytes(); i++) {
      int code = random.nextInt(256);
      image.put(i, (byte) code);
      reals.putFloat(4 * i, (code - 100) * 0.5f);
    }
    for (int round = 0; round < 300; round++) {
      double[] box = random.doubles(4, -0.5, 1.5).toArray();
      ByteBuffer one = Buffers.allocate(24);
      ByteBuffer other = Buffers.allocate(24);
      crops(codes, CropMode.BOX, 2, 3, 1, 9).cut(image, box, one);
      crops(tensor(1), CropMode.BOX, 2, 3, 1, 9).cut(reals, box, other);
      assertArrayEquals(read(other), read(one), 0);
    }
  }

  @Test
  void cornersAreWhereTheOutermostPointsAreRead() {
    for (int round = 0; round < 300; round++) {
      double[] theta = {random.nextDouble() - 0.5, random.nextDouble() - 0.5, 0.1 + random.nextDouble() / 2,
          0.1 + random.nextDouble() / 2};
      double[] corners = crops(tensor(1), CropMode.THETA, 2, 2, 1, 0).corners(theta);
      // Of 0..1 over the edges: the centre of pixel k of n is (k + .5) / n.
      double top = ((theta[1] - theta[3] + 1) / 2 * (rows - 1) + 0.5) / rows;
      double right = ((theta[0] + theta[2] + 1) / 2 * (columns - 1) + 0.5) / columns;
      assertEquals(top, corners[0], 1e-12);
      assertEquals(right, corners[3], 1e-12);
      assertTrue(corners[0] < corners[2] && corners[1] < corners[3]);
    }
  }
}
