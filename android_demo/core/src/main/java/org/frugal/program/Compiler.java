package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.frugal.Event;
import org.frugal.Event.Kind;
import org.frugal.PartRunner;
import org.frugal.Reason;
import org.frugal.RemoteParts;
import org.frugal.bundle.Rule;
import org.frugal.bundle.Setting;
import org.frugal.bundle.Step;

/** Compiles steps to actions that share the values, meter and outcome of one program. */
final class Compiler {
  private final Context context;
  private final Outcome outcome;
  private final RunCompiler runs;
  private final RemoteCompiler remotes;
  private final CropCompiler crops;
  private final KeepCompiler keeps;
  private final EachCompiler rows;
  private final List<String> partNames;
  /** Path of an exit or an each to the latency (ns), multiply-adds, energy and bytes ahead, filled by the program. */
  final Map<String, double[]> ahead = new HashMap<>();

  Compiler(
      Context context, Outcome outcome, List<Step> program, Map<String, PartRunner> parts, RemoteParts remote) {
    this.context = context;
    this.outcome = outcome;
    Bills bills = new Bills(context.manifest(), program);
    runs = new RunCompiler(context, bills, program, parts);
    remotes = new RemoteCompiler(context, bills, remote);
    crops = new CropCompiler(context, bills);
    keeps = new KeepCompiler(context, bills);
    rows = new EachCompiler(context);
    partNames = new ArrayList<>(context.manifest().parts().keySet());
  }

  /** The actions of a list of steps; {@code where} is its path, such as {@code main[2].then}. */
  Action[] compile(List<Step> steps, String where) {
    List<Action> actions = new ArrayList<>();
    for (Step step : steps) {
      actions.add(compile(step, where + "[" + actions.size() + "]"));
    }
    return actions.toArray(new Action[0]);
  }

  private Action compile(Step step, String where) {
    if (step instanceof Step.Run run) {
      return run(run, where);
    } else if (step instanceof Step.Exit exit) {
      return exit(exit, where);
    } else if (step instanceof Step.Branch branch) {
      return branch(branch, where);
    } else if (step instanceof Step.Select select) {
      return select(select, where);
    } else if (step instanceof Step.Crop crop) {
      return crops.compile(crop);
    } else if (step instanceof Step.Repeat repeat) {
      return repeat(repeat, where);
    } else if (step instanceof Step.Keep keep) {
      return keeps.compile(keep);
    } else if (step instanceof Step.Each each) {
      return rows.compile(each, where, compile(each.steps(), where + ".steps"), ahead(where));
    } else if (step instanceof Step.Leave leave) {
      return leave(leave, where);
    } else if (step instanceof Step.Fill fill) {
      return fill(fill);
    }
    Step.Answer answer = (Step.Answer) step;
    End end = end(answer.name(), answer.gives());
    return () -> end.because(Reason.FINAL);
  }

  private Action run(Step.Run step, String where) {
    if (!step.remote()) {
      return runs.compile(step);
    }
    Action[] otherwise = step.otherwise() == null ? null : compile(step.otherwise(), where + ".otherwise");
    return remotes.compile(step, otherwise, ahead(where));
  }

  /** Ends the program. */
  private interface End {
    Action.Next because(Reason reason);
  }

  private End end(String name, Map<String, String> gives) {
    List<Outcome.Given> given = new ArrayList<>();
    for (String output : context.manifest().outputs().keySet()) {
      if (gives.containsKey(output)) {
        given.add(new Outcome.Given(output, context.numbers(gives.get(output)), beside(output)));
      }
    }
    return reason -> outcome.end(name, reason, given);
  }

  private Map<String, NumberReader> beside(String output) {
    Map<String, NumberReader> readers = new HashMap<>();
    context.manifest().outputs().get(output).beside()
        .forEach((key, value) -> readers.put(key, context.numbers(value)));
    return readers;
  }

