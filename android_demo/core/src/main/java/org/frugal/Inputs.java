package org.frugal;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.Manifest;
import org.frugal.image.ImageReader;
import org.frugal.program.Program;
import org.frugal.tensor.Tensor;

/** The inputs of a run: a picture, or several things by name, each made what its value is. */
final class Inputs {
  private final Map<String, Reader> readers = new LinkedHashMap<>();

  /** Makes the content of a value, which the next call overwrites. */
  private interface Reader {
    ByteBuffer read(Object given);
  }

  Inputs(Manifest manifest) {
    manifest.inputs().forEach((name, input) -> {
      Tensor tensor = manifest.values().get(name);
      if (input instanceof Manifest.Input.Image image) {
        ImageReader reader = new ImageReader(image, tensor);
        List<Integer> shape = tensor.shape().subList(1, 4);
        readers.put(name, given -> reader.read(picture(given, shape)));
      } else {
        readers.put(name, new VectorReader(tensor)::read);
      }
    });
  }

  /** Gives a program its only input. */
  void give(Program program, Picture only) {
    if (readers.size() != 1) {
      throw others(only == null ? "null" : "Picture");
    }
    readers.forEach((name, reader) -> program.give(name, reader.read(only)));
  }

  /** Gives a program its inputs, by name. */
  void give(Program program, Map<String, ?> inputs) {
    if (inputs == null || !inputs.keySet().equals(readers.keySet())) {
      throw others(inputs == null ? "null" : shown(inputs));
    }
    readers.forEach((name, reader) -> {
      try {
        program.give(name, reader.read(inputs.get(name)));
      } catch (ChainException error) {
        throw new ChainException("input " + name + ": " + error.getMessage());
      }
    });
  }

  private ChainException others(String received) {
    return new ChainException(
        "inputs: expected the inputs " + Words.list(new TreeSet<>(readers.keySet())) + ", received " + received);
  }

  private static String shown(Map<String, ?> inputs) {
    TreeSet<String> names = new TreeSet<>();
    inputs.keySet().forEach(name -> names.add(String.valueOf(name)));
    return Words.shown(Words.list(names));
  }

  /** What is given as a picture; {@code shape} is that of normalised numbers. */
  private static Picture picture(Object given, List<Integer> shape) {
    if (given instanceof GoldenIndex.Array array) {
      if (array.values() != null && !array.shape().equals(shape)) {
        throw new ChainException("image: expected float32 of shape " + shape + ", received " + array.shape());
      }
      return array.picture();
    } else if (given != null && !(given instanceof Picture)) {
      throw new ChainException("image: expected a Picture, received " + given.getClass().getSimpleName());
    }
    return (Picture) given;
  }
}
