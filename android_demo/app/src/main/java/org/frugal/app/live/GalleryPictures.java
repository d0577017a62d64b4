package org.frugal.app.live;

import android.content.ContentResolver;
import android.graphics.Bitmap;
import android.graphics.BitmapFactory;
import android.graphics.Canvas;
import android.graphics.Color;
import android.graphics.Matrix;
import android.media.ExifInterface;
import android.net.Uri;
import java.io.IOException;
import java.io.InputStream;
import org.frugal.app.PickedFiles;
import org.frugal.app.live.LiveState.Shown;

/** Reads a picture that a person picked, upright, at a size that fits in memory. */
final class GalleryPictures {
  /** Sides are halved until the longer one is at most this; networks here look at far smaller ones. */
  private static final int LONGEST = 1024;

  private GalleryPictures() {}

  /**
   * @throws IOException it cannot be opened, or is no picture
   */
  static Shown read(ContentResolver resolver, Uri uri, String unreadable) throws IOException {
    BitmapFactory.Options options = new BitmapFactory.Options();
    options.inJustDecodeBounds = true;
    decode(resolver, uri, options);
    if (options.outWidth < 1) {
      throw new IOException(unreadable);
    }
    options.inJustDecodeBounds = false;
    options.inSampleSize = sampleSize(options.outWidth, options.outHeight);
    Bitmap decoded = decode(resolver, uri, options);
    if (decoded == null) {
      throw new IOException(unreadable);
    }
    return shown(upright(decoded, degrees(resolver, uri)));
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

  private static int degrees(ContentResolver resolver, Uri uri) throws IOException {
    try (InputStream stream = PickedFiles.open(resolver, uri)) {
      int orientation = new ExifInterface(stream)
          .getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL);
      switch (orientation) {
        case ExifInterface.ORIENTATION_ROTATE_90:
          return 90;
        case ExifInterface.ORIENTATION_ROTATE_180:
          return 180;
        case ExifInterface.ORIENTATION_ROTATE_270:
          return 270;
        default:
          return 0;
      }
    }
  }

  private static Bitmap upright(Bitmap bitmap, int degrees) {
    if (degrees == 0) {
      return bitmap;
    }
    Matrix turn = new Matrix();
    turn.postRotate(degrees);
    return Bitmap.createBitmap(bitmap, 0, 0, bitmap.getWidth(), bitmap.getHeight(), turn, true);
  }

  /** What is transparent has no colour of its own; people see such a picture on white paper. */
  private static Bitmap onWhite(Bitmap bitmap) {
    if (!bitmap.hasAlpha()) {
      return bitmap;
    }
    Bitmap paper = Bitmap.createBitmap(bitmap.getWidth(), bitmap.getHeight(), Bitmap.Config.ARGB_8888);
    paper.eraseColor(Color.WHITE);
    new Canvas(paper).drawBitmap(bitmap, 0, 0, null);
    return paper;
  }

  private static Shown shown(Bitmap bitmap) {
    int[] argb = new int[bitmap.getWidth() * bitmap.getHeight()];
    onWhite(bitmap).getPixels(argb, 0, bitmap.getWidth(), 0, 0, bitmap.getWidth(), bitmap.getHeight());
    return new Shown(argb, bitmap.getHeight(), bitmap.getWidth());
  }
}
