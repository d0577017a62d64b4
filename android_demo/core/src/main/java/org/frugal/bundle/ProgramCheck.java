package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.frugal.Words;
import org.frugal.bundle.Manifest.Output;
import org.frugal.bundle.Manifest.Parameter;
import org.frugal.bundle.Manifest.Part;
import org.frugal.tensor.Tensor;

/**
 * One pass over a program, as a device would walk it: values are written before they are read, shapes fit, and every
 * way ends in an answer. Values keep the tensors that the manifest declares, so what is followed is only the set of
 * values that every way so far has written.
 */
final class ProgramCheck {
  /** Of a fill, or of a crop's windows. */
  private static final int MAX_CONSTANT = 1 << 24;
  /** Of a value that is read as numbers. */
  private static final int MAX_NUMBERS = 1 << 20;

  private final Manifest manifest;
  private final Map<String, Integer> places = new HashMap<>();
  private final Set<String> units;
  private final Set<String> names = new HashSet<>();
  /** Of each repeat around a step, the innermost first, what was written at its leaves. */
  private final Deque<List<BitSet>> loops = new ArrayDeque<>();

  private ProgramCheck(Manifest manifest) {
    this.manifest = manifest;
    manifest.values().keySet().forEach(value -> places.put(value, places.size()));
    units = manifest.parts().values().iterator().next().costs().keySet();
  }

  /** Checks all programs of a manifest whose values have been checked. */
  static void check(Manifest manifest) {
    Map<String, List<Step>> programs = manifest.programs();
    String received = Words.list(new TreeSet<>(programs.keySet()));
    boolean runs = programs.containsKey(Manifest.MAIN);
    require(runs, "expected a program \"" + Manifest.MAIN + "\", received " + received, "programs");
    programs.forEach((name, steps) -> ProgramSize.check(steps, "programs." + name));
    programs.forEach((name, steps) -> new ProgramCheck(manifest).check(steps, "programs." + name));
  }

  private void check(List<Step> program, String where) {
    BitSet written = new BitSet();
    manifest.inputs().keySet().forEach(input -> written.set(places.get(input)));
    boolean ends = steps(program, written, where) == null;
    require(ends, "expected every way to end in an answer, received one that does not", where);
    ProgramSize.checkCells(program, manifest.values(), where);
  }

  /** What is written behind the list, or null when no way through it goes on; the set before is changed. */
  private BitSet steps(List<Step> steps, BitSet before, String where) {
    BitSet written = before;
    for (int i = 0; i < steps.size(); i++) {
      String at = where + "[" + i + "]";
      require(written != null, "expected nothing behind an answer, received a step", at);
      written = step(steps.get(i), written, at);
    }
    return written;
  }

  private BitSet step(Step step, BitSet written, String where) {
    if (step instanceof Step.Run run) {
      return run(run, written, where);
    } else if (step instanceof Step.Exit exit) {
      rule(exit.rule(), written, where + ".rule");
      gives(exit.name(), exit.gives(), written, where);
      return written;
    } else if (step instanceof Step.Branch branch) {
      rule(branch.rule(), written, where + ".rule");
      return inner(branch, written, where);
    } else if (step instanceof Step.Select select) {
      select(select, written, where);
      return inner(select, written, where);
    } else if (step instanceof Step.Crop crop) {
      return crop(crop, written, where);
    } else if (step instanceof Step.Repeat repeat) {
      return repeat(repeat, written, where);
    } else if (step instanceof Step.Leave leave) {
      require(!loops.isEmpty(), "expected a repeat around it, received none", where);
      rule(leave.rule(), written, where + ".rule");
      loops.peek().add(copy(written));
      return written;
    } else if (step instanceof Step.Fill fill) {
      return fill(fill, written, where);
    }
    Step.Answer answer = (Step.Answer) step;
    gives(answer.name(), answer.gives(), written, where);
    return null;
  }

  private Tensor declared(String value, String where) {
    Tensor tensor = manifest.values().get(value);
    require(tensor != null, "expected a value that is declared, received " + Words.quote(value), where);
    return tensor;
  }

  private Tensor read(BitSet written, String value, String where) {
    Tensor tensor = declared(value, where);
    boolean known = written.get(places.get(value));
    require(known, "expected a value that every way here has written, received " + Words.quote(value), where);
    return tensor;
  }

