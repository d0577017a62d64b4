package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.frugal.Words;
import org.frugal.bundle.Manifest.Parameter;
import org.frugal.bundle.Manifest.Part;
import org.frugal.tensor.Tensor;

/**
 * One walk over a program, as a device would walk it: values are written before they are read, shapes fit, and every
 * way ends in an answer. An environment maps the name of a value to the tensors that it may be at that point. Every
 * visit of a step or of a list of steps is counted, so that no program takes long to check.
 */
final class ProgramCheck {
  /** Of a fill, or of a crop's windows. */
  private static final int MAX_CONSTANT = 1 << 24;
  /** Of a value that is read as numbers. */
  private static final int MAX_NUMBERS = 1 << 20;
  private static final int MAX_TENSORS = 16;
  private static final int MAX_VISITS = 20_000;

  private final Manifest manifest;
  private final ProgramFacts facts = new ProgramFacts();
  private final Set<String> names = new HashSet<>();
  private final Map<String, Loop> loops = new HashMap<>();
  private int visits;

  /** What a visit of a repeat found: the environment at the start of its steps, and the one behind it. */
  private record Loop(Map<String, Set<Tensor>> start, Map<String, Set<Tensor>> after) {}

  ProgramCheck(Manifest manifest) {
    this.manifest = manifest;
  }

  /** Walks the whole program. */
  ProgramFacts facts() {
    ProgramSize.check(manifest);
    checkNames(manifest.program(), "program");
    Set<Tensor> image = Set.of(manifest.input().tensor());
    facts.values().put(manifest.input().name(), new LinkedHashSet<>(image));
    Map<String, Set<Tensor>> start = new HashMap<>(Map.of(manifest.input().name(), image));
    Map<String, Set<Tensor>> after = steps(manifest.program(), start, "program");
    require(after == null, "expected every way to end in an answer, received one that does not", "program");
    ProgramSize.checkCells(manifest.program(), facts);
    return facts;
  }

