package org.frugal.bundle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.frugal.BundleException;

/**
 * A bundle that has passed every check that can be made without TensorFlow Lite. It is never written to, and may be
 * shared by as many threads and chains as one likes. Files of a folder are memory-mapped; a folder must not be changed
 * while a bundle of it is in use.
 */
public final class Bundle {
  private final Path path;
  private final Manifest manifest;
  private final Map<String, ByteBuffer> contents;
  private final String sha256;

  private Bundle(Path path, Manifest manifest, Map<String, ByteBuffer> contents, String sha256) {
    this.path = path;
    this.manifest = manifest;
    this.contents = contents;
    this.sha256 = sha256;
  }

  /**
   * Loads and checks a bundle; nothing in it is run.
   *
   * @param path a folder, or a .zip of one
   * @throws BundleException it is missing, damaged, tampered with, of another version, or does not make sense
   */
  public static Bundle load(Path path) {
    if (path == null) {
      throw new BundleException("expected a path of a bundle (a folder or a .zip), received null", "null", "");
    }
    try (BundleFiles files = BundleFiles.open(path)) {
      ByteBuffer text = files.read(BundleFiles.MANIFEST, null, JsonText.MAX_BYTES, "");
      Manifest manifest = ManifestReader.read(BundleFiles.bytes(text));
      ManifestCheck.check(manifest);
      Map<String, ManifestCheck.NamedFile> once = new LinkedHashMap<>();
      ManifestCheck.files(manifest).forEach(named -> once.putIfAbsent(named.entry().file(), named));
      files.checkTotal(once.values().stream().mapToLong(named -> named.entry().bytes()).sum());
      Map<String, ByteBuffer> contents = new HashMap<>();
      once.forEach((file, named) -> contents.put(
          file, files.check(file, named.entry().sha256(), named.entry().bytes(), named.field())));
      PartFiles.check(manifest, contents);
      if (manifest.goldens() != null) {
        GoldenCheck.check(manifest, BundleFiles.bytes(contents.get(manifest.goldens().index().file())));
      }
      contents.put(BundleFiles.MANIFEST, text);
      return new Bundle(path, manifest, contents, BundleFiles.digest(text));
    } catch (OutOfMemoryError error) {
      String problem = "expected a bundle that fits into memory, received one that does not";
      throw new BundleException(problem, path.toString(), "", error);
    }
  }

  /** The folder or .zip. */
  public Path path() {
    return path;
  }

  /** What {@code manifest.json} says. */
  public Manifest manifest() {
    return manifest;
  }

  /** SHA-256 of the bytes of {@code manifest.json}, which names all other files with theirs; lower-case digits. */
  public String sha256() {
    return sha256;
  }

  /**
   * Writes the manifest and the files that it names as a bundle of its own, a folder: its parts are mapped from disk,
   * where those of a .zip are held in memory.
   *
   * @param folder is made where it is not there
   * @throws IOException it cannot be written; what was written stays
   */
  public void unpack(Path folder) throws IOException {
    for (Map.Entry<String, ByteBuffer> each : contents.entrySet()) {
      Path file = folder.resolve(each.getKey());
      Files.createDirectories(file.getParent());
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        for (ByteBuffer left = each.getValue().duplicate(); left.hasRemaining(); ) {
          channel.write(left);
        }
      }
    }
  }

  /** The content of a file that the manifest names: a read-only direct buffer of its own position, in native order. */
  public ByteBuffer content(String file) {
    return contents.get(file).duplicate().order(ByteOrder.nativeOrder());
  }
}
