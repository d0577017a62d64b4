package org.frugal.app.benchmark;

import android.os.Build;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import org.frugal.app.Failures;
import org.frugal.app.Watched;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.budget.Device;
import org.frugal.app.bundles.BundleItem;
import org.frugal.app.bundles.BundleStore;
import org.frugal.app.bundles.BundlesState;
import org.tensorflow.lite.TensorFlowLite;

/** The benchmark that is running, if any, and the reports of those that have run. Main thread only. */
public final class BenchmarkModel {
  public static final String FORMAT = "frugal-benchmark";
  /** A screen that is redrawn a thousand times a second would be what is measured. */
  private static final double PROGRESS_SECONDS = 0.5;

  private final Watched<BenchmarkState> state = new Watched<>(BenchmarkState.IDLE);
  private final BundleStore bundles;
  private final ReportStore reports;
  private final Device device;
  private final Executor main;
  private final Failures failures;
  private BenchmarkSettings draft = BenchmarkSettings.of(null);
  /** The bundle whose comparison a person has decided on, or null. */
  private String decidedFor;
  private volatile Thread thread;
  private volatile boolean cancelled;

  public BenchmarkModel(
      BundleStore bundles, Path reportFolder, Device device, Executor main, Failures failures) {
    this.failures = failures;
    this.bundles = bundles;
    reports = new ReportStore(reportFolder);
    this.device = device;
    this.main = main;
  }

  public Watched<BenchmarkState> state() {
    return state;
  }

  /** What is set on the screen. It outlives the screen. */
  public BenchmarkSettings draft() {
    return draft;
  }

  /** What is set on the screen, for the bundles that there are now: for another bundle, with its static network. */
  public BenchmarkSettings draft(BundlesState now) {
    BundleItem kept = draft.baseline() == null ? null : now.item(draft.baseline());
    BundleItem fitting = now.chosen() == null ? null : now.staticOf(now.chosen());
    boolean isDecided = decidedFor != null && decidedFor.equals(now.chosen());
    boolean isKept = isDecided && (draft.baseline() == null || kept != null && kept.isUsable());
    draft = draft.withBundle(now.chosen());
    if (!isKept) {
      draft = draft.withBaseline(fitting == null ? null : fitting.name());
    }
    BundleItem smaller = now.chosen() == null ? null : now.smallerOf(now.chosen());
    draft = draft.withSmaller(smaller == null ? null : smaller.name());
    return draft;
  }

  public void setDraft(BenchmarkSettings next) {
    draft = next;
  }

  /**
   * A person decides what the bundle is compared with.
   *
   * @param name another bundle, or null for nothing
   */
  public void compareWith(String name) {
    decidedFor = draft.bundle();
    draft = draft.withBaseline(name);
  }

  /** Reads the list of reports again. */
  public void refresh() {
    try {
      List<String> problems = new ArrayList<>();
      BenchmarkState next = state.get().with(reports.all(error -> problems.add(failures.sentence(error))));
      state.set(problems.isEmpty() ? next : next.withProblem(problems.get(0)));
    } catch (IOException error) {
      state.set(state.get().withProblem(failures.sentence(error)));
    }
  }

  /** Begins, unless a benchmark is running. */
  public void start(BenchmarkSettings settings, BudgetSettings budget) {
    if (state.get().running() != null) {
      return;
    }
    cancelled = false;
    state.set(state.get().started(settings));
    thread = new Thread(() -> measure(settings, budget), "benchmark");
    thread.start();
  }

  /** Ends what is running; it leaves no report. */
  public void cancel() {
    cancelled = true;
  }

  /** The thread of the last benchmark, for who must wait for its end. */
  Thread thread() {
    return thread;
  }

  public void remove(Report report) {
    try {
      reports.remove(report);
      refresh();
    } catch (IOException error) {
      state.set(state.get().withProblem(failures.sentence(error)));
    }
  }

  private void measure(BenchmarkSettings settings, BudgetSettings budget) {
    ZonedDateTime now = ZonedDateTime.now(ZoneOffset.UTC);
    try {
      JsonObject report = header(settings, now);
      report.merge(new BenchmarkRun(settings, budget, bundles::unpacked, device, System::nanoTime, new Steps()).run());
      String name = now.format(DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss")) + "_" + settings.bundle();
      Path file = reports.save(name, report);
      List<Report> all = reports.all(unreadable -> {});
      main.execute(() -> state.set(state.get().finished(all, file)));
    } catch (CancellationException asked) {
      main.execute(() -> state.set(state.get().stopped(null)));
    } catch (Throwable error) {
      main.execute(() -> state.set(state.get().stopped(failures.sentence(error))));
    }
  }

  private static JsonObject header(BenchmarkSettings settings, ZonedDateTime now) {
    JsonObject device = Json.object().add("manufacturer", Build.MANUFACTURER).add("model", Build.MODEL)
        .add("android", Build.VERSION.RELEASE).add("sdk", Build.VERSION.SDK_INT)
        .add("abi", Build.SUPPORTED_ABIS.length == 0 ? "" : Build.SUPPORTED_ABIS[0])
        .add("cores", Runtime.getRuntime().availableProcessors());
    return Json.object().add("format", FORMAT).add("version", 1)
        .add("started", now.format(DateTimeFormatter.ISO_INSTANT)).add("device", device)
        .add("tensorflow_lite", TensorFlowLite.runtimeVersion()).add("settings", settings.json());
  }

  /** Hands progress to the main thread now and then. */
  private final class Steps implements Progress {
    private double last = -PROGRESS_SECONDS;
    private Stage stage;

    @Override
    public void at(Stage next, double seconds) {
      if (next != stage || seconds - last >= PROGRESS_SECONDS) {
        stage = next;
        last = seconds;
        main.execute(() -> state.set(state.get().at(next, seconds)));
      }
    }

    @Override
    public void check() {
      if (cancelled) {
        throw new CancellationException();
      }
    }
  }
}
