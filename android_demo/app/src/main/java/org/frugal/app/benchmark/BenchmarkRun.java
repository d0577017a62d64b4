package org.frugal.app.benchmark;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.frugal.Chain;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.Result;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.budget.Device;
import org.frugal.app.budget.DeviceReading;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.Manifest;
import org.frugal.governor.Decision;
import org.frugal.governor.Governor;
import org.frugal.governor.Observation;
import org.frugal.governor.Recorder;

/** Measures what the settings ask for, one thing after the other, on the thread that calls it. */
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
    JsonArray results = new JsonArray();
    try (Chain chain = open(settings.bundle())) {
      List<Picture> pictures = pictures(chain.bundle());
      Manifest manifest = chain.bundle().manifest();
      results.add(stream(chain, pictures, manifest.defaultOperatingPoint(), Progress.Stage.CHAIN));
      if (settings.fullDepth()) {
        String mostExpensive = manifest.operatingPoints().get(manifest.operatingPoints().size() - 1).name();
        results.add(stream(chain, pictures, mostExpensive, Progress.Stage.FULL_DEPTH));
      }
      if (settings.baseline() != null) {
        results.add(baseline(pictures));
      }
      report.add("results", results);
      if (settings.sustainedSeconds() > 0) {
        Recorder governor = new Recorder(Governor.of(manifest, budget.policy()));
        report.add("sustained", sustained(chain, pictures, governor).json());
        report.add("trace",
            governor.recording("A sustained run of " + settings.bundle() + " on this phone.").json());
      }
      if (settings.energySeconds() > 0) {
        SingleStream.Query load = i -> chain.run(pictures.get(i % pictures.size()));
        report.add(
            "energy", new EnergyRun(stream, device, clock).run(load, settings.energySeconds(), this::tell).json());
      }
    }
    return report;
  }

  private Chain open(String name) {
    return new Chain(Bundle.load(bundles.apply(name)), settings.options());
  }

  private static List<Picture> pictures(Bundle bundle) {
    Manifest manifest = bundle.manifest();
    List<Picture> pictures = new ArrayList<>();
    if (manifest.goldens() != null) {
      pictures.addAll(GoldenIndex.read(bundle).pictures(bundle).values());
    }
    if (pictures.isEmpty()) {
      throw new ChainException("benchmark: expected a bundle with samples to ask about, received " + manifest.name());
    }
    return pictures;
  }

  /** The static network is asked about the chain's own pictures, any other bundle about its own. */
  private JsonObject baseline(List<Picture> pictures) {
    try (Chain chain = open(settings.baseline())) {
      String point = chain.bundle().manifest().defaultOperatingPoint();
      return settings.comparesStatic() ? stream(chain, pictures, point, Progress.Stage.STATIC_NETWORK)
          : stream(chain, pictures(chain.bundle()), point, Progress.Stage.BASELINE);
    }
  }

  private JsonObject stream(Chain chain, List<Picture> pictures, String point, Progress.Stage stage) {
    Map<String, Integer> exits = new TreeMap<>();
    double[] macs = {0};
    SingleStream.Query query = i -> chain.run(pictures.get(i % pictures.size()), null, point);
    stream.warmUp(query, settings.seconds());
    long[] nanos = stream.run(i -> {
      Result result = chain.run(pictures.get(i % pictures.size()), null, point);
      exits.merge(result.exit(), 1, Integer::sum);
      macs[0] += result.macs();
    }, settings.queries(), settings.seconds(), elapsed -> tell(stage));
    JsonObject counts = Json.object();
    exits.forEach(counts::add);
    return Percentiles.of(nanos).json().add("measured", stage.label())
        .add("bundle", chain.bundle().manifest().name()).add("operating_point", point)
        .add("mean_macs", macs[0] / nanos.length).add("exits", counts);
  }

  /** By one clock for the whole, so that it never goes back from one thing measured to the next. */
  private void tell(Progress.Stage stage) {
    progress.at(stage, seconds(begin));
  }

  private double seconds(long since) {
    return (clock.getAsLong() - since) / 1e9;
  }

  private Sustained sustained(Chain chain, List<Picture> pictures, Recorder governor) {
    Manifest manifest = chain.bundle().manifest();
    List<Sustained.Sample> samples = new ArrayList<>();
    double interval = Math.min(1, settings.sustainedSeconds() / 10);
    long start = clock.getAsLong();
    for (double now = 0; now < settings.sustainedSeconds(); now = seconds(start)) {
      DeviceReading reading = device.read();
      Decision decision = governor.decide(budget.reading(reading, manifest).withTimeMillis(1e3 * now));
      long[] nanos = stream.run(i -> {
        Result result = chain.run(pictures.get(i % pictures.size()), null, decision.name());
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
