package org.frugal.image;

import java.nio.ByteBuffer;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.image.YuvFrame.Colours;

/**
 * Turns frames in YUV_420_888 into RGB pictures, upright, for whoever wants to see all of one: a {@link
 * org.frugal.Preparer} takes a {@link YuvFrame} as it is, and converts no pixel that is cut off. One array is kept for
 * the next frame of the same size.
 */
public final class YuvPicture {
  private final YuvFrame frame;
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
    void check(String name, int rows, int columns) {
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

  /** Of frames of a camera. */
  public YuvPicture() {
    this(Colours.BT601_FULL);
  }

  public YuvPicture(Colours colours) {
    frame = new YuvFrame(colours);
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
    frame.take(y, u, v, width, height, rotation);
    int rows = frame.rows();
    int columns = frame.columns();
    if (picture == null || picture.rows() != rows || picture.columns() != columns) {
      pixels = new byte[Math.multiplyExact(Math.multiplyExact(rows, columns), 3)];
      picture = Picture.of(pixels, rows, columns, 3);
    }
    for (int row = 0; row < rows; row++) {
      frame.read(row, 0, columns, pixels, 3 * row * columns);
    }
    return picture;
  }
}
