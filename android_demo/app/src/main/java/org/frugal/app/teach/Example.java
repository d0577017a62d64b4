package org.frugal.app.teach;

import android.graphics.Bitmap;
import org.frugal.Event.Corners;
import org.frugal.app.live.LiveState.Shown;

/**
 * A picture that a class is taught by.
 *
 * @param file under which its pixels are kept, in the folder of the draft
 * @param box what of it is meant, 0..1 over its edges; null where nobody has said
 */
record Example(Shown shown, String file, Corners box) {
  /** Longest side of what is kept: networks here look at far smaller ones, and ten pictures have to fit in memory. */
  static final int LONGEST = 512;

  Example withBox(Corners next) {
    return new Example(shown, file, next);
  }

  /** A picture at the size at which it is kept. */
  static Shown fit(Shown picture) {
    int longer = Math.max(picture.rows(), picture.columns());
    if (longer <= LONGEST) {
      return picture;
    }
    int rows = Math.max(1, picture.rows() * LONGEST / longer);
    int columns = Math.max(1, picture.columns() * LONGEST / longer);
    Bitmap large = bitmap(picture);
    Bitmap small = Bitmap.createScaledBitmap(large, columns, rows, true);
    Shown fitted = shown(small, picture.mirrored());
    large.recycle();
    small.recycle();
    return fitted;
  }

  static Bitmap bitmap(Shown picture) {
    return Bitmap.createBitmap(picture.argb(), picture.columns(), picture.rows(), Bitmap.Config.ARGB_8888);
  }

  static Shown shown(Bitmap bitmap, boolean mirrored) {
    int[] argb = new int[bitmap.getWidth() * bitmap.getHeight()];
    bitmap.getPixels(argb, 0, bitmap.getWidth(), 0, 0, bitmap.getWidth(), bitmap.getHeight());
    return new Shown(argb, bitmap.getHeight(), bitmap.getWidth(), mirrored);
  }
}
