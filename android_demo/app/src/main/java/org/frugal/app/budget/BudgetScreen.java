package org.frugal.app.budget;

import android.content.Intent;
import android.net.Uri;
import android.os.Handler;
import android.view.View;
import android.widget.Button;
import android.widget.SeekBar;
import android.widget.Switch;
import android.widget.TextView;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntConsumer;
import org.frugal.app.AppModel;
import org.frugal.app.Choices;
import org.frugal.app.MainActivity;
import org.frugal.app.PickedFiles;
import org.frugal.app.Plain;
import org.frugal.app.R;
import org.frugal.app.Screen;
import org.frugal.app.Sliding;
import org.frugal.app.budget.BudgetSettings.Choice;
import org.frugal.app.bundles.CostPoint;
import org.frugal.app.bundles.FullCost;
import org.frugal.app.live.LiveState;
import org.frugal.app.server.ServerCard;
import org.frugal.bundle.Manifest;
import org.frugal.governor.Decision;
import org.frugal.governor.Governor;

/** What an answer may cost, what the phone says of itself, and what the governor makes of both. */
public final class BudgetScreen extends Screen {
  private static final long REFRESH_MILLIS = 2000;
  private static final String BUILT_IN_TRACE = "traces/a_day.json";

  private final BudgetModel model;
  private final BudgetWords words;
  private final Handler main;
  private final Runnable refresh = this::refresh;
  private final ServerCard server;
  private Manifest manifest;
  private List<CostPoint> points = List.of();

  public BudgetScreen(MainActivity activity, AppModel app, View view) {
    super(activity, app, view);
    model = app.budget();
    words = new BudgetWords(activity);
    server = new ServerCard(activity, view, app.server());
    main = new Handler(activity.getMainLooper());
    slider(R.id.latency, Allowances.MILLIS,
        step -> model.set(settings().withLatencyMillis(Allowances.value(Allowances.MILLIS, step))));
    slider(R.id.macs, Allowances.SHARES,
        step -> model.set(settings().withMacsShare(Allowances.value(Allowances.SHARES, step))));
    slider(R.id.energy_share, Allowances.SHARES,
        step -> model.set(settings().withEnergyShare(Allowances.value(Allowances.SHARES, step))));
    this.<Switch>find(R.id.follow)
        .setOnCheckedChangeListener((button, on) -> model.set(settings().withFollowDevice(on)));
    find(R.id.play).setOnClickListener(v -> playOrStop());
    find(R.id.pick_trace).setOnClickListener(
        v -> activity.pick(new Intent(Intent.ACTION_OPEN_DOCUMENT).setType("*/*")));
    watch(app.live().state(), this::bundleChanged);
    watch(model.settings(), this::render);
    watch(app.server().watched(), server::show);
    watch(model.player().state(), this::renderTrace);
    if (model.trace() == null) {
      load(() -> activity.getAssets().open(BUILT_IN_TRACE));
    }
  }

  @Override
  public void show() {
    super.show();
    refresh();
  }

  @Override
  public void hide() {
    main.removeCallbacks(refresh);
    super.hide();
  }

  @Override
  public void picked(Uri file) {
    load(() -> PickedFiles.open(activity.getContentResolver(), file));
  }

  private BudgetSettings settings() {
    return model.settings().get();
  }

  private void slider(int id, double[] steps, IntConsumer moved) {
    SeekBar bar = find(id);
    bar.setMax(steps.length);
    bar.setOnSeekBarChangeListener(new Sliding(moved));
  }

  private void bundleChanged(LiveState state) {
    Manifest next = state.bundle() == null ? null : state.bundle().manifest();
    if (next != manifest) {
      manifest = next;
      points = next == null ? List.of() : state.bundle().points();
      renderAllowances();
      renderChoices();
      replay();
      renderDevice();
    }
  }

