package org.frugal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;
import org.frugal.governor.Slowdown;
import org.frugal.program.Measure;
import org.frugal.program.Meter;
import org.frugal.program.OpenParts;
import org.frugal.program.Outcome;
import org.frugal.program.TypicalInputs;

/** What a chain does, one thing after the other: whoever calls has made sure that nothing else is under way. */
final class Runs implements AutoCloseable {
  private final Bundle bundle;
  private final Manifest manifest;
  private final ChainOptions options;
  private final OpenParts parts;
  private final Programs programs;
  private final Settings settings;
  private final Answers answers;
  private final boolean hasEnergy;
  private Map<String, Object[]> fed;
  /** Part to nanoseconds, as measured at load; empty before. */
  private Map<String, Double> medians = Map.of();
  private Slowdown slowdown = new Slowdown();
  private boolean rehearsing;

  /**
   * @throws BundleException a part does not give what the manifest says
   * @throws ChainException the main program runs parts remotely, does not say what to do otherwise, and the options
   *     have nothing to run them
   */
  Runs(Bundle bundle, ChainOptions options, Tables tables) {
    this.bundle = bundle;
    this.options = options;
    manifest = bundle.manifest();
    settings = new Settings(manifest);
    answers = new Answers(manifest, tables);
    hasEnergy = manifest.parts().values().stream().allMatch(part -> part.costs().containsKey("energy_uj"));
    parts = OpenParts.open(bundle, options);
    try {
      ChainOptions handing = options.remote() == null ? options : options.withRemote(new HandOver(options.remote(), manifest, () -> rehearsing));
      programs = new Programs(bundle, parts.byName(), handing, settings, tables);
      programs.get(Manifest.MAIN);
    } catch (RuntimeException | OutOfMemoryError error) {
      parts.close();
      throw error;
    }
  }

  /** Runs a program, to which {@code give} hands its inputs. */
  Result run(
      String name, Consumer<Programs.Ready> give, Budget budget, String operatingPoint,
      Map<String, Numbers> parameters) {
    long begin = options.clock().getAsLong();
    checkBudget(budget);
    try {
      settings.select(operatingPoint, parameters);
      Programs.Ready ready = programs.get(name);
      give.accept(ready);
      ready.program.meter().start(begin, budget, slowdown.recent());
      Outcome outcome = ready.program.run();
      return result(ready, outcome, begin, options.clock().getAsLong());
    } catch (OutOfMemoryError error) {
      throw new ChainException("run: expected a run that fits into memory, received one that does not", error);
    }
  }

  private Result golden(Map<String, Object> given, GoldenIndex.Case golden) {
    return run(golden.program(), ready -> ready.inputs.give(ready, given), null, golden.operatingPoint(),
        golden.parameters());
  }

  private void checkBudget(Budget budget) {
    if (budget != null && budget.energyMicrojoules() != null && !hasEnergy) {
      throw new ChainException(
          "budget energy_uj: expected null, for this bundle's parts carry no energy_uj, received "
              + Words.real(budget.energyMicrojoules()));
    }
  }

  private Result result(Programs.Ready ready, Outcome outcome, long begin, long end) {
    Meter meter = ready.program.meter();
    double ratio = ready.program.log().slowdown(medians);
    if (ratio > 0) {
      slowdown.observe(ratio, end / 1e6);
    }
    Paths.Path path = ready.paths.of(meter);
    return new Result(
        answers.of(outcome), path.names(), ready.program.log().events(), outcome.name(), outcome.reason(),
        (long) meter.macs(), path.costs(), end - begin, settings.point(), ratio);
  }

  /** Part name to its median in milliseconds, which later runs count with. */
  Map<String, Double> measure(int runs) {
    medians = medians(runs);
    slowdown = new Slowdown();
    programs.setLatencies(medians);
    Map<String, Double> millis = new LinkedHashMap<>();
    medians.forEach((name, nanos) -> millis.put(name, nanos / 1e6));
    return millis;
  }

  private Map<String, Double> medians(int runs) {
    if (fed == null && options.lazyParts()) {
      try {
        Map<String, Object[]> zeros = TypicalInputs.zeros(manifest, parts.byName());
        return Measure.parts(manifest, parts.byName(), zeros, runs, options.clock());
      } catch (BundleException cannotBeFedZeros) {
        // The goldens say what such a part is fed; it opens all that they reach.
      }
    }
    if (fed == null) {
      fed = rehearse();
    }
    return Measure.parts(manifest, parts.byName(), fed, runs, options.clock());
  }

  /** Runs goldens for what they feed the parts; meanwhile remote parts give zeros. */
  private Map<String, Object[]> rehearse() {
    rehearsing = true;
    try {
      return onGoldens(() -> TypicalInputs.of(
          bundle, parts.byName(), (given, each) -> golden(given, each).path()));
    } finally {
      rehearsing = false;
    }
  }

  /** A sentence for every golden that is not reproduced. */
  List<String> selfTest() {
    return onGoldens(() -> SelfTest.check(bundle, this::golden));
  }

  private <T> T onGoldens(Supplier<T> work) {
    try {
      return work.get();
    } catch (OutOfMemoryError error) {
      String problem = "expected goldens that fit into memory, received some that do not";
      throw new BundleException(problem, bundle.path().toString(), "", error);
    }
  }

  @Override
  public void close() {
    parts.close();
  }
}
