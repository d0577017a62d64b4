package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.frugal.Words;
import org.frugal.bundle.Manifest.Parameter;
import org.frugal.tensor.Tensor;

/** What the checks of all steps share: that what a step reads is there, and of the form that it needs. */
abstract class CheckedReading {
  /** Of a value that is read as numbers. */
  private static final int MAX_NUMBERS = 1 << 20;

  final Manifest manifest;
  private final Map<String, Integer> places = new HashMap<>();
  private final Set<String> units;

  CheckedReading(Manifest manifest) {
    this.manifest = manifest;
    manifest.values().keySet().forEach(value -> places.put(value, places.size()));
    units = new TreeSet<>(manifest.parts().values().iterator().next().costs().keySet());
  }

  /** Notes that a declared value is written. */
  final void write(BitSet written, String value) {
    written.set(places.get(value));
  }

  private Tensor declared(String value, String where) {
    Tensor tensor = manifest.values().get(value);
    require(tensor != null, "expected a value that is declared, received " + Words.quote(value), where);
    return tensor;
  }

  /** The shape of a value that every way here has written. */
  final List<Integer> read(BitSet written, String value, String where) {
    Tensor tensor = declared(value, where);
    boolean known = written.get(places.get(value));
    require(known, "expected a value that every way here has written, received " + Words.quote(value), where);
    return tensor.shape();
  }

  /** The shape of a declared value has to be the expected one. */
  final void shape(String value, List<Integer> expected, String where) {
    List<Integer> shape = declared(value, where).shape();
    boolean same = shape.equals(expected);
    require(same, "expected the shape " + expected + ", received " + shape + " in " + Words.quote(value), where);
  }

  /** Reads a value as numbers, of any count where {@code expected} is 0; gives how many there are. */
  final int elements(BitSet written, String value, String where, int expected, int least) {
    int count = Tensor.product(read(written, value, where)).intValue();
    String received = ", received " + count + " in " + Words.quote(value);
    require(count <= MAX_NUMBERS, "expected at most " + MAX_NUMBERS + " elements" + received, where);
    require(count >= least, "expected at least " + least + " elements" + received, where);
    require(expected == 0 || count == expected, "expected " + expected + " element(s)" + received, where);
    return count;
  }

  /** Reads a value [1, rows, 4] as numbers; gives how many rows there are. */
  final int boxes(BitSet written, String value, String where) {
    elements(written, value, where, 0, 1);
    List<Integer> shape = manifest.values().get(value).shape();
    boolean fits = shape.size() == 3 && shape.get(0) == 1 && shape.get(2) == 4;
    require(fits, "expected [1, rows, 4], received " + shape + " in " + Words.quote(value), where);
    return shape.get(1);
  }

  static void differ(Collection<String> values, String where) {
    boolean differ = new HashSet<>(values).size() == values.size();
    require(differ, "expected values that differ, received " + Words.list(values), where);
  }

  final void setting(Setting setting, String where) {
    if (setting instanceof Setting.Reference reference) {
      number(reference.parameter(), where);
    }
  }

  /** A parameter that is one number. */
  final Parameter number(String name, String where) {
    Parameter parameter = parameter(name, where);
    boolean one = !parameter.defaults().isList();
    require(one, "expected a parameter that is one number, received the list " + Words.quote(name), where);
    return parameter;
  }

  final Parameter parameter(String name, String where) {
    Parameter parameter = manifest.parameters().get(name);
    require(parameter != null, "expected a parameter of the bundle, received " + Words.quote(name), where);
    return parameter;
  }

  final void costs(Step.Priced step, String where) {
    Set<String> received = new TreeSet<>(step.costs().keySet());
    String problem = "expected units among " + Words.list(units) + ", received " + Words.list(received);
    require(units.containsAll(received), problem, where + ".costs");
  }
}
