package org.frugal.tensor;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Direct buffers for tensors: TensorFlow Lite reads and writes them where they lie. */
public final class Buffers {
  /** Kernels may read a few bytes behind the last element, never write them. */
  private static final int PADDING = 64;

  private Buffers() {}

  /** A buffer of zeros of exactly this capacity, in native order. */
  public static ByteBuffer allocate(int bytes) {
    ByteBuffer whole = ByteBuffer.allocateDirect(bytes + PADDING);
    // By way of Buffer: ByteBuffer's own limit() and rewind() are missing on older Androids.
    ((Buffer) whole).limit(bytes);
    return whole.slice().order(ByteOrder.nativeOrder());
  }

  /** Copies everything from one buffer to another of the same capacity; both end at position 0. */
  public static void copy(ByteBuffer from, ByteBuffer to) {
    ((Buffer) from).rewind();
    ((Buffer) to).rewind();
    to.put(from);
    ((Buffer) from).rewind();
    ((Buffer) to).rewind();
  }
}