  private void render(BudgetSettings now) {
    renderAllowances();
    this.<Switch>find(R.id.follow).setChecked(now.followDevice());
    showIf(now.latencyMillis() != null, find(R.id.decision_latency));
    renderChoices();
    renderDevice();
    replay();
  }

  private void renderAllowances() {
    BudgetSettings now = settings();
    Double microjoules = manifest == null ? null : FullCost.microjoules(manifest);
    Double macs = manifest == null ? null : (Double) FullCost.macs(manifest);
    this.<SeekBar>find(R.id.latency).setProgress(Allowances.step(Allowances.MILLIS, now.latencyMillis()));
    this.<SeekBar>find(R.id.macs).setProgress(Allowances.step(Allowances.SHARES, now.macsShare()));
    this.<SeekBar>find(R.id.energy_share).setProgress(Allowances.step(Allowances.SHARES, now.energyShare()));
    find(R.id.energy_share).setEnabled(microjoules != null);
    this.<TextView>find(R.id.latency_words).setText(words.latency(now.latencyMillis()));
    this.<TextView>find(R.id.macs_words).setText(words.macs(now.macsShare(), macs));
    this.<TextView>find(R.id.energy_words)
        .setText(words.energy(now.energyShare(), microjoules, manifest != null));
  }

  private void renderChoices() {
    BudgetSettings now = settings();
    List<Choices.Choice> choices = new ArrayList<>();
    choices.add(new Choices.Choice(activity.getString(R.string.point_default), now.choice() == Choice.DEFAULT,
        () -> model.set(settings().with(Choice.DEFAULT))));
    choices.add(new Choices.Choice(activity.getString(R.string.point_automatic), now.choice() == Choice.AUTOMATIC,
        () -> model.set(settings().with(Choice.AUTOMATIC))));
    for (CostPoint point : points) {
      boolean chosen = now.choice() == Choice.BY_HAND && point.name().equals(now.point());
      String words = activity.getString(R.string.point_by_hand, Plain.name(point.name()));
      choices.add(new Choices.Choice(
          point.dominated() ? activity.getString(R.string.point_dominated, words) : words, chosen,
          () -> model.set(settings().withPoint(point.name()))));
    }
    Choices.show(find(R.id.choices), choices);
  }

  private void refresh() {
    renderDevice();
    server.refresh();
    main.postDelayed(refresh, REFRESH_MILLIS);
  }

  private void renderDevice() {
    DeviceReading device = app.device().read();
    this.<TextView>find(R.id.gauges).setText(words.gauges(device));
    if (manifest != null) {
      Decision decision =
          Governor.of(manifest, settings().policy()).decide(settings().reading(device, manifest));
      this.<TextView>find(R.id.decision).setText(words.decision(decision));
    }
  }

  private void load(Callable<InputStream> file) {
    app.worker().run(() -> Trace.read(PickedFiles.text(file.call())), read -> {
      model.setTrace(read);
      replay();
    }, model.player()::show);
  }

  private void replay() {
    Trace trace = model.trace();
    if (trace != null && manifest != null) {
      model.player().load(trace.description(), trace.play(Governor.of(manifest, settings().policy())));
    }
  }

  private void playOrStop() {
    if (model.player().state().get().playing()) {
      model.player().stop();
    } else {
      model.player().play();
    }
  }

  private void renderTrace(TracePlayer.State state) {
    this.<Button>find(R.id.play).setText(state.playing() ? R.string.stop : R.string.play);
    this.<TextView>find(R.id.trace_words).setText(state.description());
    TextView problem = find(R.id.trace_problem);
    problem.setText(state.problem());
    showIf(state.problem() != null, problem);
    int count = model.trace() == null ? points.size() : model.trace().pointCount(points.size());
    this.<TraceView>find(R.id.trace).show(state.frames(), Math.max(1, count), state.step());
    this.<TextView>find(R.id.trace_step).setText(
        state.step() < 0 ? "" : words.step(state.step() + 1, state.frames().size(), state.frames().get(state.step())));
  }
}
