package org.frugal.app.benchmark;

import android.Manifest;
import android.os.Build;
import android.view.View;
import android.view.ViewGroup;
import android.widget.ProgressBar;
import android.widget.RadioGroup;
import android.widget.Switch;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.frugal.app.AppModel;
import org.frugal.app.Choices;
import org.frugal.app.MainActivity;
import org.frugal.app.R;
import org.frugal.app.Screen;
import org.frugal.app.bundles.BundleItem;
import org.frugal.app.bundles.BundlesState;

/** Starts benchmarks, shows how far they are, and keeps their reports. */
public final class BenchmarkScreen extends Screen {
  private final BenchmarkModel model;
  private final ReportCards cards;
  private List<Report> drawn;
  private boolean rendering;

  public BenchmarkScreen(MainActivity activity, AppModel app, View view) {
    super(activity, app, view);
    model = app.benchmark();
    cards = new ReportCards(activity);
    find(R.id.start).setOnClickListener(v -> start());
    find(R.id.cancel).setOnClickListener(v -> model.cancel());
    this.<RadioGroup>find(R.id.threads).setOnCheckedChangeListener((group, id) -> keep());
    for (int id : new int[] {R.id.xnnpack, R.id.full_depth, R.id.sustained, R.id.energy}) {
      this.<Switch>find(id).setOnCheckedChangeListener((button, on) -> keep());
    }
    watch(app.bundles().state(), this::renderBaselines);
    watch(model.state(), this::render);
  }

  @Override
  public void show() {
    app.bundles().lookAtAll();
    model.refresh();
    renderDraft();
    super.show();
  }

  private void start() {
    BenchmarkSettings settings = model.draft(app.bundles().state().get());
    if (settings.bundle() == null) {
      return;
    }
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
      // It runs without the notification too: the answer does not matter.
      activity.requestPermissions(new String[] {Manifest.permission.POST_NOTIFICATIONS}, MainActivity.REQUEST);
    }
    model.start(settings, app.budget().settings().get());
    BenchmarkService.follow(activity);
  }

  private void renderDraft() {
    BenchmarkSettings draft = model.draft();
    rendering = true;
    this.<RadioGroup>find(R.id.threads).check(
        draft.threads() == 2 ? R.id.threads_2 : draft.threads() == 4 ? R.id.threads_4 : R.id.threads_1);
    this.<Switch>find(R.id.xnnpack).setChecked(draft.xnnpack());
    showIf(draft.xnnpack(), find(R.id.one_thread));
    for (int id : new int[] {R.id.threads_2, R.id.threads_4}) {
      find(id).setEnabled(!draft.xnnpack());
    }
    this.<Switch>find(R.id.full_depth).setChecked(draft.fullDepth());
    this.<Switch>find(R.id.sustained).setChecked(draft.sustainedSeconds() > 0);
    this.<Switch>find(R.id.energy).setChecked(draft.energySeconds() > 0);
    rendering = false;
  }

  private void keep() {
    if (rendering) {
      return;
    }
    int checked = this.<RadioGroup>find(R.id.threads).getCheckedRadioButtonId();
    int chosen = checked == R.id.threads_2 ? 2 : checked == R.id.threads_4 ? 4 : 1;
    // More than XNNPACK uses are not offered with it.
    int threads = isOn(R.id.xnnpack) ? 1 : chosen;
    BenchmarkSettings before = model.draft();
    model.setDraft(new BenchmarkSettings(
        before.bundle(), isOn(R.id.full_depth), before.baseline(), before.smaller(), threads, isOn(R.id.xnnpack),
        BenchmarkSettings.QUERIES, BenchmarkSettings.SECONDS,
        isOn(R.id.sustained) ? BenchmarkSettings.SUSTAINED_SECONDS : 0,
        isOn(R.id.energy) ? BenchmarkSettings.ENERGY_SECONDS : 0));
    renderDraft();
  }

  private boolean isOn(int id) {
    return this.<Switch>find(id).isChecked();
  }

  private void renderBaselines(BundlesState bundles) {
    this.<TextView>find(R.id.benchmark_bundle)
        .setText(bundles.chosen() == null ? activity.getString(R.string.no_bundle)
            : bundles.item(bundles.chosen()).title());
    BenchmarkSettings draft = model.draft(bundles);
    BundleItem fitting = draft.bundle() == null ? null : bundles.staticOf(draft.bundle());
    TextView missing = find(R.id.static_missing);
    boolean wanted = draft.bundle() != null && !BundlesState.isNameOfStatic(draft.bundle());
    showIf(wanted && fitting == null && !bundles.busy(), missing);
    missing.setText(activity.getString(
        R.string.static_missing, draft.bundle(), BundlesState.nameOfStatic(draft.bundle())));
    List<Choices.Choice> choices = new ArrayList<>();
    if (fitting != null) {
      choices.add(baseline(activity.getString(R.string.static_here), fitting.name()));
    }
    choices.add(baseline(activity.getString(R.string.no_baseline), null));
    for (BundleItem item : bundles.items()) {
      if (item.isUsable() && item != fitting && !item.name().equals(draft.bundle())) {
        choices.add(baseline(item.title(), item.name()));
      }
    }
    Choices.show(find(R.id.baselines), choices);
  }

  private Choices.Choice baseline(String text, String name) {
    boolean chosen = Objects.equals(name, model.draft().baseline());
    return new Choices.Choice(text, chosen, () -> model.compareWith(name));
  }

  private void render(BenchmarkState state) {
    boolean runs = state.running() != null;
    find(R.id.start).setEnabled(!runs);
    showIf(runs, find(R.id.running));
    this.<ProgressBar>find(R.id.progress).setProgress((int) (1000 * state.progress()));
    int stage = state.stage() == null ? 0 : state.stage().ordinal();
    String[] stages = activity.getResources().getStringArray(R.array.stages);
    double left = runs ? Math.max(0, state.running().totalSeconds() - state.seconds()) : 0;
    this.<TextView>find(R.id.progress_words)
        .setText(activity.getString(R.string.progress, stages[stage], (int) Math.ceil(left)));
    TextView problem = find(R.id.benchmark_problem);
    problem.setText(state.problem());
    showIf(state.problem() != null, problem);
    if (state.reports() != drawn) {
      drawn = state.reports();
      renderReports();
    }
  }

  private void renderReports() {
    ViewGroup list = find(R.id.reports);
    list.removeAllViews();
    showIf(drawn.isEmpty(), find(R.id.no_reports));
    for (Report report : drawn) {
      View card = cards.of(report, list);
      card.findViewById(R.id.share_report).setOnClickListener(v -> cards.share(report));
      card.findViewById(R.id.remove_report).setOnClickListener(v -> model.remove(report));
      list.addView(card);
    }
  }
}
