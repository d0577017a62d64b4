package org.frugal.program;

import java.nio.ByteBuffer;
import org.frugal.bundle.Step;
import org.frugal.bundle.Step.CropMode;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.Tensor;

/**
 * Cuts pieces from an image: the bilinear crop of a spatial transformer or of a box, the glimpse of a recurrent
 * attention model. Coordinates are -1..1 over the centres of the corner pixels, those of boxes 0..1 over the edges;
 * outside the image everything is the padding. All arithmetic is float64. Arrays are kept: a crop belongs to one step
 * of one chain.
 */
final class Crops {
  /** A centre farther out than this reads only padding; clipping keeps the arithmetic of wild outputs in range. */
  private static final double FAR = 1e9;

  private final Encoding encoding;
  private final int rows;
  private final int columns;
  private final int channels;
  private final int height;
  private final int width;
  private final int scales;
  private final CropMode mode;
  private final double padding;
  private final double[] corners = new double[4];
  private final int[] rowTaps;
  private final double[] rowShares;
  private final int[] columnTaps;
  private final double[] columnShares;

  /**
   * @param image the tensor [1, rows, columns, channels] that is cut from
   */
  Crops(Tensor image, Step.Crop step) {
    encoding = image.encoding();
    rows = image.shape().get(1);
    columns = image.shape().get(2);
    channels = image.shape().get(3);
    height = step.height();
    width = step.width();
    scales = step.scales();
    mode = step.mode();
    padding = step.padding();
    rowTaps = new int[height];
    rowShares = new double[height];
    columnTaps = new int[width];
    columnShares = new double[width];
  }

  /**
   * Cuts a piece.
   *
   * @param place what {@code at} holds
   * @param output float32 [1, height, width, channels], of a glimpse channels times scales
   */
  void cut(ByteBuffer image, double[] place, ByteBuffer output) {
    switch (mode) {
      case THETA:
        theta(image, place, output);
        break;
      case BOX:
        box(image, place, output);
        break;
      default:
        glimpse(image, place, output);
    }
  }

  /** Top, left, bottom and right of what {@code place} cuts, 0..1; the next call overwrites the array. */
  double[] corners(double[] place) {
    switch (mode) {
      case THETA:
        corners[0] = edge(place[1] - place[3], rows);
        corners[1] = edge(place[0] - place[2], columns);
        corners[2] = edge(place[1] + place[3], rows);
        corners[3] = edge(place[0] + place[2], columns);
        break;
      case BOX:
        System.arraycopy(place, 0, corners, 0, 4);
        break;
      default:
        int block = 1 << scales - 1;
        long top = first(place[1], height, block, rows);
        long left = first(place[0], width, block, columns);
        corners[0] = (double) top / rows;
        corners[1] = (double) left / columns;
        corners[2] = (double) (top + (long) height * block) / rows;
        corners[3] = (double) (left + (long) width * block) / columns;
    }
    return corners;
  }

  private static double edge(double at, int side) {
    return ((at + 1.0) * (side - 1) / 2.0 + 0.5) / side;
  }

  /** An element of the image, the padding outside. */
  private double at(ByteBuffer image, long row, long column, int channel) {
    if (row < 0 || row >= rows || column < 0 || column >= columns) {
      return padding;
    }
    return Conversion.realAt(image, (int) ((row * columns + column) * channels + channel), encoding);
  }

  /**
   * Samples the image at (sx * x + tx, sy * y + ty) for the points (x, y) of a -1..1 grid: the spatial transformer
   * without rotation (Jaderberg et al., NIPS 2015, equation 1 with scales and shifts alone).
   *
   * @param theta (tx, ty, sx, sy)
   */
  private void theta(ByteBuffer image, double[] theta, ByteBuffer output) {
    for (int i = 0; i < height; i++) {
      tap((theta[3] * grid(i, height) + theta[1] + 1.0) * (rows - 1) / 2.0, rows, i, rowTaps, rowShares);
    }
    for (int i = 0; i < width; i++) {
      tap((theta[2] * grid(i, width) + theta[0] + 1.0) * (columns - 1) / 2.0, columns, i, columnTaps, columnShares);
    }
    bilinear(image, output);
  }

  private static double grid(int i, int count) {
    return count == 1 ? 0 : i * 2.0 / (count - 1) - 1.0;
  }

  /**
   * Samples a box at the centres of equal cells (RoIAlign, He et al., ICCV 2017, one sample a cell).
   *
   * @param box (top, left, bottom, right), 0..1 over the edges of the image
   */
  private void box(ByteBuffer image, double[] box, ByteBuffer output) {
    for (int i = 0; i < height; i++) {
      tap((box[0] + (i + 0.5) / height * (box[2] - box[0])) * rows - 0.5, rows, i, rowTaps, rowShares);
    }
    for (int i = 0; i < width; i++) {
      tap((box[1] + (i + 0.5) / width * (box[3] - box[1])) * columns - 0.5, columns, i, columnTaps, columnShares);
    }
    bilinear(image, output);
  }

  /** Reads the image at all pairs of a row's and a column's tap. */
  private void bilinear(ByteBuffer image, ByteBuffer output) {
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

  /** For point i of one axis: the index of the tap before it, and the share of the tap behind it. */
  private static void tap(double at, int source, int i, int[] taps, double[] shares) {
    // At -1 and at `source` every tap that counts is outside; NaN is sent there too.
    double inside = Double.isNaN(at) ? -1.0 : Math.min(Math.max(at, -1.0), source);
    double before = Math.min(Math.floor(inside), source - 1.0);
    taps[i] = (int) before;
    shares[i] = inside - before;
  }

  /**
   * Windows of size * 2^k pixels around a location, averaged down to the size and joined as channels: Recurrent Models
   * of Visual Attention (Mnih et al., NeurIPS 2014).
   *
   * @param location (x, y) in -1..1
   */
  private void glimpse(ByteBuffer image, double[] location, ByteBuffer output) {
    for (int k = 0; k < scales; k++) {
      int block = 1 << k;
      long top = first(location[1], height, block, rows);
      long left = first(location[0], width, block, columns);
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

  /** The first pixel of a window of size * block pixels around a coordinate. */
  private static long first(double coordinate, int size, int block, int source) {
    double near = Double.isNaN(coordinate) ? FAR : Math.min(Math.max(coordinate, -FAR), FAR);
    return (long) Math.floor((near + 1.0) * (source - 1) / 2.0 - size * block / 2.0 + 0.5);
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
