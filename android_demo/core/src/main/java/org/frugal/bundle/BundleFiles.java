package org.frugal.bundle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.frugal.BundleException;

/** The files of a bundle: a folder's or a .zip's. Contents are direct buffers, which TensorFlow Lite reads in place. */
abstract class BundleFiles implements AutoCloseable {
  static final String MANIFEST = "manifest.json";
  private static final char[] DIGITS = "0123456789abcdef".toCharArray();

  static BundleFiles open(Path path) {
    if (!Files.exists(path)) {
      throw new BundleException("expected a bundle (a folder or a .zip), received nothing there", path.toString(), "");
    }
    if (!Files.isDirectory(path) && !Files.isRegularFile(path)) {
      String problem = "expected a bundle (a folder or a .zip), received something that is neither";
      throw new BundleException(problem, path.toString(), "");
    }
    return Files.isDirectory(path) ? new FolderFiles(path) : new ZipFiles(path);
  }

  /** Bounds the size of all files together. */
  abstract void checkTotal(long size);

  /**
   * The content of a file of any size up to {@code most} bytes.
   *
   * @param size the size that it must have, or null
   * @param field the field of the manifest that names it
   */
  abstract ByteBuffer read(String file, Long size, long most, String field);

  /** The content of a file, checked for size and digest. */
  final ByteBuffer check(String file, String sha256, long size, String field) {
    ByteBuffer content = read(file, size, size, field);
    String received = digest(content);
    if (!received.equals(sha256)) {
      throw new BundleException(
          "expected the SHA-256 " + sha256.substring(0, 12) + "..., received " + received.substring(0, 12)
              + "...: the file was changed",
          file,
          field);
    }
    return content;
  }

  /** Lets go of whatever was needed to read; contents stay. */
  @Override
  public void close() {}

  static void checkSize(String file, String field, Long size, long most, long received) {
    if (size != null && size != received) {
      String problem = "expected " + size + " bytes, received " + received + ": is it truncated?";
      throw new BundleException(problem, file, field);
    }
    if (received > most) {
      throw new BundleException("expected at most " + most + " bytes, received " + received, file, field);
    }
  }

  static BundleException unreadable(String file, String field, Exception error) {
    return new BundleException("expected a readable file, but " + reason(error), file, field, error);
  }

  static String reason(Exception error) {
    return error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
  }

  /** SHA-256 in lower-case hexadecimal digits. */
  static String digest(ByteBuffer content) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(content.duplicate());
      StringBuilder text = new StringBuilder();
      for (byte b : sha256.digest()) {
        text.append(DIGITS[b >> 4 & 15]).append(DIGITS[b & 15]);
      }
      return text.toString();
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException("expected a platform with SHA-256, received one without", error);
    }
  }

  /** Bytes of a checked buffer from its start. */
  static byte[] bytes(ByteBuffer content) {
    byte[] bytes = new byte[content.capacity()];
    content.duplicate().get(bytes);
    return bytes;
  }
}
