package org.frugal;

import java.util.Arrays;
import java.util.List;
import org.frugal.image.PixelRows;
import org.jspecify.annotations.Nullable;

/**
 * An image for a chain: 8-bit pixels of any size, which the bundle says how to prepare, or float32 numbers of exactly
 * the bundle's shape that are taken as already normalised (those that no pixel comes near are refused). The array is
 * not copied: change it for the next frame if you like, but not while a chain runs on it.
 */
public final class Picture implements PixelRows {
  private final byte @Nullable [] pixels;
  private final float @Nullable [] normalised;
  private final int rows;
  private final int columns;
  private final int channels;

  private Picture(
      byte @Nullable [] pixels, float @Nullable [] normalised, int rows, int columns, int channels) {
    int received = pixels != null ? pixels.length : normalised.length;
    if (rows < 1 || columns < 1 || channels < 1 || (long) rows * columns * channels != received) {
      throw new ChainException(
          "image: expected as many numbers as rows times columns times channels, received " + received + " for "
              + List.of(rows, columns, channels));
    }
    this.pixels = pixels;
    this.normalised = normalised;
    this.rows = rows;
    this.columns = columns;
    this.channels = channels;
  }

  /** Pixels row by row, channel by channel: 1 (grey), 3 (RGB) or 4 (RGB and alpha, laid on white) channels. */
  public static Picture of(byte[] pixels, int rows, int columns, int channels) {
    return new Picture(pixels, null, rows, columns, channels);
  }

  /** Grey pixels row by row. */
  public static Picture grey(byte[] pixels, int rows, int columns) {
    return of(pixels, rows, columns, 1);
  }

  /** Pixels of Android's Bitmap.getPixels: 0xAARRGGBB row by row, not premultiplied; alpha is laid on white. */
  public static Picture argb(int[] colours, int rows, int columns) {
    byte[] pixels = new byte[Math.multiplyExact(colours.length, 3)];
    for (int i = 0; i < colours.length; i++) {
      int alpha = colours[i] >>> 24;
      pixels[3 * i] = (byte) onWhite(colours[i] >> 16 & 255, alpha);
      pixels[3 * i + 1] = (byte) onWhite(colours[i] >> 8 & 255, alpha);
      pixels[3 * i + 2] = (byte) onWhite(colours[i] & 255, alpha);
    }
    return of(pixels, rows, columns, 3);
  }

  /** What a colour's channel of 0..255 becomes on white paper, rounded to the nearest level. */
  public static int onWhite(int level, int alpha) {
    return (level * alpha + 255 * (255 - alpha) + 127) / 255;
  }

  /** Numbers that are normalised already, row by row, channel by channel. */
  public static Picture normalised(float[] values, int rows, int columns, int channels) {
    return new Picture(null, values, rows, columns, channels);
  }

  /** Whether it holds float32 numbers. */
  public boolean isNormalised() {
    return normalised != null;
  }

  /** The 8-bit pixels, or null. */
  public byte @Nullable [] pixels() {
    return pixels;
  }

  /** The normalised numbers, or null. */
  public float @Nullable [] values() {
    return normalised;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int columns() {
    return columns;
  }

  @Override
  public int channels() {
    return channels;
  }

  /** {@inheritDoc} Of 8-bit pixels. */
  @Override
  public void read(int row, int column, int count, byte[] to, int at) {
    System.arraycopy(pixels, (row * columns + column) * channels, to, at, count * channels);
  }

  /** {@code [rows, columns, channels]}. */
  public List<Integer> shape() {
    return Arrays.asList(rows, columns, channels);
  }
}
