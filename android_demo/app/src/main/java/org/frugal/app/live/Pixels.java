package org.frugal.app.live;

import org.frugal.Picture;
import org.frugal.app.live.LiveState.Shown;

/** Pictures between the chain's form and the screen's. */
public final class Pixels {
  private static final int OPAQUE = 0xFF000000;

  private Pixels() {}

  /** What a person sees of a chain's picture; normalised numbers are stretched from their least to their largest. */
  public static Shown shown(Picture picture) {
    int[] argb = new int[picture.rows() * picture.columns()];
    float[] range = picture.isNormalised() ? range(picture.values()) : null;
    int channels = picture.channels();
    for (int i = 0; i < argb.length; i++) {
      int red = level(picture, range, i * channels);
      boolean grey = channels < 3;
      int green = grey ? red : level(picture, range, i * channels + 1);
      int blue = grey ? red : level(picture, range, i * channels + 2);
      argb[i] = OPAQUE | red << 16 | green << 8 | blue;
    }
    return new Shown(argb, picture.rows(), picture.columns());
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
    return new Shown(argb, shown.rows(), shown.columns());
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
