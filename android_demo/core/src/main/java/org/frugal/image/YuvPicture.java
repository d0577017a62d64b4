package org.frugal.image;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import org.frugal.ChainException;
import org.frugal.Picture;

/**
 * Turns camera frames in YUV_420_888 into RGB pictures, upright. The planes are those of Android's Image: chroma has
 * half the rows and half the columns (rounded up), rows and pixels lie any stride apart. Colours are full-range BT.601
 * (JFIF), in whole numbers: every JVM gives the same bytes. One array is kept for the next frame of the same size.
 */
public final class YuvPicture {
  // Of 1.402, 0.344136, 0.714136 and 1.772 times 2^16.
  private static final int RED_V = 91881;
  private static final int GREEN_U = 22554;
  private static final int GREEN_V = 46802;
  private static final int BLUE_U = 116130;
  private static final int HALF = 1 << 15;

  private byte[] pixels = new byte[0];
  private Picture picture;

  /**
   * One plane of a frame.
   *
   * @param bytes of the plane from its first pixel on; position and limit are not looked at
   * @param rowStride bytes from a row to the next
   * @param pixelStride bytes from a pixel to the next in its row
   */
  public record Plane(ByteBuffer bytes, int rowStride, int pixelStride) {
    /** The last pixel of a plane may lie right at its end, so that whole rows need not be there. */
    private void check(String name, int rows, int columns) {
      long last = (long) (rows - 1) * rowStride + (long) (columns - 1) * pixelStride;
      if (rowStride < 0 || pixelStride < 1) {
        throw new ChainException(
            "image: expected strides of at least 0 and 1 bytes in the plane " + name + ", received " + rowStride
                + " and " + pixelStride);
      }
      if (last >= bytes.capacity()) {
        throw new ChainException(
            "image: expected " + (last + 1) + " bytes in the plane " + name + ", received " + bytes.capacity());
      }
    }
  }

  /**
   * Converts one frame.
   *
   * @param width columns of the frame as the sensor gives it
   * @param height its rows
   * @param rotation degrees to turn it clockwise so that it stands upright: 0, 90, 180 or 270
   * @return an RGB picture, which the next call overwrites
   * @throws ChainException another rotation, or planes that are too small
   */
  public Picture convert(Plane y, Plane u, Plane v, int width, int height, int rotation) {
    if (rotation % 90 != 0 || rotation < 0 || rotation > 270) {
      throw new ChainException("image: expected a rotation of 0, 90, 180 or 270 degrees, received " + rotation);
    }
    if (width < 1 || height < 1) {
      throw new ChainException("image: expected at least one row and column, received " + height + " x " + width);
    }
    y.check("Y", height, width);
    u.check("U", (height + 1) / 2, (width + 1) / 2);
    v.check("V", (height + 1) / 2, (width + 1) / 2);
    boolean upright = rotation % 180 == 0;
    prepare(upright ? height : width, upright ? width : height);
    Lines luma = new Lines(y, width);
    Lines blue = new Lines(u, (width + 1) / 2);
    Lines red = new Lines(v, (width + 1) / 2);
    for (int row = 0; row < height; row++) {
      luma.read(row);
      if (row % 2 == 0) {
        blue.read(row / 2);
        red.read(row / 2);
      }
      for (int column = 0; column < width; column++) {
        int place = place(row, column, height, width, picture.columns(), rotation);
        write(3 * place, luma.at(column), blue.at(column / 2) - 128, red.at(column / 2) - 128);
      }
    }
    return picture;
  }

  /** One row of a plane at a time, copied in bulk: element by element, a direct buffer is slow on Android. */
  private static final class Lines {
    private final ByteBuffer bytes;
    private final int rowStride;
    private final int pixelStride;
    private final byte[] line;

    Lines(Plane plane, int columns) {
      bytes = plane.bytes().duplicate();
      rowStride = plane.rowStride();
      pixelStride = plane.pixelStride();
      line = new byte[(columns - 1) * pixelStride + 1];
      ((Buffer) bytes).clear();
    }

    void read(int row) {
      ((Buffer) bytes).position(row * rowStride);
      bytes.get(line);
    }

    int at(int column) {
      return line[column * pixelStride] & 255;
    }
  }

  private void prepare(int rows, int columns) {
    if (picture == null || picture.rows() != rows || picture.columns() != columns) {
      pixels = new byte[Math.multiplyExact(Math.multiplyExact(rows, columns), 3)];
      picture = Picture.of(pixels, rows, columns, 3);
    }
  }

  /** Where a pixel of the sensor stands in the turned picture of so many columns. */
  private static int place(int row, int column, int height, int width, int columns, int rotation) {
    switch (rotation) {
      case 90:
        return column * columns + height - 1 - row;
      case 180:
        return (height - 1 - row) * columns + width - 1 - column;
      case 270:
        return (width - 1 - column) * columns + row;
      default:
        return row * columns + column;
    }
  }

  private void write(int out, int y, int u, int v) {
    int luma = (y << 16) + HALF;
    pixels[out] = clamp(luma + RED_V * v >> 16);
    pixels[out + 1] = clamp(luma - GREEN_U * u - GREEN_V * v >> 16);
    pixels[out + 2] = clamp(luma + BLUE_U * u >> 16);
  }

  private static byte clamp(int value) {
    return (byte) Math.min(255, Math.max(0, value));
  }
}
