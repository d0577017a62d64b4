package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.frugal.ChainOptions;
import org.frugal.PartRunner;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Step;

/** A compiled program: the values, constants and costs of one chain, and the actions that work on them. */
public final class Program {
  private final Manifest manifest;
  private final String name;
  private final List<Step> steps;
  private final Context context;
  private final Outcome outcome = new Outcome();
  private final Compiler compiler;
  private final Action[] actions;
  /** The values of tables, and what they hold. */
  private final Value[] given;
  private final ByteBuffer[] contents;

  /**
   * @param name which of the bundle's programs
   * @param tables value to buffer of what tables hold, in the encoding of the value; read anew at every run
   */
  public Program(
      Bundle bundle, String name, Map<String, PartRunner> parts, Map<String, ByteBuffer> tables,
      ChainOptions options) {
    this.name = name;
    manifest = bundle.manifest();
    steps = manifest.programs().get(name);
    context = Context.of(manifest, steps, options.clock());
    compiler = new Compiler(context, outcome, steps, parts, options.remote());
    actions = compiler.compile(steps, name);
    given = tables.keySet().stream().map(context.values()::get).toArray(Value[]::new);
    contents = tables.values().toArray(new ByteBuffer[0]);
    setLatencies(Map.of());
  }

  /** Writes an input, prepared in the encoding of its value; the buffer has to stay as it is during the run. */
  public void give(String input, ByteBuffer content) {
    context.values().get(input).buffer = content;
  }

  /** What the present run spends. */
  public Meter meter() {
    return context.meter();
  }

  /** What happens in the present run. */
  public EventLog log() {
    return context.log();
  }

  /** Runs the program once all inputs are given; the meter must have started. The next run overwrites the outcome. */
  public Outcome run() {
    context.log().start();
    for (int i = 0; i < given.length; i++) {
      given[i].buffer = contents[i];
    }
    if (Action.all(actions) != Action.Next.END) {
      throw new IllegalStateException(
          "expected a checked program, which ends in an answer, received one that does not");
    }
    return outcome;
  }

  /** Evaluates everything that depends on parameters. */
  public void setParameters(Map<String, Numbers> parameters) {
    context.cells().set(parameters);
  }

  /**
   * Sets the latency of parts by name, in nanoseconds; one that is not given counts nothing. A part that runs elsewhere
   * counts with what the manifest says, whatever it takes here.
   */
  public void setLatencies(Map<String, Double> nanoseconds) {
    Map<String, double[]> costs = CostsAhead.of(steps, name, step -> cost(step, nanoseconds));
    costs.forEach((path, cost) -> System.arraycopy(cost, 0, compiler.ahead.get(path), 0, cost.length));
  }

  private double[] cost(Step step, Map<String, Double> nanoseconds) {
    if (step instanceof Step.Priced priced) {
      return new double[] {priced.cost("latency_us") * 1e3, priced.cost("macs"), priced.cost("energy_uj"), 0, 0};
    }
    Step.Run run = (Step.Run) step;
    Manifest.Part part = manifest.parts().get(run.part());
    double here = run.remote() ? 0 : nanoseconds.getOrDefault(run.part(), 0.0);
    double elsewhere = run.remote() ? part.cost("latency_us") * 1e3 : 0;
    // Where there is another way, what may not be sent need not be.
    double sent = run.remote() && run.otherwise() == null ? part.inputBytes() : 0;
    return new double[] {here, part.cost("macs"), part.cost("energy_uj"), sent, elsewhere};
  }
}
