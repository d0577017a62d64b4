package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.frugal.ChainOptions;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.ProgramFacts;
import org.frugal.bundle.Step;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.Tensor;

/** A compiled program: the values, constants and costs of one chain, and the actions that work on them. */
public final class Program {
  private final Manifest manifest;
  private final Meter meter = new Meter();
  private final Outcome outcome = new Outcome();
  private final Tensor imageTensor;
  private final Values values;
  private final int imageSlot;
  private final Compiler compiler;
  private final Action[] actions;

  public Program(Bundle bundle, Map<String, OpenPart> parts, ChainOptions options) {
    manifest = bundle.manifest();
    Tensor image = chooseImageTensor(manifest.input(), bundle.facts());
    values = new Values(bundle.facts(), manifest.input().name(), image);
    imageTensor = values.known(image);
    imageSlot = values.slot(manifest.input().name());
    RunCompiler runs = new RunCompiler(manifest, parts, options.remote(), options.clock(), values, meter);
    compiler = new Compiler(values, meter, outcome, options.clock(), runs);
    actions = compiler.compile(manifest.program(), "program");
    setLatencies(Map.of());
  }

  /** What {@link #run} takes. */
  public Tensor imageTensor() {
    return imageTensor;
  }

  /** What the present run spends. */
  public Meter meter() {
    return meter;
  }

  /** Runs the program on a prepared image; the meter must have started. The next run overwrites the outcome. */
  public Outcome run(ByteBuffer image) {
    values.write(imageSlot, image, imageTensor);
    if (!Action.all(actions)) {
      throw new IllegalStateException(
          "expected a checked program, which ends in an answer, received one that does not");
    }
    return outcome;
  }

  /** Evaluates everything that depends on parameters. */
  public void setParameters(Map<String, Numbers> parameters) {
    compiler.cells.set(parameters);
  }

  /** Sets the latency of parts by name, in nanoseconds; one that is not given counts nothing. */
  public void setLatencies(Map<String, Double> nanoseconds) {
    Map<String, double[]> costs = CostsAhead.of(manifest.program(), step -> cost(step, nanoseconds));
    costs.forEach((path, cost) -> System.arraycopy(cost, 0, compiler.ahead.get(path), 0, cost.length));
  }

  private double[] cost(Step.Run step, Map<String, Double> nanoseconds) {
    Manifest.Part part = manifest.parts().get(step.part());
    return new double[] {nanoseconds.getOrDefault(step.part(), 0.0), part.cost("macs"), part.cost("energy_uj")};
  }

  /** float32, unless only part inputs of one eight-bit encoding read the image: then it is prepared as that. */
  private static Tensor chooseImageTensor(Manifest.Input input, ProgramFacts facts) {
    Set<Tensor> readers = facts.readers().getOrDefault(input.name(), Set.of());
    if (facts.overwritten().contains(input.name()) || readers.isEmpty() || readers.contains(null)) {
      return input.tensor();
    }
    Set<Encoding> encodings = new HashSet<>();
    readers.forEach(reader -> encodings.add(reader.encoding()));
    Tensor reader = readers.iterator().next();
    return encodings.size() == 1 && reader.type().isEightBit() ? reader : input.tensor();
  }
}
