package org.frugal.image;

/**
 * 8-bit pixels of any size that are asked for row by row: a picture's, or a camera frame's, which become RGB only where
 * somebody looks.
 */
public interface PixelRows {
  int rows();

  int columns();

  /** 1 (grey), 3 (RGB) or 4 (RGB and alpha). */
  int channels();

  /** Writes {@code count} pixels of a row, from a column on, to an array from {@code at} on, channel by channel. */
  void read(int row, int column, int count, byte[] to, int at);
}
