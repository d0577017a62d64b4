package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.frugal.Words;
import org.frugal.bundle.Manifest.Parameter;
import org.frugal.bundle.Manifest.Part;
import org.frugal.tensor.Tensor;

/**
 * One pass over a program, as a device would walk it: values are written before they are read, shapes fit, and every
 * way ends in an answer. Values keep the tensors that the manifest declares, so what is followed is only the set of
 * values that every way so far has written.
 */
final class ProgramCheck extends CheckedSteps {
  /** Of an each. */
  private static final int MAX_ROWS = 1000;

  /** Of each repeat or each around a step, the innermost first, what was written at its leaves. */
  private final Deque<List<BitSet>> loops = new ArrayDeque<>();

  private ProgramCheck(Manifest manifest) {
    super(manifest);
  }

  /** Checks all programs of a manifest whose values have been checked. */
  static void check(Manifest manifest) {
    Map<String, List<Step>> programs = manifest.programs();
    String received = Words.list(new TreeSet<>(programs.keySet()));
    boolean runs = programs.containsKey(Manifest.MAIN);
    require(runs, "expected a program \"" + Manifest.MAIN + "\", received " + received, "programs");
    programs.forEach((name, steps) -> ProgramSize.check(steps, manifest.values(), "programs." + name));
    programs.forEach((name, steps) -> new ProgramCheck(manifest).check(steps, "programs." + name));
  }

  private void check(List<Step> program, String where) {
    BitSet written = new BitSet();
    ProgramInputs.given(manifest).forEach(value -> write(written, value));
    boolean ends = steps(program, written, where) == null;
    require(ends, "expected every way to end in an answer, received one that does not", where);
    ProgramSize.checkCells(manifest, program, where);
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
    } else if (step instanceof Step.Each each) {
      return each(each, written, where);
    } else if (step instanceof Step.Keep keep) {
      return keep(keep, written, where);
    } else if (step instanceof Step.Leave leave) {
      require(!loops.isEmpty(), "expected a repeat or an each around it, received none", where);
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
    differ(step.outputs().values(), where);
    step.outputs().forEach((key, value) -> {
      Tensor tensor = part.outputs().get(key);
      String known = Words.list(new TreeSet<>(part.outputs().keySet()));
      boolean found = tensor != null;
      require(found, "expected one of the outputs " + known + ", received " + Words.quote(key), where);
      shape(value, tensor.shape(), where + "." + key);
      write(written, value);
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
    Parameter parameter = number(step.parameter(), where + ".parameter");
    int last = step.cases().size() - 1;
    boolean inside = 0 <= parameter.minimum() && parameter.maximum() <= last;
    String range = Words.number(parameter.minimum()) + " to " + Words.number(parameter.maximum());
    require(inside, "expected a parameter of 0 to " + last + ", received " + range, where + ".parameter");
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

  /** Its rows may be none, so behind it only what it stacks is written. */
  private BitSet each(Step.Each step, BitSet written, String where) {
    int count = rows(step, written, where);
    if (step.count() != null) {
      elements(written, step.count(), where + ".count", 1, 1);
    }
    BitSet inside = copy(written);
    step.rows().keySet().forEach(row -> write(inside, row));
    loops.push(new ArrayList<>());
    BitSet after = steps(step.steps(), inside, where + ".steps");
    loops.pop();
    boolean goesOn = after != null;
    require(goesOn, "expected a way to its end, but every way answers before", where + ".steps");
    List<String> stacked = new ArrayList<>(step.stacks().keySet());
    stacked.addAll(step.done() == null ? List.of() : List.of(step.done()));
    differ(stacked, where + ".stacks");
    step.stacks().forEach((value, row) -> stack(value, row, count, after, where + ".stacks." + value));
    if (step.done() != null) {
      shape(step.done(), List.of(1, 1), where + ".done");
    }
    stacked.forEach(value -> write(written, value));
    return written;
  }

  private void stack(String value, String row, int count, BitSet written, String where) {
    List<Integer> shape = read(written, row, where);
    boolean one = !shape.isEmpty() && shape.get(0) == 1;
    require(one, "expected a row [1, ...], received " + shape + " in " + Words.quote(row), where);
    List<Integer> rows = new ArrayList<>(shape);
    rows.add(1, count);
    shape(value, rows, where);
  }

  /** How many rows an each has, which all that it goes over agree on. */
  private int rows(Step.Each step, BitSet written, String where) {
    int count = 0;
    for (Map.Entry<String, String> entry : step.rows().entrySet()) {
      String at = where + ".rows." + entry.getKey();
      List<Integer> shape = read(written, entry.getValue(), at);
      boolean form = shape.size() > 1 && shape.get(0) == 1;
      count = count == 0 && form ? shape.get(1) : count;
      boolean agree = form && shape.get(1) == count && count <= MAX_ROWS;
      String expected = "[1, " + (count == 0 ? "rows" : count) + ", ...] of at most " + MAX_ROWS + " rows";
      String received = ", received " + shape + " in " + Words.quote(entry.getValue());
      require(agree, "expected " + expected + received, at);
      List<Integer> row = new ArrayList<>(shape);
      row.remove(1);
      shape(entry.getKey(), row, at);
    }
    return count;
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
