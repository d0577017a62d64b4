package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.Map;
import org.frugal.ChainOptions;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Step;

/** The compiled main program: the values, constants and costs of one chain, and the actions that work on them. */
public final class Program {
  private final Manifest manifest;
  private final Context context;
  private final Outcome outcome = new Outcome();
  private final Compiler compiler;
  private final Action[] actions;

  public Program(Bundle bundle, Map<String, OpenPart> parts, ChainOptions options) {
    manifest = bundle.manifest();
    context = Context.of(manifest, manifest.main(), options.clock());
    compiler = new Compiler(context, outcome, manifest.main(), parts, options.remote());
    actions = compiler.compile(manifest.main(), Manifest.MAIN);
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

  /** Sets the latency of parts by name, in nanoseconds; one that is not given counts nothing. */
  public void setLatencies(Map<String, Double> nanoseconds) {
    Map<String, double[]> costs = CostsAhead.of(manifest.main(), Manifest.MAIN, step -> cost(step, nanoseconds));
    costs.forEach((path, cost) -> System.arraycopy(cost, 0, compiler.ahead.get(path), 0, cost.length));
  }

  private double[] cost(Step step, Map<String, Double> nanoseconds) {
    if (step instanceof Step.Priced priced) {
      return new double[] {priced.cost("latency_us") * 1e3, priced.cost("macs"), priced.cost("energy_uj")};
    }
    String name = ((Step.Run) step).part();
    Manifest.Part part = manifest.parts().get(name);
    return new double[] {nanoseconds.getOrDefault(name, 0.0), part.cost("macs"), part.cost("energy_uj")};
  }
}
