package org.frugal.program;

import java.nio.ByteBuffer;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.Tensor;

/**
 * Cuts pieces from an image: the bilinear crop of a spatial transformer, the glimpse of a recurrent attention model.
 * Coordinates are -1..1 over the centres of the corner pixels; outside the image everything is zero. All arithmetic is
 * float64. Arrays are kept: a crop belongs to one step of one chain.
 */
final class Crops {
  /** A centre farther out than this reads only zeros; clipping keeps the arithmetic of wild outputs in range. */
  private static final double FAR = 1e9;

  private final Encoding encoding;
  private final int rows;
  private final int columns;
  private final int channels;
  private final int height;
  private final int width;
  private final int scales;
  private final int[] rowTaps;
  private final double[] rowShares;
  private final int[] columnTaps;
  private final double[] columnShares;

  /**
   * @param image the tensor [1, rows, columns, channels] that is cut from
   * @param scales windows of a glimpse
   */
  Crops(Tensor image, int height, int width, int scales) {
    encoding = image.encoding();
    rows = image.shape().get(1);
    columns = image.shape().get(2);
    channels = image.shape().get(3);
    this.height = height;
    this.width = width;
    this.scales = scales;
    rowTaps = new int[height];
    rowShares = new double[height];
    columnTaps = new int[width];
    columnShares = new double[width];
  }

  /** An element of the image, zero outside. */
  private double at(ByteBuffer image, long row, long column, int channel) {
    if (row < 0 || row >= rows || column < 0 || column >= columns) {
      return 0;
    }
    return Conversion.realAt(image, (int) ((row * columns + column) * channels + channel), encoding);
  }

  /**
   * Samples the image at (sx * x + tx, sy * y + ty) for the points (x, y) of a -1..1 grid: the spatial transformer
   * without rotation (CiNet, SDM 2021, equations 2.1 to 2.3).
   *
   * @param theta (tx, ty, sx, sy)
   * @param output float32 [1, height, width, channels]
   */
  void theta(ByteBuffer image, double[] theta, ByteBuffer output) {
    taps(theta[3], theta[1], rows, rowTaps, rowShares);
    taps(theta[2], theta[0], columns, columnTaps, columnShares);
    int place = 0;
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        for (int channel = 0; channel < channels; channel++, place += 4) {
          double upper = between(image, rowTaps[row], column, channel);
          double lower = between(image, rowTaps[row] + 1, column, channel);
          output.putFloat(place, (float) ((1.0 - rowShares[row]) * upper + rowShares[row] * lower));
        }
      }
    }
  }

  private double between(ByteBuffer image, int row, int column, int channel) {
    double left = at(image, row, columnTaps[column], channel);
    double right = at(image, row, columnTaps[column] + 1, channel);
    return (1.0 - columnShares[column]) * left + columnShares[column] * right;
  }

  /** For one axis: the index of the tap before each point, and the share of the tap behind it. */
  private static void taps(double scale, double shift, int source, int[] taps, double[] shares) {
    int count = taps.length;
    for (int i = 0; i < count; i++) {
      double grid = count == 1 ? 0 : i * 2.0 / (count - 1) - 1.0;
      double at = (scale * grid + shift + 1.0) * (source - 1) / 2.0;
      // At -1 and at `source` every tap that counts is outside; NaN is sent there too.
      at = Double.isNaN(at) ? -1.0 : Math.min(Math.max(at, -1.0), source);
      double before = Math.min(Math.floor(at), source - 1.0);
      taps[i] = (int) before;
      shares[i] = at - before;
    }
  }

  /**
   * Windows of size * 2^k pixels around a location, averaged down to the size and joined as channels: Recurrent Models
   * of Visual Attention (Mnih et al., NeurIPS 2014).
   *
   * @param location (x, y) in -1..1
   * @param output float32 [1, height, width, channels * scales]
   */
  void glimpse(ByteBuffer image, double[] location, ByteBuffer output) {
    double centreX = (bounded(location[0]) + 1.0) * (columns - 1) / 2.0;
    double centreY = (bounded(location[1]) + 1.0) * (rows - 1) / 2.0;
    for (int k = 0; k < scales; k++) {
      int block = 1 << k;
      long top = (long) Math.floor(centreY - height * block / 2.0 + 0.5);
      long left = (long) Math.floor(centreX - width * block / 2.0 + 0.5);
      for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++) {
          int place = ((row * width + column) * scales + k) * channels;
          for (int channel = 0; channel < channels; channel++) {
            double mean = mean(image, top + (long) row * block, left + (long) column * block, block, channel);
            output.putFloat(4 * (place + channel), (float) mean);
          }
        }
      }
    }
  }

  private static double bounded(double coordinate) {
    return Double.isNaN(coordinate) ? FAR : Math.min(Math.max(coordinate, -FAR), FAR);
  }

  /** The mean of block x block pixels, summed row by row. */
  private double mean(ByteBuffer image, long top, long left, int block, int channel) {
    double total = 0;
    for (int row = 0; row < block; row++) {
      for (int column = 0; column < block; column++) {
        total += at(image, top + row, left + column, channel);
      }
    }
    return total / (block * block);
  }
}
