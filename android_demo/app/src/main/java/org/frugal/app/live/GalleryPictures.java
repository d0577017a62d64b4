package org.frugal.app.live;

import android.content.ContentResolver;
import android.graphics.Bitmap;
import android.graphics.BitmapFactory;
import android.media.ExifInterface;
import android.net.Uri;
import java.io.IOException;
import java.io.InputStream;
import org.frugal.Picture;
import org.frugal.app.PickedFiles;
import org.frugal.app.live.LiveState.Shown;

/** Reads a picture that a person picked, upright and on white (docs/bundle.md), at a size that fits in memory. */
public final class GalleryPictures {
  /** Sides are halved until the longer one is at most this; networks here look at far smaller ones. */
  private static final int LONGEST = 1024;

  private GalleryPictures() {}

  /**
   * @throws IOException it cannot be opened, or is no picture
   */
  public static Shown read(ContentResolver resolver, Uri uri, String unreadable) throws IOException {
    BitmapFactory.Options options = new BitmapFactory.Options();
    options.inJustDecodeBounds = true;
    decode(resolver, uri, options);
    if (options.outWidth < 1) {
      throw new IOException(unreadable);
    }
    options.inJustDecodeBounds = false;
    options.inSampleSize = sampleSize(options.outWidth, options.outHeight);
    options.inPremultiplied = false; // else colours lose bits where they are nearly transparent
    Bitmap decoded = decode(resolver, uri, options);
    if (decoded == null) {
      throw new IOException(unreadable);
    }
    return upright(onWhite(decoded), orientation(resolver, uri));
  }

  static int sampleSize(int width, int height) {
    int size = 1;
    while (Math.max(width, height) / size > LONGEST) {
      size *= 2;
    }
    return size;
  }

  private static Bitmap decode(ContentResolver resolver, Uri uri, BitmapFactory.Options options) throws IOException {
    try (InputStream stream = PickedFiles.open(resolver, uri)) {
      return BitmapFactory.decodeStream(stream, null, options);
    }
  }

  private static int orientation(ContentResolver resolver, Uri uri) throws IOException {
    try (InputStream stream = PickedFiles.open(resolver, uri)) {
      return new ExifInterface(stream)
          .getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL);
    }
  }

  /** Turns and mirrors a picture as one of Exif's eight orientations says; another number leaves it as it is. */
  static Shown upright(Shown seen, int orientation) {
    boolean transposed = orientation >= 5 && orientation <= 8;
    boolean fromBelow = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    boolean fromRight = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    int rows = transposed ? seen.columns() : seen.rows();
    int columns = transposed ? seen.rows() : seen.columns();
    int[] argb = new int[rows * columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int down = transposed ? column : row;
        int along = transposed ? row : column;
        down = fromBelow ? seen.rows() - 1 - down : down;
        along = fromRight ? seen.columns() - 1 - along : along;
        argb[row * columns + column] = seen.argb()[down * seen.columns() + along];
      }
    }
    return new Shown(argb, rows, columns);
  }

  /** What is transparent has no colour of its own; people see such a picture on white paper. */
  private static Shown onWhite(Bitmap bitmap) {
    int[] argb = new int[bitmap.getWidth() * bitmap.getHeight()];
    bitmap.getPixels(argb, 0, bitmap.getWidth(), 0, 0, bitmap.getWidth(), bitmap.getHeight());
    for (int i = 0; i < argb.length; i++) {
      int colour = argb[i];
      int alpha = colour >>> 24;
      argb[i] = 0xFF000000 | Picture.onWhite(colour >> 16 & 255, alpha) << 16
          | Picture.onWhite(colour >> 8 & 255, alpha) << 8 | Picture.onWhite(colour & 255, alpha);
    }
    return new Shown(argb, bitmap.getHeight(), bitmap.getWidth());
  }
}
