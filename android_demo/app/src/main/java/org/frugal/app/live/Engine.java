package org.frugal.app.live;

import android.os.SystemClock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.frugal.Chain;
import org.frugal.ChainException;
import org.frugal.ChainOptions;
import org.frugal.Event;
import org.frugal.Picture;
import org.frugal.Preparer;
import org.frugal.Result;
import org.frugal.app.Plain;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.budget.DeviceReading;
import org.frugal.app.bundles.CostPoint;
import org.frugal.app.server.Cloud;
import org.frugal.app.server.OpenServer;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.SamplePictures;
import org.frugal.bundle.Teachers;
import org.frugal.governor.Decision;
import org.frugal.governor.Governor;
import org.frugal.governor.Observation;
import org.frugal.governor.Reading;

/** The chain in use, and the governor that says how far it may go. Belongs to the worker's thread. */
public final class Engine {
  /** More of a self-test's pictures are of no use to a person who leafs through them. */
  private static final int MOST_SAMPLES = 200;

  private Path path;
  private String name;
  private Chain chain;
  private Preparer preparer;
  private Governor governor;
  private Double governedTarget;
  private Boolean governedMetered;
  private OpenServer server;
  private final WorkHints hints;
  private final Cloud cloud;
  private final Consumer<Chain> opened;

  public Engine(WorkHints hints) {
    this(hints, Cloud.NONE, chain -> {});
  }

  /**
   * @param cloud other machines, which are asked for the parts that run there
   * @param opened is given every chain before it is first asked: what this device has learned belongs into its tables
   */
  public Engine(WorkHints hints, Cloud cloud, Consumer<Chain> opened) {
    this.hints = hints;
    this.cloud = cloud;
    this.opened = opened;
  }

  /** Opens a bundle in the place of the one before; after a refusal none is open. */
  public LiveState.Loaded open(String name, Path bundle) {
    close();
    path = bundle;
    this.name = name;
    Manifest manifest = reopened().bundle().manifest();
    List<LiveState.Sample> samples = manifest.samples() != null ? labelled(chain.bundle())
        : manifest.goldens() == null ? List.of() : samples(chain.bundle());
    return new LiveState.Loaded(
        name, manifest, CostPoint.of(manifest), samples, isDrawable(manifest), Question.of(manifest));
  }

  /** Digits can be drawn, and so can whatever a network may be taught. */
  private static boolean isDrawable(Manifest manifest) {
    return isDigits(manifest.labels()) || !Teachers.of(manifest).isEmpty();
  }

  /** The classes of a digit task are 0, 1, 2 ... in this order. */
  static boolean isDigits(List<String> labels) {
    for (int i = 0; i < labels.size(); i++) {
      if (!labels.get(i).equals(Integer.toString(i))) {
        return false;
      }
    }
    return labels.size() == 10;
  }

  /**
   * Answers, with the operating point that the governor picks now and the budget that is set.
   *
   * @param asked settings that say which of several tasks is asked
   */
  public LiveState.Answer run(
      Picture picture, BudgetSettings settings, DeviceReading device, Map<String, Numbers> asked) {
    Chain open = reopened();
    Manifest manifest = open.bundle().manifest();
    Reading reading = cloud.withNetwork(settings.reading(device, manifest))
        .withTimeMillis(SystemClock.elapsedRealtime());
    Decision decision = govern(manifest, settings).decide(reading);
    // The picture was there before the question: fitting it is not what the deadline pays for.
    Result result = open.run(
        preparer.prepare(picture), decision.within(settings.budget(manifest)), decision.name(), asked, Manifest.MAIN);
    server.count();
    governor.observe(Observation.of(result));
    hints.answered(settings.latencyMillis(), result.elapsedNanos());
    boolean labelled = result.label() >= 0;
    if (!labelled && result.boxes() == null) {
      throw new ChainException("run: expected an answer with a label or boxes, received none at " + result.exit());
    }
    boolean rowsLeftOut = result.events().stream().anyMatch(event -> event.kind() == Event.Kind.STOPPED);
    return new LiveState.Answer(
        labelled ? Plain.name(result.name()) : null, labelled ? result.probabilities()[result.label()] : 0,
        result.boxes(), Looks.of(manifest, result), rowsLeftOut, PathDiagram.of(manifest, result),
        result.elapsedMillis(), result.reason(), decision);
  }

