package org.frugal.image;

import java.util.Arrays;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.bundle.Manifest.Input.Crop;

/**
 * Colour, crop and size in one go: makes 8-bit pixels of the bundle's shape of any picture or frame, as docs/bundle.md
 * says, line by line, so that nothing of the source's size is kept but a few lines. Arrays are kept for the next
 * picture of the same size.
 */
final class PixelFitter {
  /** Of a picture that is padded. */
  private static final int MAX_PIXELS = 89_478_485;
  /** Lines of grey that are resampled side by side, as three colours are. */
  private static final int GREY_LINES = 3;

  private final ImageSpec input;
  private final byte[] result;
  private final double[] resized;
  private final double[] narrow;
  private byte[] raw = new byte[0];
  private byte[] line = new byte[0];
  private double[] numbers = new double[0];
  private Resampler across;
  private Resampler down;

  PixelFitter(ImageSpec input) {
    this.input = input;
    result = new byte[input.height() * input.width() * input.channels()];
    resized = new double[result.length];
    narrow = new double[input.width() * Math.max(GREY_LINES, input.channels())];
  }

  /**
   * Fits a picture.
   *
   * @return pixels row by row, channel by channel, which the next call may overwrite
   * @throws ChainException a shape that cannot be made to fit
   */
  byte[] fit(PixelRows source) {
    checkColours(source.channels());
    long tall = side(source.rows(), source.columns(), input.height(), input.width());
    long wide = side(source.columns(), source.rows(), input.width(), input.height());
    checkSize(source, tall, wide);
    int rows = (int) tall;
    int columns = (int) wide;
    boolean sameSize = rows == input.height() && columns == input.width();
    if (!sameSize && !input.bilinear()) {
      throw new ChainException(
          "image: expected " + input.height() + " x " + input.width()
              + " pixels, for this bundle does not resize, received " + rows + " x " + columns);
    }
    boolean asItIs = rows == source.rows() && columns == source.columns() && source.channels() == input.channels();
    if (sameSize && asItIs && source instanceof Picture picture) {
      return picture.pixels();
    }
    prepare(source, columns);
    if (sameSize) {
      for (int row = 0; row < rows; row++) {
        read(source, row, rows, columns, result, row * columns * input.channels());
      }
    } else {
      resize(source, rows, columns);
    }
    return result;
  }

  private void checkColours(int received) {
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

  private void checkSize(PixelRows source, long rows, long columns) {
    if (input.crop() == Crop.PAD && rows > MAX_PIXELS / columns) {
      throw new ChainException(
          "image: expected at most " + MAX_PIXELS + " pixels with the padding, received " + source.rows() + " x "
              + source.columns() + ", padded to " + rows + " x " + columns);
    }
  }

  private void prepare(PixelRows source, int columns) {
    int size = columns * input.channels();
    if (line.length != size) {
      line = new byte[size];
      numbers = new double[columns * Math.max(GREY_LINES, input.channels())];
    }
    if (raw.length < columns * source.channels()) {
      raw = new byte[columns * source.channels()];
    }
  }

  /**
   * Writes a row of the window of so many rows and columns around the midst of a picture, in the bundle's colours: what
   * reaches out of the window is cut, and what it leaves free is padding.
   */
  private void read(PixelRows source, int row, int rows, int columns, byte[] to, int at) {
    int shownRows = Math.min(rows, source.rows());
    int shown = Math.min(columns, source.columns());
    int inside = row - (rows - shownRows) / 2;
    boolean empty = inside < 0 || inside >= shownRows;
    if (empty || shown < columns) {
      Arrays.fill(to, at, at + columns * input.channels(), (byte) input.padding());
    }
    if (empty) {
      return;
    }
    int from = (source.rows() - shownRows) / 2 + inside;
    int left = (source.columns() - shown) / 2;
    int out = at + (columns - shown) / 2 * input.channels();
    if (source.channels() == input.channels()) {
      source.read(from, left, shown, to, out);
    } else {
      source.read(from, left, shown, raw, 0);
      colour(source.channels(), shown, to, out);
    }
  }

  /** Writes pixels of {@code raw} in the bundle's colours, of which they have another number. */
  private void colour(int received, int count, byte[] to, int at) {
    int channels = input.channels();
    for (int i = 0, in = 0, out = at; i < count; i++, in += received, out += channels) {
      int alpha = received == 4 ? raw[in + 3] & 255 : 255;
      if (received == 1) {
        Arrays.fill(to, out, out + channels, raw[in]);
      } else if (channels == 1) {
        to[out] = grey(level(in, alpha), level(in + 1, alpha), level(in + 2, alpha));
      } else {
        to[out] = (byte) level(in, alpha);
        to[out + 1] = (byte) level(in + 1, alpha);
        to[out + 2] = (byte) level(in + 2, alpha);
      }
    }
  }

  private int level(int in, int alpha) {
    int level = raw[in] & 255;
    return alpha == 255 ? level : Picture.onWhite(level, alpha);
  }

  /** None is below 0, so that cutting the digits off rounds down. */
  private static byte grey(int red, int green, int blue) {
    return (byte) (int) (0.299 * red + 0.587 * green + 0.114 * blue + 0.5);
  }

  /** Columns, then rows: each line is narrowed as it comes, and added to the rows of the result that it is part of. */
  private void resize(PixelRows source, int rows, int columns) {
    int channels = input.channels();
    if (across == null || !across.fits(columns, input.width()) || !down.fits(rows, input.height())) {
      across = new Resampler(columns, input.width());
      down = new Resampler(rows, input.height());
    }
    Arrays.fill(resized, 0.0);
    int lines = channels == 1 ? GREY_LINES : 1;
    for (int row = 0; row < rows; row += lines) {
      int count = Math.min(lines, rows - row);
      for (int i = 0; i < count; i++) {
        read(source, row + i, rows, columns, line, 0);
        for (int k = 0, to = i; k < line.length; k++, to += lines) {
          numbers[to] = line[k] & 255;
        }
      }
      across.along(numbers, lines * channels, narrow);
      for (int i = 0; i < count; i++) {
        down.add(row + i, narrow, i, lines, input.width() * channels, resized);
      }
    }
    for (int i = 0; i < result.length; i++) {
      result[i] = (byte) (int) Math.min(255.0, Math.max(0.0, Math.floor(resized[i] + 0.5)));
    }
  }
}
