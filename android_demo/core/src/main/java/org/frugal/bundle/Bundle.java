package org.frugal.bundle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.frugal.BundleException;

/**
 * A bundle that has passed every check that can be made without TensorFlow Lite. It is never written to, and may be
 * shared by as many threads and chains as one likes. Files of a folder are memory-mapped; a folder must not be changed
 * while a bundle of it is in use.
 */
public final class Bundle {
  private static final int MAX_MANIFEST_BYTES = 64 << 20;

  private final Path path;
  private final Manifest manifest;
  private final ProgramFacts facts;
  private final Map<String, ByteBuffer> contents;

  private Bundle(Path path, Manifest manifest, ProgramFacts facts, Map<String, ByteBuffer> contents) {
    this.path = path;
    this.manifest = manifest;
    this.facts = facts;
    this.contents = contents;
  }

  /**
   * Loads and checks a bundle; nothing in it is run.
   *
   * @param path a folder, or a .zip of one
   * @throws BundleException it is missing, damaged, tampered with, too new, or does not make sense
   */
  public static Bundle load(Path path) {
    try (BundleFiles files = BundleFiles.open(path)) {
      ByteBuffer text = files.read(BundleFiles.MANIFEST, null, MAX_MANIFEST_BYTES, "");
      Manifest manifest = ManifestReader.read(BundleFiles.bytes(text));
      ProgramFacts facts = ManifestCheck.check(manifest);
      Map<String, ByteBuffer> contents = new HashMap<>();
      for (ManifestCheck.NamedFile named : ManifestCheck.files(manifest)) {
        Manifest.FileEntry entry = named.entry();
        contents.put(entry.file(), files.check(entry.file(), entry.sha256(), entry.bytes(), named.field()));
      }
      PartFiles.check(manifest, contents);
      return new Bundle(path, manifest, facts, contents);
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

  /** What the static check of the program found out. */
  public ProgramFacts facts() {
    return facts;
  }

  /** The content of a file that the manifest names: a read-only direct buffer of its own position, in native order. */
  public ByteBuffer content(String file) {
    return contents.get(file).duplicate().order(ByteOrder.nativeOrder());
  }
}
