package org.frugal.bundle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.frugal.BundleException;

/** The files of a bundle that is a folder, mapped from disk: the system keeps one copy for all chains. */
final class FolderFiles extends BundleFiles {
  private final Path root;

  FolderFiles(Path path) {
    try {
      root = path.toRealPath();
    } catch (IOException error) {
      throw unreadable(path.toString(), "", error);
    }
  }

  /** Any size will do: the files are mapped from disk. */
  @Override
  void checkTotal(long size) {}

  @Override
  ByteBuffer read(String file, Long size, long most, String field) {
    try {
      Path path = root.resolve(file).toRealPath();
      if (!path.startsWith(root)) {
        String problem = "expected a file inside the bundle, received a link to " + path;
        throw new BundleException(problem, file, field);
      }
      if (!Files.isRegularFile(path)) {
        throw missing(file, field);
      }
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
        checkSize(file, field, size, most, channel.size());
        return map(channel).order(ByteOrder.nativeOrder());
      }
    } catch (NoSuchFileException error) {
      throw missing(file, field);
    } catch (InvalidPathException error) {
      // A name that the system's encoding cannot write, as a JVM of the C locale has it, is no file's.
      throw file.indexOf('\0') < 0 ? missing(file, field) : unreadable(file, field, error);
    } catch (IOException error) {
      throw unreadable(file, field, error);
    }
  }

  private static ByteBuffer map(FileChannel channel) throws IOException {
    return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
  }

  private static BundleException missing(String file, String field) {
    return new BundleException("expected a file, received none there", file, field);
  }
}