  private void checkNames(List<Step> steps, String where) {
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      String name = step instanceof Step.Exit exit ? exit.name() : step instanceof Step.Answer end ? end.name() : null;
      boolean fresh = name == null || names.add(name);
      require(fresh, "expected names that differ, received " + shown(name) + " twice", where + "[" + i + "].name");
      for (Step.Inner inner : step.inner()) {
        checkNames(inner.steps(), where + "[" + i + "]." + inner.key());
      }
    }
  }

  /** The environment behind the list, or null when every way through it has answered; the one before is changed. */
  private Map<String, Set<Tensor>> steps(List<Step> steps, Map<String, Set<Tensor>> before, String where) {
    Map<String, Set<Tensor>> environment = before;
    visit();
    for (int i = 0; i < steps.size(); i++) {
      visit();
      String at = where + "[" + i + "]";
      require(environment != null, "expected nothing behind an answer, received a step", at);
      environment = step(steps.get(i), environment, at);
    }
    return environment;
  }

  private void visit() {
    visits++;
    boolean few = visits <= MAX_VISITS;
    require(
        few,
        "expected a program that is checked in " + MAX_VISITS + " visits of steps, received one that takes more",
        "program");
  }

  private Map<String, Set<Tensor>> step(Step step, Map<String, Set<Tensor>> environment, String where) {
    if (step instanceof Step.Run run) {
      return run(run, environment, where);
    } else if (step instanceof Step.Exit exit) {
      rule(exit.rule(), environment, where + ".rule");
      elements(environment, exit.value(), where + ".value", manifest.labels().size(), 1);
      return environment;
    } else if (step instanceof Step.Branch branch) {
      rule(branch.rule(), environment, where + ".rule");
      return inner(branch, environment, where);
    } else if (step instanceof Step.Select select) {
      elements(environment, select.value(), where + ".value", select.cases().size(), 1);
      return inner(select, environment, where);
    } else if (step instanceof Step.Crop crop) {
      return crop(crop, environment, where);
    } else if (step instanceof Step.Repeat repeat) {
      return repeat(repeat, environment, where);
    } else if (step instanceof Step.Fill fill) {
      return fill(fill, environment, where);
    }
    Step.Answer answer = (Step.Answer) step;
    elements(environment, answer.value(), where + ".value", manifest.labels().size(), 1);
    return null;
  }

  private Set<Tensor> read(Map<String, Set<Tensor>> environment, String value, String where, Tensor reader) {
    Set<Tensor> found = environment.get(value);
    require(found != null, "expected a value that every way here has written, received " + shown(value), where);
    facts.read(value, where, found, reader);
    return found;
  }

  private Map<String, Set<Tensor>> write(
      Map<String, Set<Tensor>> environment, String value, Set<Tensor> written, String where) {
    facts.write(value, written);
    boolean few = facts.values().get(value).size() <= MAX_TENSORS;
    require(
        few,
        "expected at most " + MAX_TENSORS + " kinds of tensors in a value, received more in " + shown(value),
        where);
    environment.put(value, written);
    return environment;
  }

  /** Reads a value as numbers; {@code expected} 0 is any count. */
  private void elements(Map<String, Set<Tensor>> environment, String value, String where, int expected, int least) {
    for (Tensor tensor : read(environment, value, where, null)) {
      int count = tensor.elements();
      String received = ", received " + count + " in " + shown(value);
      require(count <= MAX_NUMBERS, "expected at most " + MAX_NUMBERS + " elements" + received, where);
      require(count >= least, "expected at least " + least + " elements" + received, where);
      require(expected == 0 || count == expected, "expected " + expected + " element(s)" + received, where);
    }
  }

  private void rule(Rule rule, Map<String, Set<Tensor>> environment, String where) {
    int expected = rule instanceof Rule.AtLeast ? 1 : 0;
    elements(environment, rule.value(), where + ".value", expected, rule instanceof Rule.Margin ? 2 : 1);
    oneNumber(rule.threshold(), where + ".threshold");
    if (rule instanceof Rule.LogisticEntropy logistic) {
      oneNumber(logistic.weight(), where + ".weight");
      oneNumber(logistic.bias(), where + ".bias");
    }
  }

  private void oneNumber(Setting setting, String where) {
    if (setting instanceof Setting.Reference reference) {
      boolean list = parameter(reference.parameter(), where).defaults().isList();
      require(!list, "expected a parameter that is one number, received the list " + shown(reference.parameter()),
          where);
    }
  }

  private Parameter parameter(String name, String where) {
    Parameter parameter = manifest.parameters().get(name);
    require(parameter != null, "expected a parameter of the bundle, received " + shown(name), where);
    return parameter;
  }

  private Map<String, Set<Tensor>> run(Step.Run step, Map<String, Set<Tensor>> environment, String where) {
    Part part = manifest.parts().get(step.part());
    require(part != null, "expected a part of the bundle, received " + shown(step.part()), where + ".part");
    boolean open = part.file() != null || step.remote();
    require(open, "expected a file for " + shown(step.part()) + ", which runs locally", where + ".part");
    Set<String> expected = new TreeSet<>(part.inputs().keySet());
    Set<String> received = new TreeSet<>(step.inputs().keySet());
    require(
        expected.equals(received),
        "expected the inputs " + Words.list(expected) + ", received " + Words.list(received),
        where + ".inputs");
    step.inputs().forEach((key, value) -> {
      String at = where + ".inputs." + key;
      Tensor input = part.inputs().get(key);
      for (Tensor tensor : read(environment, value, at, input)) {
        require(
            tensor.shape().equals(input.shape()),
            "expected the shape " + input.shape() + ", received " + tensor.shape() + " in " + shown(value),
            at);
      }
    });
    return outputs(step, part, environment, where + ".outputs");
  }

  private Map<String, Set<Tensor>> outputs(
      Step.Run step, Part part, Map<String, Set<Tensor>> environment, String where) {
    List<String> values = List.copyOf(step.outputs().values());
    boolean differ = new HashSet<>(values).size() == values.size();
    require(differ, "expected values that differ, received " + Words.list(values), where);
    for (Map.Entry<String, String> output : step.outputs().entrySet()) {
      Tensor tensor = part.outputs().get(output.getKey());
      String known = Words.list(new TreeSet<>(part.outputs().keySet()));
      boolean found = tensor != null;
      require(found, "expected one of the outputs " + known + ", received " + shown(output.getKey()), where);
      write(environment, output.getValue(), Set.of(tensor), where);
    }
    return environment;
  }

  private Map<String, Set<Tensor>> inner(Step step, Map<String, Set<Tensor>> environment, String where) {
    List<Map<String, Set<Tensor>>> ends = new ArrayList<>();
    for (Step.Inner inner : step.inner()) {
      ends.add(steps(inner.steps(), new HashMap<>(environment), where + "." + inner.key()));
    }
    return join(ends);
  }

  private Map<String, Set<Tensor>> crop(Step.Crop step, Map<String, Set<Tensor>> environment, String where) {
    boolean theta = step.mode() == Step.CropMode.THETA;
    boolean one = step.scales() == 1 || !theta;
    require(one, "expected 1 for the mode theta, received " + step.scales(), where + ".scales");
    elements(environment, step.at(), where + ".at", theta ? 4 : 2, 1);
    Set<Tensor> written = new LinkedHashSet<>();
    for (Tensor tensor : read(environment, step.value(), where + ".value", null)) {
      List<Integer> image = tensor.shape();
      boolean fits = image.size() == 4 && image.get(0) == 1;
      require(fits, "expected [1, height, width, channels], received " + image, where + ".value");
      List<Integer> shape = List.of(1, step.height(), step.width(), image.get(3) * step.scales());
      BigInteger pixels = ProgramSize.windowPixels(step, tensor);
      boolean small = pixels.compareTo(BigInteger.valueOf(MAX_CONSTANT)) <= 0;
      require(small, "expected at most " + MAX_CONSTANT + " pixels, received " + pixels, where + ".size");
      written.add(Tensor.float32(shape));
    }
    return write(environment, step.output(), written, where);
  }

  /**
   * Walks the steps until nothing is new at their start: an iteration may read what the one before it wrote. What an
   * earlier visit of this repeat found is a lower bound, so a visit that brings nothing new walks nothing.
   */
  private Map<String, Set<Tensor>> repeat(Step.Repeat step, Map<String, Set<Tensor>> before, String where) {
    Loop known = loops.get(where);
    Map<String, Set<Tensor>> start = known == null ? null : known.start();
    Map<String, Set<Tensor>> after = known == null ? null : known.after();
    Map<String, Set<Tensor>> entry = known == null ? before : join(List.of(start, before));
    while (!entry.equals(start)) {
      start = entry;
      after = steps(step.steps(), new HashMap<>(entry), where + ".steps");
      boolean ends = after != null;
      require(ends, "expected a way to its end, but every way answers before", where + ".steps");
      entry = step.times() > 1 ? join(List.of(entry, after)) : entry;
    }
    loops.put(where, new Loop(start, after));
    return new HashMap<>(after);
  }

  private Map<String, Set<Tensor>> fill(Step.Fill step, Map<String, Set<Tensor>> environment, String where) {
    BigInteger count = ProgramSize.elements(step.shape(), MAX_CONSTANT, where + ".shape");
    Numbers content = step.content() instanceof Setting.Reference reference
        ? parameter(reference.parameter(), where + ".content").defaults()
        : ((Setting.Constant) step.content()).value();
    int numbers = content.values().size();
    boolean whole = !content.isList() || count.equals(BigInteger.valueOf(numbers));
    require(whole, "expected " + count + " numbers for the shape, received " + numbers, where + ".content");
    return write(environment, step.output(), Set.of(Tensor.float32(step.shape())), where);
  }

  /** Where ways meet: the values written on all of them, with the types of any; null if all have answered. */
  private static Map<String, Set<Tensor>> join(List<Map<String, Set<Tensor>>> ends) {
    Map<String, Set<Tensor>> joined = null;
    for (Map<String, Set<Tensor>> end : ends) {
      if (end == null || joined == null) {
        joined = end == null ? joined : new HashMap<>(end);
        continue;
      }
      joined.keySet().retainAll(end.keySet());
      joined.replaceAll((value, tensors) -> tensors == end.get(value) ? tensors : union(tensors, end.get(value)));
    }
    return joined;
  }

  private static Set<Tensor> union(Set<Tensor> some, Set<Tensor> others) {
    Set<Tensor> all = new LinkedHashSet<>(some);
    all.addAll(others);
    return all;
  }

  private static String shown(String name) {
    return Words.quote(Objects.requireNonNullElse(name, ""));
  }
}
