package org.frugal;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.image.PixelRows;
import org.frugal.tensor.Buffers;

/**
 * Makes inputs ready before a run, whose clock then does not pay for it: a camera's frame where it comes, on the
 * camera's thread, while a chain answers on another. Belongs to one thread; needs no chain.
 */
public final class Preparer {
  private final Manifest manifest;
  private final Inputs inputs;

  /** For the main program. */
  public Preparer(Bundle bundle) {
    this(bundle, Manifest.MAIN);
  }

  /**
   * @throws ChainException there is no such program
   */
  public Preparer(Bundle bundle, String program) {
    manifest = bundle.manifest();
    Programs.checkName(manifest, program);
    inputs = new Inputs(manifest, program);
  }

  /**
   * Prepares the only input of the program.
   *
   * @param only a {@link Picture}, or a frame
   * @throws ChainException it does not fit, or the program has other inputs
   */
  public Prepared prepare(PixelRows only) {
    Map<String, ByteBuffer> contents = new HashMap<>();
    inputs.give((name, content) -> contents.put(name, copy(content)), only);
    return new Prepared(manifest, contents);
  }

  /**
   * Prepares inputs by name, as {@link Chain#run(Map)} takes them.
   *
   * @throws ChainException one is missing, unknown or does not fit
   */
  public Prepared prepare(Map<String, ?> given) {
    Map<String, ByteBuffer> contents = new HashMap<>();
    inputs.give((name, content) -> contents.put(name, copy(content)), given);
    return new Prepared(manifest, contents);
  }

  private static ByteBuffer copy(ByteBuffer content) {
    ByteBuffer own = Buffers.allocate(content.capacity());
    Buffers.copy(content, own);
    return own;
  }
}