  private double[] ahead(String where) {
    return ahead.computeIfAbsent(where, path -> new double[CostsAhead.UNITS]);
  }

  /** Asks a rule. */
  private interface Question {
    boolean holds();
  }

  private Question rule(Rule rule) {
    Rules.Predicate predicate = Rules.holds(rule, context.cells()::number);
    NumberReader numbers = context.numbers(rule.value());
    return () -> predicate.holds(numbers.read());
  }

  private Action exit(Step.Exit step, String where) {
    Question rule = rule(step.rule());
    End end = end(step.name(), step.gives());
    double[] costs = ahead(where);
    Meter meter = context.meter();
    return () -> {
      if (rule.holds()) {
        return end.because(Reason.RULE);
      }
      meter.answered = true;
      Reason why = meter.limited ? meter.beyond(context.clock().getAsLong(), costs) : null;
      return why == null ? Action.Next.GO_ON : end.because(why);
    };
  }

  private Action branch(Step.Branch step, String where) {
    Question rule = rule(step.rule());
    Action[] then = compile(step.then(), where + ".then");
    Action[] otherwise = compile(step.otherwise(), where + ".otherwise");
    int[] besideThen = others(step, 0);
    int[] besideOtherwise = others(step, 1);
    return () -> {
      boolean holds = rule.holds();
      context.log().skipped(holds ? besideThen : besideOtherwise);
      return Action.all(holds ? then : otherwise);
    };
  }

  /** Numbers of the parts that the lists inside a step run, but for one list. */
  private int[] others(Step step, int way) {
    Set<Integer> parts = new LinkedHashSet<>();
    List<Step.Inner> lists = step.inner();
    for (int i = 0; i < lists.size(); i++) {
      if (i != way) {
        for (int part : EventLog.parts(partNames, lists.get(i).steps())) {
          parts.add(part);
        }
      }
    }
    return parts.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Says which way to go. */
  private interface Choice {
    int way();
  }

  private Choice choice(Step.Select step) {
    if (step.value() != null) {
      NumberReader scores = context.numbers(step.value());
      return () -> Rules.argmax(scores.read());
    }
    double[] number = context.cells().number(new Setting.Reference(step.parameter()));
    return () -> (int) Math.rint(number[0]);
  }

  private Action select(Step.Select step, String where) {
    Choice choice = choice(step);
    int count = step.cases().size();
    Action[][] cases = new Action[count][];
    int[][] skipped = new int[count][];
    Event[] events = new Event[count];
    for (int i = 0; i < count; i++) {
      cases[i] = compile(step.cases().get(i), where + ".cases[" + i + "]");
      skipped[i] = others(step, i);
      events[i] = Event.chosen(where, i);
    }
    return () -> {
      int way = choice.way();
      context.log().note(events[way]);
      context.log().skipped(skipped[way]);
      return Action.all(cases[way]);
    };
  }

  private Action repeat(Step.Repeat step, String where) {
    Action[] body = compile(step.steps(), where + ".steps");
    int times = step.times();
    return () -> {
      for (int i = 0; i < times; i++) {
        context.checkLimits();
        Action.Next next = Action.all(body);
        if (next == Action.Next.END) {
          return next;
        } else if (next == Action.Next.LEAVE) {
          break;
        }
      }
      return Action.Next.GO_ON;
    };
  }

  private Action leave(Step.Leave step, String where) {
    Question rule = rule(step.rule());
    Event event = Event.of(Kind.LEFT, where);
    return () -> {
      if (!rule.holds()) {
        return Action.Next.GO_ON;
      }
      context.log().note(event);
      return Action.Next.LEAVE;
    };
  }

  private Action fill(Step.Fill step) {
    Value value = context.values().get(step.output());
    ByteBuffer content = context.cells().constant(step.content(), value.tensor);
    return () -> {
      value.buffer = content;
      return Action.Next.GO_ON;
    };
  }
}
