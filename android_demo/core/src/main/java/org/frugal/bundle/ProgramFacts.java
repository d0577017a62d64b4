package org.frugal.bundle;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.frugal.tensor.Tensor;

/**
 * What the walk over a program found out. It is not changed once the check is through.
 *
 * @param tensors path of a reading field ({@code program[3].inputs.image}) to the tensors that the step may find there
 * @param values name of a value to the tensors that it may ever be
 * @param overwritten names of the values that a step writes
 * @param readers name of a value to the part inputs that read it, with null for any other reader
 */
public record ProgramFacts(
    Map<String, Set<Tensor>> tensors,
    Map<String, Set<Tensor>> values,
    Set<String> overwritten,
    Map<String, Set<Tensor>> readers) {

  ProgramFacts() {
    this(new HashMap<>(), new LinkedHashMap<>(), new HashSet<>(), new HashMap<>());
  }

  void read(String value, String field, Set<Tensor> found, Tensor reader) {
    readers.computeIfAbsent(value, name -> new HashSet<>()).add(reader);
    tensors.computeIfAbsent(field, path -> new LinkedHashSet<>()).addAll(found);
  }

  void write(String value, Set<Tensor> written) {
    overwritten.add(value);
    values.computeIfAbsent(value, name -> new LinkedHashSet<>()).addAll(written);
  }
}