  /** The shape of a declared value has to be the expected one. */
  private void shape(String value, List<Integer> expected, String where) {
    List<Integer> shape = declared(value, where).shape();
    boolean same = shape.equals(expected);
    require(same, "expected the shape " + expected + ", received " + shape + " in " + Words.quote(value), where);
  }

  /** Reads a value as numbers; {@code expected} 0 is any count. */
  private void elements(BitSet written, String value, String where, int expected, int least) {
    int count = read(written, value, where).elements();
    String received = ", received " + count + " in " + Words.quote(value);
    require(count <= MAX_NUMBERS, "expected at most " + MAX_NUMBERS + " elements" + received, where);
    require(count >= least, "expected at least " + least + " elements" + received, where);
    require(expected == 0 || count == expected, "expected " + expected + " element(s)" + received, where);
  }

  private void rule(Rule rule, BitSet written, String where) {
    int expected = rule instanceof Rule.AtLeast ? 1 : 0;
    elements(written, rule.value(), where + ".value", expected, rule instanceof Rule.Margin ? 2 : 1);
    oneNumber(rule.threshold(), where + ".threshold");
    if (rule instanceof Rule.LogisticEntropy logistic) {
      oneNumber(logistic.weight(), where + ".weight");
      oneNumber(logistic.bias(), where + ".bias");
    }
  }

  private void oneNumber(Setting setting, String where) {
    if (setting instanceof Setting.Reference reference) {
      oneNumber(reference.parameter(), where);
    }
  }

  private Parameter oneNumber(String name, String where) {
    Parameter parameter = parameter(name, where);
    boolean one = !parameter.defaults().isList();
    require(one, "expected a parameter that is one number, received the list " + Words.quote(name), where);
    return parameter;
  }

  private Parameter parameter(String name, String where) {
    Parameter parameter = manifest.parameters().get(name);
    require(parameter != null, "expected a parameter of the bundle, received " + Words.quote(name), where);
    return parameter;
  }

  private void gives(String name, Map<String, String> gives, BitSet written, String where) {
    require(names.add(name), "expected names that differ, received " + Words.quote(name) + " twice", where + ".name");
    gives.forEach((key, value) -> {
      Output output = manifest.outputs().get(key);
      String known = Words.list(new TreeSet<>(manifest.outputs().keySet()));
      boolean found = output != null;
      require(found, "expected one of the outputs " + known + ", received " + Words.quote(key), where + ".gives");
      int labels = output instanceof Output.Labels labelled ? labelled.labels().size() : 0;
      elements(written, value, where + ".gives." + key, labels, 1);
    });
  }

  private BitSet run(Step.Run step, BitSet written, String where) {
    Part part = manifest.parts().get(step.part());
    String name = Words.quote(step.part());
    require(part != null, "expected a part of the bundle, received " + name, where + ".part");
    boolean open = part.file() != null || step.remote();
    require(open, "expected a file for " + name + ", which runs locally", where + ".part");
    boolean local = step.remote() || step.otherwise() == null;
    require(local, "expected otherwise only for a remote run, received it for a local one", where + ".otherwise");
    Set<String> expected = new TreeSet<>(part.inputs().keySet());
    Set<String> received = new TreeSet<>(step.inputs().keySet());
    boolean same = expected.equals(received);
    String problem = "expected the inputs " + Words.list(expected) + ", received " + Words.list(received);
    require(same, problem, where + ".inputs");
    step.inputs().forEach((key, value) -> {
      read(written, value, where + ".inputs." + key);
      shape(value, part.inputs().get(key).shape(), where + ".inputs." + key);
    });
    BitSet ran = outputs(step, part, copy(written), where + ".outputs");
    if (step.otherwise() == null) {
      return ran;
    }
    BitSet instead = steps(step.otherwise(), copy(written), where + ".otherwise");
    return instead == null ? ran : join(List.of(ran, instead));
  }

  private BitSet outputs(Step.Run step, Part part, BitSet written, String where) {
    List<String> values = List.copyOf(step.outputs().values());
    boolean differ = new HashSet<>(values).size() == values.size();
    require(differ, "expected values that differ, received " + Words.list(values), where);
    step.outputs().forEach((key, value) -> {
      Tensor tensor = part.outputs().get(key);
      String known = Words.list(new TreeSet<>(part.outputs().keySet()));
      boolean found = tensor != null;
      require(found, "expected one of the outputs " + known + ", received " + Words.quote(key), where);
      shape(value, tensor.shape(), where + "." + key);
      written.set(places.get(value));
    });
    return written;
  }

