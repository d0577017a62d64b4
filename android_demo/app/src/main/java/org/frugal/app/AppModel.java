package org.frugal.app;

import android.content.Context;
import android.content.SharedPreferences;
import android.content.pm.PackageManager;
import android.content.res.AssetManager;
import android.os.Build;
import android.os.Bundle;
import android.os.Handler;
import android.os.Looper;
import android.os.SystemClock;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.frugal.app.benchmark.BenchmarkModel;
import org.frugal.app.budget.AndroidDevice;
import org.frugal.app.budget.BudgetModel;
import org.frugal.app.budget.Device;
import org.frugal.app.budget.RecentReadings;
import org.frugal.app.budget.TracePlayer;
import org.frugal.app.bundles.BundleItem;
import org.frugal.app.bundles.BundleStore;
import org.frugal.app.bundles.BundlesModel;
import org.frugal.app.bundles.BundlesState;
import org.frugal.app.bundles.CrashMarks;
import org.frugal.app.bundles.Inspection;
import org.frugal.app.live.Engine;
import org.frugal.app.live.LiveModel;
import org.frugal.app.live.Opening;
import org.frugal.app.live.RaceModel;
import org.frugal.app.live.WorkHints;
import org.frugal.app.server.ServerModel;
import org.frugal.app.teach.DraftStore;
import org.frugal.app.teach.TaughtTables;
import org.frugal.app.teach.TeachModel;
import org.tensorflow.lite.TensorFlowLite;

/** The models behind the screens, one of each for the life of the process: a rotation takes nothing away. */
public final class AppModel {
  private static final String ASSETS = "bundles";
  static final String CHOSEN = "chosen_bundle";
  /** In use at the first start: what its photographs show needs no explanation. */
  private static final String FIRST = "lite0_cifar10";

  private final Worker worker;
  private final Device device;
  private final Device recent;
  private final BundlesModel bundles;
  private final BudgetModel budget;
  private final ServerModel server;
  private final LiveModel live;
  private final TeachModel teach;
  private final RaceModel race;
  private final BenchmarkModel benchmark;
  private List<String> listed = List.of();
  private boolean isNew = true;

  AppModel(Context context) {
    SharedPreferences kept = context.getSharedPreferences("app", Context.MODE_PRIVATE);
    Handler main = new Handler(Looper.getMainLooper());
    Failures failures = new Failures(context);
    worker = new Worker(main::post, failures);
    device = new AndroidDevice(context);
    recent = new RecentReadings(device, SystemClock::elapsedRealtime);
    BundleStore store = new BundleStore(context.getFilesDir().toPath().resolve("bundles"));
    CrashMarks marks = new CrashMarks(store::path);
    bundles = new BundlesModel(store, worker, new Inspection(failures, AppModel::systemAndLibrary), marks);
    budget = new BudgetModel(kept, new TracePlayer(main));
    server = new ServerModel(context, kept);
    Path files = context.getFilesDir().toPath();
    TaughtTables taught = new TaughtTables(files.resolve("taught"));
    Engine engine = new Engine(WorkHints.of(context), server, taught::load);
    live = new LiveModel(store, worker, recent, budget.settings()::get, new Opening(marks, main, worker), engine);
    teach = new TeachModel(
        engine, taught, new DraftStore(files.resolve("drafts")), worker, main::post, live::askAgain);
    live.state().watch(state -> teach.use(state.bundle()));
    race = new RaceModel(bundles, worker, main);
    benchmark = new BenchmarkModel(store, reports(context), device, main::post, failures);
    List<String> toUse = List.of(kept.getString(CHOSEN, FIRST), FIRST);
    bundles.start(inApk(context.getAssets()), installed(context), toUse);
    bundles.state().watch(this::forgetRemoved);
    bundles.state().watch(state -> {
      // While a start is still looking for one to use, the last one stays remembered.
      if (state.chosen() != null) {
        kept.edit().putString(CHOSEN, state.chosen()).apply();
      }
      live.use(state.chosen());
    });
    budget.settings().watch(settings -> live.askAgain());
    server.watched().watch(settings -> live.askAgain());
  }

  /** A bundle that is gone takes the pictures along that it would have been taught by. */
  private void forgetRemoved(BundlesState state) {
    List<String> names = state.items().stream().map(BundleItem::name).collect(Collectors.toList());
    listed.stream().filter(name -> !names.contains(name)).forEach(teach::removed);
    listed = names;
  }

  /**
   * A window is there.
   *
   * @param saved what the window before it remembered, or null; of use only to a process that is new itself
   */
  void begin(Bundle saved) {
    if (isNew && saved != null) {
      live.restore(saved);
      teach.restore(saved);
    }
    isNew = false;
  }

  public Worker worker() {
    return worker;
  }

  /** The phone's gauges, as of the last second. */
  public Device device() {
    return recent;
  }

  public BundlesModel bundles() {
    return bundles;
  }

  public BudgetModel budget() {
    return budget;
  }

  public ServerModel server() {
    return server;
  }

  public LiveModel live() {
    return live;
  }

  public TeachModel teach() {
    return teach;
  }

  public RaceModel race() {
    return race;
  }

  public BenchmarkModel benchmark() {
    return benchmark;
  }

  /** Where adb can fetch them; a phone whose shared storage is not there keeps them to itself. */
  public static Path reports(Context context) {
    File shared = context.getExternalFilesDir(null);
    return (shared == null ? context.getFilesDir() : shared).toPath().resolve("benchmarks");
  }

  private static String systemAndLibrary() {
    return Build.FINGERPRINT + " " + TensorFlowLite.runtimeVersion();
  }

  private static Map<String, BundlesModel.Source> inApk(AssetManager assets) {
    Map<String, BundlesModel.Source> found = new TreeMap<>();
    try {
      for (String file : assets.list(ASSETS)) {
        found.put(file.replace(".zip", ""), () -> assets.open(ASSETS + "/" + file));
      }
      return found;
    } catch (IOException error) {
      throw new IllegalStateException("expected an APK that can be read, received " + error.getMessage(), error);
    }
  }

  private static long installed(Context context) {
    try {
      return context.getPackageManager().getPackageInfo(context.getPackageName(), 0).lastUpdateTime;
    } catch (PackageManager.NameNotFoundException error) {
      throw new IllegalStateException("expected to find this app installed, received nothing", error);
    }
  }
}
