package org.frugal.app.live;

import org.frugal.Picture;
import org.frugal.app.live.LiveState.Shown;

/** Pictures between the chain's form and the screen's. */
public final class Pixels {
  private static final int OPAQUE = 0xFF000000;
  /** Longest side of what a person is shown: the format allows pictures that no screen can draw. */
  static final int LONGEST = 1024;

  private Pixels() {}

  /**
   * What a person sees of a chain's picture; normalised numbers are stretched from their least to their largest, and of
   * a large picture every second pixel or fewer are taken.
   */
  public static Shown shown(Picture picture) {
    int step = (Math.max(picture.rows(), picture.columns()) + LONGEST - 1) / LONGEST;
    int rows = (picture.rows() + step - 1) / step;
    int columns = (picture.columns() + step - 1) / step;
    int[] argb = new int[rows * columns];
    float[] range = picture.isNormalised() ? range(picture.values()) : null;
    for (int i = 0; i < argb.length; i++) {
      int pixel = i / columns * step * picture.columns() + i % columns * step;
      argb[i] = colour(picture, range, pixel * picture.channels());
    }
    return new Shown(argb, rows, columns);
  }

  private static int colour(Picture picture, float[] range, int at) {
    boolean grey = picture.channels() < 3;
    int red = level(picture, range, at);
    int green = grey ? red : level(picture, range, at + 1);
    int blue = grey ? red : level(picture, range, at + 2);
    return OPAQUE | red << 16 | green << 8 | blue;
  }

  /** A chain's picture of what is shown. */
  public static Picture picture(Shown shown) {
    return Picture.argb(shown.argb(), shown.rows(), shown.columns());
  }

  /** Dark for light: ink on paper becomes what networks trained on light digits have seen. */
  public static Shown inverted(Shown shown) {
    int[] argb = new int[shown.argb().length];
    for (int i = 0; i < argb.length; i++) {
      argb[i] = shown.argb()[i] ^ 0x00FFFFFF;
    }
    return new Shown(argb, shown.rows(), shown.columns(), shown.mirrored());
  }

  private static int level(Picture picture, float[] range, int at) {
    if (range == null) {
      return picture.pixels()[at] & 255;
    }
    return Math.round(255 * (picture.values()[at] - range[0]) / (range[1] - range[0]));
  }

  private static float[] range(float[] values) {
    float least = values[0];
    float largest = values[0];
    for (float value : values) {
      least = Math.min(least, value);
      largest = Math.max(largest, value);
    }
    return new float[] {least, largest > least ? largest : least + 1};
  }
}
