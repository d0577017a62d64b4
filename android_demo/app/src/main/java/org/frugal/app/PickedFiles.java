package org.frugal.app;

import android.content.ContentResolver;
import android.net.Uri;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Files that a person picked, in the hands of whichever app keeps them. */
public final class PickedFiles {
  private static final int MOST_TEXT = 8 << 20;

  private PickedFiles() {}

  /**
   * @throws IOException the file is gone, or its permission is, or the app that keeps it fails: what that app throws
   *     is thrown here
   */
  public static InputStream open(ContentResolver resolver, Uri uri) throws IOException {
    try {
      InputStream stream = resolver.openInputStream(uri);
      if (stream == null) {
        throw new FileNotFoundException(uri.toString());
      }
      return stream;
    } catch (RuntimeException error) {
      throw new IOException(error.getMessage(), error);
    }
  }

  /**
   * Opens a file that a person has just created, to be written from its beginning.
   *
   * @throws IOException as {@link #open} does
   */
  public static OutputStream create(ContentResolver resolver, Uri uri) throws IOException {
    try {
      OutputStream stream = resolver.openOutputStream(uri);
      if (stream == null) {
        throw new FileNotFoundException(uri.toString());
      }
      return stream;
    } catch (RuntimeException error) {
      throw new IOException(error.getMessage(), error);
    }
  }

  /** Reads a small file of text to its end, and closes. */
  public static String text(InputStream content) throws IOException {
    try (InputStream stream = content) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      byte[] block = new byte[1 << 14];
      for (int count = stream.read(block); count >= 0; count = stream.read(block)) {
        bytes.write(block, 0, count);
        if (bytes.size() > MOST_TEXT) {
          throw new IOException("expected at most " + MOST_TEXT + " bytes, received more");
        }
      }
      return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
    }
  }
}
