package org.frugal.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.frugal.BundleException;

/** The files of a bundle that is a .zip, at its root or all in one folder; each is unpacked into memory once. */
final class ZipFiles extends BundleFiles {
  private static final int BLOCK = 1 << 16;

  private final ZipFile zip;
  private final String prefix;

  ZipFiles(Path path) {
    try {
      zip = new ZipFile(path.toFile());
    } catch (IOException | IllegalArgumentException error) {
      String problem = "expected a folder or a .zip, but reading failed: " + reason(error);
      throw new BundleException(problem, path.toString(), "", error);
    }
    prefix = zip.getEntry(MANIFEST) != null ? "" : onlyFolder();
  }

  /** The folder that everything lies in, or the empty string. */
  private String onlyFolder() {
    Set<String> roots = new HashSet<>();
    for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
      roots.add(entries.nextElement().getName().split("/", 2)[0] + "/");
    }
    return roots.size() == 1 ? roots.iterator().next() : "";
  }

  @Override
  ByteBuffer read(String file, Long size, long most, String field) {
    ZipEntry entry = zip.getEntry(prefix + file);
    if (entry == null || entry.isDirectory()) {
      throw new BundleException("expected a file, received none of this name in the .zip", file, field);
    }
    checkSize(file, field, size, most, entry.getSize());
    try (InputStream stream = zip.getInputStream(entry)) {
      return unpack(stream, (int) entry.getSize());
    } catch (IOException | IllegalArgumentException error) {
      throw unreadable(file, field, error);
    }
  }

  /** The size is the one that the archive promises; what unpacks to more or less is refused. */
  private static ByteBuffer unpack(InputStream stream, int size) throws IOException {
    ByteBuffer content = ByteBuffer.allocateDirect(size);
    byte[] block = new byte[BLOCK];
    for (int count = stream.read(block); count >= 0; count = stream.read(block)) {
      if (count > content.remaining()) {
        throw truncated(size, content.position() + count);
      }
      content.put(block, 0, count);
    }
    if (content.hasRemaining()) {
      throw truncated(size, content.position());
    }
    // Not of the ByteBuffer's own type: its covariant methods are missing on older Androids.
    ((Buffer) content).rewind();
    return content.asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException error) {
      throw unreadable(zip.getName(), "", error);
    }
  }
}
