package org.frugal.image;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import org.frugal.ChainException;
import org.frugal.image.YuvPicture.Plane;

/**
 * A frame of a camera or a video in YUV_420_888, upright, as RGB pixels. The planes are those of Android's Image: chroma
 * has half the rows and half the columns (rounded up), rows and pixels lie any stride apart. They are copied, so that
 * the Image may be closed; one object serves a stream of frames, without garbage where they are of one size. Belongs to
 * one thread.
 */
public final class YuvFrame implements PixelRows {
  private static final int HALF = 1 << 15;

  private final Colours colours;
  private final Copy luma = new Copy();
  private final Copy blue = new Copy();
  private final Copy red = new Copy();
  private int width;
  private int height;
  private int rotation;

  /** What the numbers of a frame mean: docs/bundle.md has the equations. Whole numbers, so that every JVM agrees. */
  public enum Colours {
    /** JFIF: what cameras give. */
    BT601_FULL(false, 1.402, 0.34414, 0.71414, 1.772),
    /** Video of standard definition. */
    BT601_LIMITED(true, 1.402, 0.34414, 0.71414, 1.772),
    BT709_FULL(false, 1.5748, 0.187324, 0.468124, 1.8556),
    /** Video of high definition. */
    BT709_LIMITED(true, 1.5748, 0.187324, 0.468124, 1.8556);

    private final int black;
    private final int white;
    private final int redV;
    private final int greenU;
    private final int greenV;
    private final int blueU;

    Colours(boolean limited, double redV, double greenU, double greenV, double blueU) {
      double chroma = limited ? 255.0 / 224 : 1;
      black = limited ? 16 : 0;
      white = fixed(limited ? 255.0 / 219 : 1);
      this.redV = fixed(redV * chroma);
      this.greenU = fixed(greenU * chroma);
      this.greenV = fixed(greenV * chroma);
      this.blueU = fixed(blueU * chroma);
    }

    /** A number times 2^16. */
    private static int fixed(double number) {
      return (int) Math.round(number * (1 << 16));
    }
  }

  /** A plane in an array, copied in bulk: element by element, a direct buffer is slow on Android. */
  private static final class Copy {
    private byte[] bytes = new byte[0];
    private int rowStride;
    private int pixelStride;

    void take(Plane plane, int rows, int columns) {
      rowStride = plane.rowStride();
      pixelStride = plane.pixelStride();
      int size = (rows - 1) * rowStride + (columns - 1) * pixelStride + 1;
      if (bytes.length < size) {
        bytes = new byte[size];
      }
      ByteBuffer from = plane.bytes().duplicate();
      ((Buffer) from).clear();
      from.get(bytes, 0, size);
    }

    /** From a pixel to the next one of its row, or of its column. */
    int step(boolean turned) {
      return turned ? rowStride : pixelStride;
    }
  }

  /** Frames of a camera. */
  public YuvFrame() {
    this(Colours.BT601_FULL);
  }

  public YuvFrame(Colours colours) {
    this.colours = colours;
  }

  /**
   * Takes a frame in the place of the one before.
   *
   * @param columns of the frame as the sensor gives it
   * @param rows its rows
   * @param degrees to turn it clockwise so that it stands upright: 0, 90, 180 or 270
   * @return this
   * @throws ChainException another rotation, or planes that are too small
   */
  public YuvFrame take(Plane y, Plane u, Plane v, int columns, int rows, int degrees) {
    if (degrees % 90 != 0 || degrees < 0 || degrees > 270) {
      throw new ChainException("image: expected a rotation of 0, 90, 180 or 270 degrees, received " + degrees);
    }
    if (columns < 1 || rows < 1) {
      throw new ChainException("image: expected at least one row and column, received " + rows + " x " + columns);
    }
    int halfRows = (rows + 1) / 2;
    int halfColumns = (columns + 1) / 2;
    y.check("Y", rows, columns);
    u.check("U", halfRows, halfColumns);
    v.check("V", halfRows, halfColumns);
    luma.take(y, rows, columns);
    blue.take(u, halfRows, halfColumns);
    red.take(v, halfRows, halfColumns);
    width = columns;
    height = rows;
    rotation = degrees;
    return this;
  }

  @Override
  public int rows() {
    return rotation % 180 == 0 ? height : width;
  }

  @Override
  public int columns() {
    return rotation % 180 == 0 ? width : height;
  }

  @Override
  public int channels() {
    return 3;
  }

  /** Along an upright row one goes along a row of the sensor, or along a column of it; two pixels share a chroma. */
  @Override
  public void read(int row, int column, int count, byte[] to, int at) {
    boolean turned = rotation % 180 != 0;
    int step = rotation == 90 || rotation == 180 ? -1 : 1;
    int along = step < 0 ? columns() - 1 - column : column;
    int across = rotation >= 180 ? rows() - 1 - row : row;
    int lumaStep = luma.step(turned);
    int luma0 = across * luma.step(!turned);
    int blue0 = (across >> 1) * blue.step(!turned);
    int red0 = (across >> 1) * red.step(!turned);
    int seen = -1;
    int redPart = 0;
    int greenPart = 0;
    int bluePart = 0;
    for (int end = at + 3 * count; at < end; at += 3, along += step) {
      int half = along >> 1;
      if (half != seen) {
        seen = half;
        int u = (blue.bytes[blue0 + half * blue.step(turned)] & 255) - 128;
        int v = (red.bytes[red0 + half * red.step(turned)] & 255) - 128;
        redPart = colours.redV * v;
        greenPart = colours.greenU * u + colours.greenV * v;
        bluePart = colours.blueU * u;
      }
      int grey = ((luma.bytes[luma0 + along * lumaStep] & 255) - colours.black) * colours.white + HALF;
      to[at] = level(grey + redPart);
      to[at + 1] = level(grey - greenPart);
      to[at + 2] = level(grey + bluePart);
    }
  }

  /** Of a number times 2^16. */
  private static byte level(int number) {
    return (byte) Math.min(255, Math.max(0, number >> 16));
  }
}
