package org.frugal.app;

import android.content.ContentResolver;
import android.net.Uri;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads small files of text. */
public final class TextFiles {
  private static final int MOST = 8 << 20;

  private TextFiles() {}

  /** Reads a file that a person picked; its permission may be gone by now. */
  public static String read(ContentResolver resolver, Uri uri) throws IOException {
    try {
      InputStream stream = resolver.openInputStream(uri);
      if (stream == null) {
        throw new FileNotFoundException(uri.toString());
      }
      return read(stream);
    } catch (SecurityException error) {
      throw new IOException(error.getMessage(), error);
    }
  }

  /** Reads to the end, and closes. */
  public static String read(InputStream content) throws IOException {
    try (InputStream stream = content) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      byte[] block = new byte[1 << 14];
      for (int count = stream.read(block); count >= 0; count = stream.read(block)) {
        bytes.write(block, 0, count);
        if (bytes.size() > MOST) {
          throw new IOException("expected at most " + MOST + " bytes, got more");
        }
      }
      return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
    }
  }
}
