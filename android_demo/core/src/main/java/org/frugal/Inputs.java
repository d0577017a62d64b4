package org.frugal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.Manifest;
import org.frugal.image.ImageReader;
import org.frugal.image.PixelRows;
import org.frugal.tensor.Tensor;

/** The inputs of a program: a picture, or several things by name, each made what its value is. */
final class Inputs {
  private final Manifest manifest;
  private final Map<String, Reader> readers = new LinkedHashMap<>();
  /** Inputs of the bundle that the program does not read: they may be given, and nobody looks at them. */
  private final Set<String> others;
  /** Whether the bundle has one input, which the program does not read. */
  private final boolean unread;

  /** Takes the content of an input's value. */
  interface Taker {
    void take(String input, ByteBuffer content);
  }

  /** Makes the content of a value, which the next call overwrites. */
  private interface Reader {
    ByteBuffer read(Object given);
  }

  /**
   * @param program which of the manifest's programs
   */
  Inputs(Manifest manifest, String program) {
    this.manifest = manifest;
    for (String name : manifest.inputs(program)) {
      Tensor tensor = manifest.values().get(name);
      if (manifest.inputs().get(name) instanceof Manifest.Input.Image image) {
        ImageReader reader = new ImageReader(image, tensor);
        List<Integer> shape = tensor.shape().subList(1, 4);
        readers.put(name, given -> reader.read(picture(given, shape)));
      } else {
        readers.put(name, new VectorReader(tensor, manifest.inputs().get(name) instanceof Manifest.Input.Box)::read);
      }
    }
    others = new HashSet<>(manifest.inputs().keySet());
    others.removeAll(readers.keySet());
    unread = readers.isEmpty() && others.size() == 1;
  }

  /** Gives a program its only input. */
  void give(Taker program, PixelRows only) {
    if (readers.size() != 1 && !unread) {
      throw refusal(only == null ? "null" : only.getClass().getSimpleName());
    }
    readers.forEach((name, reader) -> program.take(name, reader.read(only)));
  }

  /** Gives a program inputs that were made ready before. */
  void give(Taker program, Prepared inputs) {
    if (inputs == null) {
      throw refusal("null");
    }
    if (inputs.manifest() != manifest && !inputs.manifest().equals(manifest)) {
      throw new ChainException("inputs: expected some prepared for this bundle, received some for another one");
    }
    if (!inputs.contents().keySet().containsAll(readers.keySet())) {
      throw refusal("some prepared for " + Words.list(new TreeSet<>(inputs.contents().keySet())));
    }
    // A view of its own for every run: chains on several threads may run on the same inputs.
    readers.keySet().forEach(name ->
        program.take(name, inputs.contents().get(name).duplicate().order(ByteOrder.nativeOrder())));
  }

  /** Gives a program its inputs, by name. */
  void give(Taker program, Map<?, ?> inputs) {
    if (inputs == null || !isComplete(inputs.keySet())) {
      throw refusal(inputs == null ? "null" : shown(inputs));
    }
    readers.forEach((name, reader) -> {
      try {
        program.take(name, reader.read(inputs.get(name)));
      } catch (ChainException error) {
        throw new ChainException("input " + name + ": " + error.getMessage());
      }
    });
  }

  /** Gives a program an example: a picture, or its inputs by name. */
  void giveAny(Taker program, Object example) {
    if (example instanceof Map<?, ?> inputs) {
      give(program, inputs);
    } else if (example instanceof Prepared inputs) {
      give(program, inputs);
    } else if (example == null || example instanceof PixelRows) {
      give(program, (PixelRows) example);
    } else {
      throw refusal(example.getClass().getSimpleName());
    }
  }

  private boolean isComplete(Set<?> given) {
    int known = 0;
    for (Object name : given) {
      if (readers.containsKey(name)) {
        known++;
      } else if (!others.contains(name)) {
        return false;
      }
    }
    return known == readers.size();
  }

  private ChainException refusal(String received) {
    return new ChainException(
        "inputs: expected the inputs " + Words.list(new TreeSet<>(readers.keySet())) + ", received " + received);
  }

  private static String shown(Map<?, ?> inputs) {
    TreeSet<String> names = new TreeSet<>();
    inputs.keySet().forEach(name -> names.add(String.valueOf(name)));
    return Words.shown(Words.list(names));
  }

  /** What is given as a picture; {@code shape} is that of normalised numbers. */
  private static PixelRows picture(Object given, List<Integer> shape) {
    if (given instanceof GoldenIndex.Array array) {
      if (array.values() != null && !array.shape().equals(shape)) {
        throw new ChainException("image: expected float32 of shape " + shape + ", received " + array.shape());
      }
      return array.picture();
    } else if (given != null && !(given instanceof PixelRows)) {
      throw new ChainException("image: expected a Picture, received " + given.getClass().getSimpleName());
    }
    return (PixelRows) given;
  }
}