  private BitSet inner(Step step, BitSet written, String where) {
    List<BitSet> ends = new ArrayList<>();
    for (Step.Inner inner : step.inner()) {
      BitSet end = steps(inner.steps(), copy(written), where + "." + inner.key());
      if (end != null) {
        ends.add(end);
      }
    }
    return join(ends);
  }

  private void select(Step.Select step, BitSet written, String where) {
    boolean byValue = step.value() != null;
    boolean one = byValue != (step.parameter() != null);
    require(one, "expected a value or a parameter, received " + (byValue ? "both" : "none"), where);
    if (byValue) {
      elements(written, step.value(), where + ".value", step.cases().size(), 1);
      return;
    }
    Parameter parameter = oneNumber(step.parameter(), where + ".parameter");
    int last = step.cases().size() - 1;
    boolean inside = 0 <= parameter.minimum() && parameter.maximum() <= last;
    String range = Words.number(parameter.minimum()) + " to " + Words.number(parameter.maximum());
    require(inside, "expected a parameter of 0 to " + last + ", received " + range, where + ".parameter");
  }

  private BitSet crop(Step.Crop step, BitSet written, String where) {
    boolean glimpse = step.mode() == Step.CropMode.GLIMPSE;
    boolean one = step.scales() == 1 || glimpse;
    String mode = step.mode().name().toLowerCase(Locale.ROOT);
    require(one, "expected 1 for the mode " + mode + ", received " + step.scales(), where + ".scales");
    elements(written, step.at(), where + ".at", glimpse ? 2 : 4, 1);
    List<Integer> image = read(written, step.value(), where + ".value").shape();
    boolean fits = image.size() == 4 && image.get(0) == 1;
    require(fits, "expected [1, height, width, channels], received " + image, where + ".value");
    BigInteger pixels = ProgramSize.windowPixels(step, image);
    boolean small = pixels.compareTo(BigInteger.valueOf(MAX_CONSTANT)) <= 0;
    require(small, "expected at most " + MAX_CONSTANT + " pixels, received " + pixels, where + ".size");
    List<Integer> piece = List.of(1, step.height(), step.width(), image.get(3) * step.scales());
    shape(step.output(), piece, where + ".output");
    String received = ", received " + Words.list(new TreeSet<>(step.costs().keySet()));
    boolean known = units.containsAll(step.costs().keySet());
    require(known, "expected units among " + Words.list(new TreeSet<>(units)) + received, where + ".costs");
    written.set(places.get(step.output()));
    return written;
  }

  /** A later time may read what an earlier one has written, but the first may not: so one pass tells all. */
  private BitSet repeat(Step.Repeat step, BitSet written, String where) {
    loops.push(new ArrayList<>());
    BitSet last = steps(step.steps(), written, where + ".steps");
    List<BitSet> ends = loops.pop();
    if (last != null) {
      ends.add(last);
    }
    boolean goesOn = !ends.isEmpty();
    require(goesOn, "expected a way to its end, but every way answers before", where + ".steps");
    return join(ends);
  }

  private BitSet fill(Step.Fill step, BitSet written, String where) {
    BigInteger count = ProgramSize.elements(step.shape(), MAX_CONSTANT, where + ".shape");
    shape(step.output(), step.shape(), where + ".output");
    Numbers content = step.content() instanceof Setting.Reference reference
        ? parameter(reference.parameter(), where + ".content").defaults()
        : ((Setting.Constant) step.content()).value();
    int numbers = content.values().size();
    boolean whole = !content.isList() || count.equals(BigInteger.valueOf(numbers));
    require(whole, "expected " + count + " numbers for the shape, received " + numbers, where + ".content");
    written.set(places.get(step.output()));
    return written;
  }

  private static BitSet copy(BitSet written) {
    return (BitSet) written.clone();
  }

  /** Where ways meet: the values written on all of them; null if none goes on. */
  private static BitSet join(List<BitSet> ends) {
    ends.forEach(end -> ends.get(0).and(end));
    return ends.isEmpty() ? null : ends.get(0);
  }
}
