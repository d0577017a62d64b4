package org.frugal.image;

import java.util.Arrays;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.bundle.Manifest.Input.Crop;

/**
 * Colour, crop and size: makes 8-bit pixels of the bundle's shape of any picture, as docs/bundle.md says. Arrays are
 * kept for the next picture of the same size.
 */
final class PixelFitter {
  /** Of a picture that is padded. */
  private static final int MAX_PIXELS = 89_478_485;

  private final ImageSpec input;
  private final byte[] result;
  private byte[] window = new byte[0];
  private double[] real = new double[0];
  private double[] narrow = new double[0];
  private final double[] resized;
  private Resampler across;
  private Resampler down;

  PixelFitter(ImageSpec input) {
    this.input = input;
    result = new byte[input.height() * input.width() * input.channels()];
    resized = new double[result.length];
  }

  /**
   * Fits a picture.
   *
   * @return pixels row by row, channel by channel, which the next call may overwrite
   * @throws ChainException a shape that cannot be made to fit
   */
  byte[] fit(Picture picture) {
    checkColours(picture);
    long tall = side(picture.rows(), picture.columns(), input.height(), input.width());
    long wide = side(picture.columns(), picture.rows(), input.width(), input.height());
    checkSize(picture, tall, wide);
    int rows = (int) tall;
    int columns = (int) wide;
    boolean sameSize = rows == input.height() && columns == input.width();
    if (!sameSize && !input.bilinear()) {
      throw new ChainException(
          "image: expected " + input.height() + " x " + input.width()
              + " pixels, for this bundle does not resize, received " + rows + " x " + columns);
    }
    if (sameSize && rows == picture.rows() && columns == picture.columns()
        && picture.channels() == input.channels()) {
      return picture.pixels();
    }
    byte[] pixels = sameSize ? result : window(Math.multiplyExact(rows * columns, input.channels()));
    lay(picture, rows, columns, pixels);
    if (!sameSize) {
      resize(pixels, rows, columns);
    }
    return result;
  }

  private void checkColours(Picture picture) {
    int received = picture.channels();
    int usable = received == 4 ? 3 : received;
    boolean known = received == input.channels() || usable == input.channels()
        || usable == 3 && input.channels() == 1 || usable == 1 && input.channels() == 3;
    if (!known) {
      throw new ChainException(
          "image: expected " + input.channels() + " channel(s) or a picture in grey or RGB, received " + received
              + " channels");
    }
  }

  /** The side of the window of the aspect ratio: the largest one inside a picture, or the smallest one around it. */
  private long side(int side, int otherSide, int target, int otherTarget) {
    long scaled = (long) otherSide * target;
    switch (input.crop()) {
      case CENTER:
        return Math.min(side, Math.max(1, scaled / otherTarget));
      case PAD:
        return Math.max(side, (scaled + otherTarget - 1) / otherTarget);
      default:
        return side;
    }
  }

  private void checkSize(Picture picture, long rows, long columns) {
    if (input.crop() == Crop.PAD && rows > MAX_PIXELS / columns) {
      throw new ChainException(
          "image: expected at most " + MAX_PIXELS + " pixels with the padding, received " + picture.rows() + " x "
              + picture.columns() + ", padded to " + rows + " x " + columns);
    }
  }

  private byte[] window(int size) {
    if (window.length != size) {
      window = new byte[size];
    }
    return window;
  }

  /**
   * Copies a picture into the midst of a window of so many rows and columns, in the bundle's colours: what reaches out
   * of the window is cut, and what it leaves free is padding.
   */
  private void lay(Picture picture, int rows, int columns, byte[] to) {
    byte[] from = picture.pixels();
    int shownRows = Math.min(rows, picture.rows());
    int shownColumns = Math.min(columns, picture.columns());
    if (shownRows < rows || shownColumns < columns) {
      Arrays.fill(to, (byte) input.padding());
    }
    int top = (picture.rows() - shownRows) / 2;
    int left = (picture.columns() - shownColumns) / 2;
    int above = (rows - shownRows) / 2;
    int before = (columns - shownColumns) / 2;
    for (int row = 0; row < shownRows; row++) {
      int in = ((top + row) * picture.columns() + left) * picture.channels();
      int out = ((above + row) * columns + before) * input.channels();
      for (int column = 0; column < shownColumns; column++, in += picture.channels()) {
        out = colour(from, in, picture.channels(), to, out);
      }
    }
  }

  /** Writes one pixel in the bundle's colours and returns the place behind it. */
  private int colour(byte[] from, int in, int received, byte[] to, int out) {
    int channels = input.channels();
    int alpha = received == 4 && channels != 4 ? from[in + 3] & 255 : 255;
    if (received != channels && channels == 1) {
      double grey = 0.299 * level(from[in], alpha) + 0.587 * level(from[in + 1], alpha)
          + 0.114 * level(from[in + 2], alpha);
      to[out] = (byte) (int) Math.floor(grey + 0.5);
      return out + 1;
    }
    boolean repeat = received == 1;
    for (int channel = 0; channel < channels; channel++) {
      to[out + channel] = (byte) level(from[repeat ? in : in + channel], alpha);
    }
    return out + channels;
  }

  private static int level(byte pixel, int alpha) {
    return Picture.onWhite(pixel & 255, alpha);
  }

  /** Columns, then rows. */
  private void resize(byte[] pixels, int rows, int columns) {
    int channels = input.channels();
    if (across == null || !across.fits(columns) || !down.fits(rows)) {
      across = new Resampler(columns, input.width());
      down = new Resampler(rows, input.height());
      real = new double[pixels.length];
      narrow = new double[rows * input.width() * channels];
    }
    for (int i = 0; i < pixels.length; i++) {
      real[i] = pixels[i] & 255;
    }
    across.apply(real, rows, channels, narrow);
    down.apply(narrow, 1, input.width() * channels, resized);
    for (int i = 0; i < result.length; i++) {
      result[i] = (byte) (int) Math.min(255.0, Math.max(0.0, Math.floor(resized[i] + 0.5)));
    }
  }
}
