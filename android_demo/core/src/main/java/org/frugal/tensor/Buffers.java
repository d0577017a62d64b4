package org.frugal.tensor;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Direct buffers for tensors: TensorFlow Lite reads and writes them where they lie. */
public final class Buffers {
  private Buffers() {}

  /** A buffer of zeros of exactly this capacity, in native order. */
  public static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** Copies everything from one buffer to another of the same capacity; both end at position 0. */
  public static void copy(ByteBuffer from, ByteBuffer to) {
    // By way of Buffer: ByteBuffer's own rewind() is missing on older Androids.
    ((Buffer) from).rewind();
    ((Buffer) to).rewind();
    to.put(from);
    ((Buffer) from).rewind();
    ((Buffer) to).rewind();
  }

  /** Copies so many bytes from one place to another; both buffers end at position 0, with their capacity as limit. */
  public static void copy(ByteBuffer from, int first, ByteBuffer to, int place, int bytes) {
    ((Buffer) from).limit(first + bytes).position(first);
    ((Buffer) to).clear().position(place);
    to.put(from);
    ((Buffer) from).clear();
    ((Buffer) to).clear();
  }
}
