package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.frugal.bundle.ProgramFacts;
import org.frugal.tensor.Tensor;

/**
 * The named values of one program: what each holds now, and as which tensor it was written. Steps know a value by its
 * slot.
 */
final class Values {
  final ByteBuffer[] buffers;
  private final Tensor[] writtenAs;
  private final Map<String, Integer> slots = new HashMap<>();
  private final Map<Tensor, Tensor> known = new HashMap<>();
  private final ProgramFacts facts;
  private final String imageName;
  private final Tensor imageTensor;

  /**
   * @param imageTensor what the image is prepared as
   */
  Values(ProgramFacts facts, String imageName, Tensor imageTensor) {
    this.facts = facts;
    this.imageName = imageName;
    this.imageTensor = known(imageTensor);
    facts.values().keySet().forEach(name -> slots.put(name, slots.size()));
    buffers = new ByteBuffer[slots.size()];
    writtenAs = new Tensor[slots.size()];
  }

  int slot(String value) {
    return slots.get(value);
  }

  /** The one object that stands for all tensors equal to this, so that they can be told apart by identity. */
  Tensor known(Tensor tensor) {
    return known.computeIfAbsent(tensor, same -> same);
  }

  void write(int slot, ByteBuffer buffer, Tensor tensor) {
    buffers[slot] = buffer;
    writtenAs[slot] = tensor;
  }

  /** The tensors that the reader of a value at {@code where} may find. */
  private Collection<Tensor> sources(String value, String where) {
    boolean image = value.equals(imageName) && !facts.overwritten().contains(value);
    return image ? Set.of(imageTensor) : facts.tensors().get(where);
  }

  /** Builds one reader for each tensor that the value may turn out to be at {@code where}. */
  <T> Choice<T> choice(String value, String where, Function<Tensor, T> build) {
    List<Tensor> tensors = new ArrayList<>();
    List<T> readers = new ArrayList<>();
    for (Tensor tensor : sources(value, where)) {
      tensors.add(known(tensor));
      readers.add(build.apply(tensor));
    }
    return new Choice<>(slot(value), tensors, readers);
  }

  /** A reader of a value for each tensor that it may be. */
  final class Choice<T> {
    private final int slot;
    private final Tensor[] tensors;
    private final List<T> readers;

    private Choice(int slot, List<Tensor> tensors, List<T> readers) {
      this.slot = slot;
      this.tensors = tensors.toArray(new Tensor[0]);
      this.readers = readers;
    }

    /** The reader for what the value is now. */
    T now() {
      int i = 0;
      if (tensors.length > 1) {
        Tensor written = writtenAs[slot];
        while (tensors[i] != written) {
          i++;
        }
      }
      return readers.get(i);
    }

    /** What the value holds now. */
    ByteBuffer buffer() {
      return buffers[slot];
    }
  }
}
