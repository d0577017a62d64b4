package org.frugal.app;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;
import android.util.Log;
import android.widget.TextView;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.frugal.app.benchmark.BenchmarkService;
import org.frugal.app.benchmark.BenchmarkSettings;
import org.frugal.app.benchmark.BenchmarkState;
import org.frugal.app.benchmark.ScreenLight;
import org.frugal.app.bundles.BundleItem;
import org.frugal.app.bundles.BundlesState;

/**
 * A benchmark without hands: {@code adb shell am start -n org.frugal.app/.BenchmarkActivity --es bundle NAME}, and more
 * extras. Its permission is one that adb's shell has and no other app can be given. It ends when the benchmark does,
 * with one line in the log: the report's path, or what went wrong.
 */
public final class BenchmarkActivity extends Activity {
  public static final String LOG = "FrugalBenchmark";

  private static final String STARTED = "started";

  private final Consumer<BundlesState> whenReady = this::startIfReady;
  private final Consumer<BenchmarkState> whenDone = this::endIfDone;
  private final ScreenLight light = new ScreenLight(this);
  private boolean started;

  @Override
  protected void onCreate(Bundle saved) {
    super.onCreate(saved);
    TextView words = new TextView(this);
    words.setText(R.string.benchmark_runs);
    words.setPadding(48, 48, 48, 48);
    setContentView(words);
    FrugalApp.model(this).benchmark().state().watch(light);
    started = saved != null && saved.getBoolean(STARTED);
    if (started) {
      FrugalApp.model(this).benchmark().state().watch(whenDone);
    } else {
      FrugalApp.model(this).bundles().lookAtAll();
      FrugalApp.model(this).bundles().state().watch(whenReady);
    }
  }

  @Override
  protected void onSaveInstanceState(Bundle out) {
    super.onSaveInstanceState(out);
    out.putBoolean(STARTED, started);
  }

  @Override
  protected void onDestroy() {
    FrugalApp.model(this).bundles().state().unwatch(whenReady);
    FrugalApp.model(this).benchmark().state().unwatch(whenDone);
    FrugalApp.model(this).benchmark().state().unwatch(light);
    super.onDestroy();
  }

  /** What the call asked for; what it did not name is as on the screen. An empty baseline is none. */
  static BenchmarkSettings settings(Intent intent, BundlesState bundles) {
    String asked = intent.getStringExtra("bundle");
    String bundle = asked == null ? bundles.chosen() : asked;
    BundleItem fitting = bundle == null ? null : bundles.staticOf(bundle);
    BundleItem smaller = bundle == null ? null : bundles.smallerOf(bundle);
    String named = intent.getStringExtra("baseline");
    String baseline = named != null ? named : fitting != null ? fitting.name() : "";
    return new BenchmarkSettings(
        bundle, intent.getBooleanExtra("full_depth", true), baseline.isEmpty() ? null : baseline,
        Math.max(1, intent.getIntExtra("threads", 1)), intent.getBooleanExtra("xnnpack", true),
        Math.max(1, intent.getIntExtra("queries", BenchmarkSettings.QUERIES)),
        Math.max(0, intent.getIntExtra("seconds", (int) BenchmarkSettings.SECONDS)),
        Math.max(0, intent.getIntExtra("sustained_seconds", 0)), Math.max(0, intent.getIntExtra("energy_seconds", 0)))
        .withSmaller(smaller == null ? null : smaller.name());
  }

  private void startIfReady(BundlesState bundles) {
    if (bundles.busy() || started) {
      return;
    }
    AppModel app = FrugalApp.model(this);
    BenchmarkSettings settings = settings(getIntent(), bundles);
    for (String name : new String[] {settings.bundle(), settings.baseline()}) {
      boolean isOptional = name == null && settings.bundle() != null;
      if (!isOptional && obstacle(bundles, name) != null) {
        end(obstacle(bundles, name));
        return;
      }
    }
    BenchmarkSettings running = app.benchmark().state().get().running();
    if (running != null) {
      // Its report would pass for the one that was asked for.
      end("expected no benchmark to be running, received one of " + running.bundle());
      return;
    }
    started = true;
    app.benchmark().start(settings, app.budget().settings().get());
    BenchmarkService.follow(this);
    app.benchmark().state().watch(whenDone);
  }

  /** Why a bundle cannot be measured, or null. */
  private static String obstacle(BundlesState bundles, String name) {
    BundleItem item = bundles.item(name);
    if (item == null || item.standing() == BundleItem.Standing.CRASHED) {
      return "expected one of " + names(bundles) + ", received " + name;
    }
    return item.isUsable() ? null
        : name + ": " + (item.refusal() != null ? item.refusal() : item.selfTest().problems().get(0));
  }

  private static List<String> names(BundlesState bundles) {
    return bundles.items().stream().filter(BundleItem::isUsable).map(BundleItem::name).collect(Collectors.toList());
  }

  private void endIfDone(BenchmarkState state) {
    if (state.running() == null && !isFinishing()) {
      end(state.last() != null ? state.last().toString() : state.problem() != null ? state.problem() : "cancelled");
    }
  }

  private void end(String line) {
    Log.i(LOG, line);
    finish();
  }
}
