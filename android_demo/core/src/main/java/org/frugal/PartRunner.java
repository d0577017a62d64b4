package org.frugal;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs a part: an interpreter of TensorFlow Lite, or what another {@link PartEngine} puts in its place. Tensors are
 * called by the names of the manifest, and handed over by the places that the engine gives them. Belongs to one thread.
 */
public interface PartRunner extends AutoCloseable {
  /**
   * Takes the memory that runs need, unless it has it.
   *
   * @throws BundleException the part cannot be allocated, or gives other shapes than those of the manifest
   */
  default void open() {}

  /** Whether it has the memory that runs need. */
  default boolean isOpen() {
    return true;
  }

  /** Gives that memory back, until it is opened again; every view on it is invalid from now on. */
  default void release() {}

  /** Equal for parts whose tensors are the same memory, so that running one overwrites the other's. */
  default Object memory() {
    return this;
  }

  /** The place of an input among all inputs, from 0. */
  int inputPlace(String input);

  /** The place of an output among all outputs, from 0. */
  int outputPlace(String output);

  /** A view on what was last fed to an input of an open part. */
  ByteBuffer inputView(String input);

  /** A view on an open part's memory of an output, which the next run overwrites; null where that may move. */
  @Nullable ByteBuffer outputView(String output);

  /**
   * Runs the part, which is open.
   *
   * @param inputs direct buffers in native order, by place; each has the capacity of its tensor
   * @param outputs place to buffer of the outputs that are to be copied, which are written from their position on
   * @throws ChainException the part fails
   */
  void run(Object[] inputs, Map<Integer, Object> outputs);

  /** Runs the part without looking at its outputs. */
  default void run(Object[] inputs) {
    run(inputs, Collections.emptyMap());
  }

  /** Frees what the engine holds; the part cannot be run afterwards. */
  @Override
  void close();
}
