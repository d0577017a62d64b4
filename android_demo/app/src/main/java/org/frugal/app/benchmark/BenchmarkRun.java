package org.frugal.app.benchmark;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.frugal.Picture;
import org.frugal.Result;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.budget.Device;
import org.frugal.app.budget.DeviceReading;
import org.frugal.bundle.Manifest;
import org.frugal.governor.Decision;
import org.frugal.governor.Governor;
import org.frugal.governor.Observation;
import org.frugal.governor.Recorder;

/** Measures what the settings ask for on the thread that calls it: latencies in turns, then load, then energy. */
final class BenchmarkRun {
  /** Runs that the governor of a sustained run is shown between two decisions: all of them are in the report. */
  private static final int OBSERVED = 32;

  private final BenchmarkSettings settings;
  private final BudgetSettings budget;
  private final Function<String, Path> bundles;
  private final Device device;
  private final LongSupplier clock;
  private final Progress progress;
  private final SingleStream stream;
  private long begin;

  /**
   * @param budget what the governor of the sustained run is told
   * @param bundles a bundle's name to its .zip
   */
  BenchmarkRun(
      BenchmarkSettings settings, BudgetSettings budget, Function<String, Path> bundles, Device device,
      LongSupplier clock, Progress progress) {
    this.settings = settings;
    this.budget = budget;
    this.bundles = bundles;
    this.device = device;
    this.clock = clock;
    this.progress = progress;
    stream = new SingleStream(clock, progress::check);
  }

  /**
   * @return {@code results}, and {@code sustained}, {@code trace} and {@code energy} where they were asked for
   * @throws org.frugal.FrugalException a bundle is refused, or has no pictures to ask about
   */
  JsonObject run() {
    begin = clock.getAsLong();
    JsonObject report = Json.object();
    try (Subject chain = open(settings.bundle(), null); Subject other = baseline(chain);
        Subject smaller = settings.smaller() == null ? null : open(settings.smaller(), chain.pictures())) {
      Manifest manifest = chain.manifest();
      report.add("results", inTurns(chain, other, smaller));
      if (settings.sustainedSeconds() > 0) {
        Recorder governor = new Recorder(Governor.of(manifest, budget.policy()));
        report.add("sustained", sustained(chain, governor).json());
        report.add("trace",
            governor.recording("A sustained run of " + settings.bundle() + " on this phone.").json());
      }
      if (settings.energySeconds() > 0) {
        SingleStream.Query load = i -> chain.ask(i, null);
        report.add(
            "energy", new EnergyRun(stream, device, clock).run(load, settings.energySeconds(), this::tell).json());
      }
    }
    return report;
  }

  private Subject open(String name, List<Picture> asked) {
    return Subject.open(bundles.apply(name), settings.options(), asked, clock);
  }

  /** The static network is asked about the chain's own pictures, any other bundle about its own. */
  private Subject baseline(Subject chain) {
    return settings.baseline() == null ? null
        : open(settings.baseline(), settings.comparesStatic() ? chain.pictures() : null);
  }

  private JsonArray inTurns(Subject chain, Subject other, Subject smaller) {
    Manifest manifest = chain.manifest();
    List<Subject.At> all = new ArrayList<>();
    all.add(new Subject.At(Progress.Stage.CHAIN, chain, manifest.defaultOperatingPoint()));
    if (settings.fullDepth()) {
      String mostExpensive = manifest.operatingPoints().get(manifest.operatingPoints().size() - 1).name();
      all.add(new Subject.At(Progress.Stage.FULL_DEPTH, chain, mostExpensive));
    }
    if (other != null) {
      Progress.Stage stage =
          settings.comparesStatic() ? Progress.Stage.STATIC_NETWORK : Progress.Stage.BASELINE;
      all.add(new Subject.At(stage, other, other.manifest().defaultOperatingPoint()));
    }
    if (smaller != null) {
      String point = smaller.manifest().defaultOperatingPoint();
      all.add(new Subject.At(Progress.Stage.SMALLER_NETWORK, smaller, point));
    }
    List<Turns.Way> ways = all.stream().map(each -> each.way).collect(Collectors.toList());
    Turns.run(ways, stream, settings.queries(), settings.seconds(), this::tell, this::coolDown);
    JsonArray results = new JsonArray();
    all.forEach(each -> results.add(each.json()));
    return results;
  }

  /** Idle for a moment; not where no time is to be spent on it at all. */
  private void coolDown() {
    progress.check();
    try {
      Thread.sleep(settings.seconds() > 0 ? (long) (1e3 * Turns.COOL_DOWN_SECONDS) : 0);
    } catch (InterruptedException asked) {
      Thread.currentThread().interrupt();
    }
  }

  /** By one clock for the whole, so that it never goes back from one thing measured to the next. */
  private void tell(Progress.Stage stage) {
    progress.at(stage, seconds(begin));
  }

  private double seconds(long since) {
    return (clock.getAsLong() - since) / 1e9;
  }

  private Sustained sustained(Subject chain, Recorder governor) {
    Manifest manifest = chain.manifest();
    List<Sustained.Sample> samples = new ArrayList<>();
    double interval = Math.min(1, settings.sustainedSeconds() / 10);
    long start = clock.getAsLong();
    for (double now = 0; now < settings.sustainedSeconds(); now = seconds(start)) {
      DeviceReading reading = device.read();
      Decision decision = governor.decide(budget.reading(reading, manifest).withTimeMillis(1e3 * now));
      long[] nanos = stream.run(i -> {
        Result result = chain.ask(i, decision.name());
        if (i < OBSERVED) {
          governor.observe(Observation.of(result));
        }
      }, 1, interval, elapsed -> tell(Progress.Stage.SUSTAINED));
      Percentiles of = Percentiles.of(nanos);
      samples.add(new Sustained.Sample(
          seconds(start), of.p50(), of.p90(), reading.celsius(), decision.point()));
    }
    return new Sustained(samples);
  }
}
