package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.frugal.Reason;
import org.frugal.bundle.Activation;
import org.frugal.bundle.Rule;
import org.frugal.bundle.Step;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;

/** Compiles steps to actions that share the values, meter and outcome of one program. */
final class Compiler {
  private final Values values;
  private final Meter meter;
  private final Outcome outcome;
  private final LongSupplier clock;
  private final RunCompiler runs;
  final Cells cells = new Cells();
  /** Path of an exit to the latency (ns), multiply-adds and energy to the next answer, filled by the program. */
  final Map<String, double[]> ahead = new HashMap<>();

  Compiler(Values values, Meter meter, Outcome outcome, LongSupplier clock, RunCompiler runs) {
    this.values = values;
    this.meter = meter;
    this.outcome = outcome;
    this.clock = clock;
    this.runs = runs;
  }

  /** The actions of a list of steps; {@code where} is its path, such as {@code program[2].then}. */
  Action[] compile(List<Step> steps, String where) {
    List<Action> actions = new ArrayList<>();
    for (Step step : steps) {
      actions.add(compile(step, where + "[" + actions.size() + "]"));
    }
    return actions.toArray(new Action[0]);
  }

  private Action compile(Step step, String where) {
    if (step instanceof Step.Run run) {
      return runs.compile(run, where);
    } else if (step instanceof Step.Exit exit) {
      return exit(exit, where);
    } else if (step instanceof Step.Branch branch) {
      return branch(branch, where);
    } else if (step instanceof Step.Select select) {
      return select(select, where);
    } else if (step instanceof Step.Crop crop) {
      return crop(crop, where);
    } else if (step instanceof Step.Repeat repeat) {
      return repeat(repeat, where);
    } else if (step instanceof Step.Fill fill) {
      return fill(fill);
    }
    Step.Answer answer = (Step.Answer) step;
    End end = end(answer.name(), answer.value(), answer.activation(), where);
    return () -> end.because(Reason.FINAL);
  }

  /** Ends the program. */
  private interface End {
    boolean because(Reason reason);
  }

  private End end(String name, String value, Activation activation, String where) {
    Values.Choice<NumberReader> reader = values.choice(value, where + ".value", NumberReader::new);
    return reason -> {
      NumberReader now = reader.now();
      return outcome.end(name, reason, now.read(reader.buffer()), activation, now.type());
    };
  }

  /** Asks a rule. */
  private interface Question {
    boolean holds();
  }

  private Question rule(Rule rule, String where) {
    Rules.Predicate predicate = Rules.holds(rule, cells::number);
    Values.Choice<NumberReader> reader = values.choice(rule.value(), where + ".value", NumberReader::new);
    return () -> predicate.holds(reader.now().read(reader.buffer()));
  }

  private Action exit(Step.Exit step, String where) {
    Question rule = rule(step.rule(), where + ".rule");
    End end = end(step.name(), step.value(), step.activation(), where);
    double[] costs = ahead.computeIfAbsent(where, path -> new double[CostsAhead.UNITS]);
    return () -> {
      if (rule.holds()) {
        return end.because(Reason.RULE);
      }
      meter.answered = true;
      return meter.limited && stopsHere(costs, end);
    };
  }

  /** Answers if the budget does not reach the next answer. */
  private boolean stopsHere(double[] costs, End end) {
    if (clock.getAsLong() - meter.begin + costs[CostsAhead.LATENCY] > meter.latencyLimit) {
      return end.because(Reason.LATENCY);
    }
    if (meter.macs + costs[CostsAhead.MACS] > meter.macsLimit) {
      return end.because(Reason.MACS);
    }
    return meter.energy + costs[CostsAhead.ENERGY] > meter.energyLimit && end.because(Reason.ENERGY);
  }

  private Action branch(Step.Branch step, String where) {
    Question rule = rule(step.rule(), where + ".rule");
    Action[] then = compile(step.then(), where + ".then");
    Action[] otherwise = compile(step.otherwise(), where + ".otherwise");
    return () -> Action.all(rule.holds() ? then : otherwise);
  }

  private Action select(Step.Select step, String where) {
    Values.Choice<NumberReader> scores = values.choice(step.value(), where + ".value", NumberReader::new);
    Action[][] cases = new Action[step.cases().size()][];
    for (int i = 0; i < cases.length; i++) {
      cases[i] = compile(step.cases().get(i), where + ".cases[" + i + "]");
    }
    return () -> Action.all(cases[Rules.argmax(scores.now().read(scores.buffer()))]);
  }

  private Action repeat(Step.Repeat step, String where) {
    Action[] body = compile(step.steps(), where + ".steps");
    int times = step.times();
    return () -> {
      for (int i = 0; i < times; i++) {
        checkLimits();
        if (Action.all(body)) {
          return true;
        }
      }
      return false;
    };
  }

  private void checkLimits() {
    if (meter.limited) {
      meter.check(clock.getAsLong());
    }
  }

  private Action crop(Step.Crop step, String where) {
    Values.Choice<NumberReader> at = values.choice(step.at(), where + ".at", NumberReader::new);
    int slot = values.slot(step.output());
    Values.Choice<Cut> cuts = values.choice(step.value(), where + ".value", image -> {
      Tensor piece = values.known(
          Tensor.float32(List.of(1, step.height(), step.width(), image.shape().get(3) * step.scales())));
      return new Cut(new Crops(image, step.height(), step.width(), step.scales()), piece,
          Buffers.allocate(piece.bytes()));
    });
    boolean theta = step.mode() == Step.CropMode.THETA;
    return () -> {
      checkLimits();
      Cut cut = cuts.now();
      double[] place = at.now().read(at.buffer());
      if (theta) {
        cut.crops.theta(cuts.buffer(), place, cut.output);
      } else {
        cut.crops.glimpse(cuts.buffer(), place, cut.output);
      }
      values.write(slot, cut.output, cut.piece);
      return false;
    };
  }

  /** How one tensor is cut, and where the piece goes. */
  private record Cut(Crops crops, Tensor piece, ByteBuffer output) {}

  private Action fill(Step.Fill step) {
    Tensor tensor = values.known(Tensor.float32(step.shape()));
    ByteBuffer content = cells.constant(step.content(), tensor);
    int slot = values.slot(step.output());
    return () -> {
      values.write(slot, content, tensor);
      return false;
    };
  }
}
