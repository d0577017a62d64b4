package org.frugal;

import java.nio.ByteBuffer;
import java.util.Map;
import org.frugal.bundle.Manifest;

/** Inputs that a {@link Preparer} has made ready: a chain on the same bundle runs on them as often as one likes. */
public final class Prepared {
  private final Manifest manifest;
  private final Map<String, ByteBuffer> contents;

  /**
   * @param contents input to what its value holds
   */
  Prepared(Manifest manifest, Map<String, ByteBuffer> contents) {
    this.manifest = manifest;
    this.contents = contents;
  }

  /** Of which bundle they are. */
  Manifest manifest() {
    return manifest;
  }

  Map<String, ByteBuffer> contents() {
    return contents;
  }
}