  /**
   * The chain of the bundle in use.
   *
   * @param bundle its name, as it was opened
   * @throws ChainException another one is in use by now
   */
  public Chain chain(String bundle) {
    if (!bundle.equals(name)) {
      throw new ChainException("bundle: expected " + bundle + " in use, received another one");
    }
    return reopened();
  }

  /** Lets go of the models; the next run opens them again. */
  public void close() {
    if (chain != null) {
      chain.close();
      server.close();
      chain = null;
    }
    governor = null;
  }

  private Chain reopened() {
    if (chain != null && server.isOld()) {
      close();
    }
    if (chain == null) {
      Bundle bundle = Bundle.load(path);
      server = new OpenServer(cloud, bundle);
      // Parts that no budget and no operating point reaches take no memory.
      chain = new Chain(bundle, ChainOptions.DEFAULT.withLazyParts(true).withRemote(server.parts()));
      preparer = new Preparer(chain.bundle());
      opened.accept(chain);
    }
    return chain;
  }

  private Governor govern(Manifest manifest, BudgetSettings settings) {
    boolean metered = cloud.settings().metered();
    boolean same = Objects.equals(governedTarget, settings.latencyMillis()) && Objects.equals(governedMetered, metered);
    if (governor == null || !same) {
      governedTarget = settings.latencyMillis();
      governedMetered = metered;
      governor = Governor.of(manifest, settings.policy().withRemote(null, metered));
    }
    return governor;
  }

  private static List<LiveState.Sample> labelled(Bundle bundle) {
    List<LiveState.Sample> samples = new ArrayList<>();
    for (Picture picture : SamplePictures.of(bundle)) {
      if (samples.size() < MOST_SAMPLES) {
        String label = Plain.name(SamplePictures.label(bundle.manifest(), samples.size()));
        samples.add(new LiveState.Sample(picture, Pixels.shown(picture), label, Map.of()));
      }
    }
    return samples;
  }

  /** Of a bundle that has none the pictures of its self-test take their place. */
  private static List<LiveState.Sample> samples(Bundle bundle) {
    GoldenIndex index = GoldenIndex.read(bundle);
    List<LiveState.Sample> samples = new ArrayList<>();
    for (Map.Entry<Long, Picture> each : index.pictures(bundle).entrySet()) {
      if (samples.size() < MOST_SAMPLES) {
        Picture picture = each.getValue();
        samples.add(sample(bundle, index, each.getKey(), picture));
      }
    }
    return samples;
  }

  /** A picture with the answer of the most expensive operating point that the self-test has for it. */
  private static LiveState.Sample sample(Bundle bundle, GoldenIndex index, long place, Picture picture) {
    String expected = "";
    Map<String, Numbers> asked = Map.of();
    for (GoldenIndex.Case each : index.cases()) {
      if (each.program().equals(Manifest.MAIN) && each.inputs().containsValue(place)) {
        asked = each.parameters();
        for (Map.Entry<String, GoldenIndex.Output> output : each.outputs().entrySet()) {
          Long label = output.getValue().label();
          expected = label == null ? expected : name(labels(bundle, output.getKey()), label);
        }
      }
    }
    return new LiveState.Sample(picture, Pixels.shown(picture), expected, asked);
  }

  private static List<String> labels(Bundle bundle, String output) {
    return bundle.manifest().outputs().get(output) instanceof Manifest.Output.Labels labels && labels.table() == null
        ? labels.labels() : bundle.manifest().labels();
  }

  private static String name(List<String> labels, long label) {
    return label < labels.size() ? Plain.name(labels.get((int) label)) : "";
  }
}
