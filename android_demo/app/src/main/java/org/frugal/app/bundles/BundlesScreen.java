package org.frugal.app.bundles;

import android.content.Intent;
import android.net.Uri;
import android.view.View;
import android.view.ViewGroup;
import android.widget.ScrollView;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.frugal.app.AppModel;
import org.frugal.app.Choices;
import org.frugal.app.MainActivity;
import org.frugal.app.Numbers;
import org.frugal.app.PickedFiles;
import org.frugal.app.Plain;
import org.frugal.app.R;
import org.frugal.app.Screen;
import org.frugal.app.budget.BudgetModel;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.bundles.BundleItem.Standing;

/** The bundles on this device: which is in use, whether it passed its self-test, and what its points cost. */
public final class BundlesScreen extends Screen {
  private final BundlesModel model;
  private final BudgetModel budget;

  public BundlesScreen(MainActivity activity, AppModel app, View view) {
    super(activity, app, view);
    model = app.bundles();
    budget = app.budget();
    find(R.id.add).setOnClickListener(v -> activity.pick(new Intent(Intent.ACTION_OPEN_DOCUMENT).setType("*/*")));
    watch(model.state(), this::render);
    watch(budget.settings(), settings -> renderDetails(model.state().get()));
  }

  @Override
  public void show() {
    model.lookAtAll();
    super.show();
  }

  @Override
  public void picked(Uri file) {
    model.add(() -> PickedFiles.open(activity.getContentResolver(), file));
  }

  private void render(BundlesState state) {
    showIf(state.busy(), find(R.id.checking));
    TextView message = find(R.id.message);
    message.setText(state.message());
    showIf(state.message() != null, message);
    ViewGroup items = find(R.id.items);
    items.removeAllViews();
    for (BundleItem item : state.items()) {
      View line = activity.getLayoutInflater().inflate(R.layout.bundle_item, items, false);
      renderItem(line, item, item.name().equals(state.chosen()), item.equals(state.onDisplay()));
      items.addView(line);
    }
    renderDetails(state);
  }

  private void renderItem(View line, BundleItem item, boolean inUse, boolean onDisplay) {
    TextView badge = line.findViewById(R.id.badge);
    badge.setText(badge(item));
    boolean good = item.isUsable() && item.selfTest() != null;
    boolean bad = !item.isUsable() && item.standing() != Standing.UNSEEN;
    badge.setTextColor(activity.getColor(good ? R.color.good : bad ? R.color.bad : R.color.text_quiet));
    line.<TextView>findViewById(R.id.title).setText(item.title());
    TextView question = line.findViewById(R.id.question);
    question.setText(item.question());
    showIf(!item.question().isEmpty(), question);
    TextView name = line.findViewById(R.id.name);
    name.setText(item.name());
    showIf(!item.name().equals(item.title()), name);
    TextView summary = line.findViewById(R.id.summary);
    showIf(item.isOpened(), summary);
    if (item.isOpened()) {
      BundleItem.Summary of = item.summary();
      summary.setText(activity.getResources().getQuantityString(
          R.plurals.summary, of.parts(), of.parts(), of.classes(), of.height(),
          of.width(), Numbers.bytes(of.bytes())));
    }
    showIf(item.isOpened() && item.summary().taught(), line.findViewById(R.id.can_be_taught));
    showIf(inUse, line.findViewById(R.id.in_use));
    button(line, R.id.use, R.string.use_label, item, !inUse && item.isUsable(), model::choose);
    button(line, R.id.look, R.string.look_label, item, item.isOpened() && !onDisplay, this::look);
    button(line, R.id.open_again, R.string.open_again_label, item, item.standing() == Standing.CRASHED, model::retry);
    button(line, R.id.remove, R.string.remove_label, item, !item.fromApk(), model::remove);
  }

  /** Of several bundles, its words alone would not say to a screen reader's user what a button is for. */
  private void button(View line, int id, int label, BundleItem item, boolean shows, Consumer<String> pressed) {
    View button = line.findViewById(id);
    button.setOnClickListener(v -> pressed.accept(item.name()));
    button.setContentDescription(activity.getString(label, item.title()));
    showIf(shows, button);
  }

  private void look(String name) {
    model.look(name);
    ScrollView page = find(R.id.page);
    page.post(() -> page.smoothScrollTo(0, find(R.id.details).getTop()));
  }

  private String badge(BundleItem item) {
    switch (item.standing()) {
      case UNSEEN:
        return activity.getString(R.string.unseen);
      case CRASHED:
        return activity.getString(R.string.crashed);
      case REFUSED:
        return activity.getString(R.string.refused, item.refusal());
      default:
        return selfTest(item);
    }
  }

  private String selfTest(BundleItem item) {
    BundleItem.SelfTest test = item.selfTest();
    if (test == null) {
      return activity.getString(item.summary().asksAnother() ? R.string.self_test_elsewhere : R.string.self_test_none);
    }
    int failed = test.problems().size();
    return test.passed() ? activity.getString(R.string.self_test_passed, test.cases())
        : activity.getResources().getQuantityString(
            R.plurals.self_test_failed, failed, failed, test.cases(), Plain.line(test.problems().get(0)));
  }

  private void renderDetails(BundlesState state) {
    BundleItem item = state.onDisplay();
    showIf(item != null, find(R.id.details));
    if (item == null) {
      return;
    }
    boolean inUse = item.name().equals(state.chosen());
    String point = inUse ? chosenPoint(item) : null;
    this.<TextView>find(R.id.looked_name).setText(item.title());
    this.<TextView>find(R.id.measured).setText(activity.getString(
        inUse ? R.string.measured : R.string.measured_of_another, item.points().get(0).samples()));
    this.<CurveView>find(R.id.curve).show(item.points(), point, inUse ? picked -> choosePoint(picked.name()) : null);
    List<Choices.Choice> choices = new ArrayList<>();
    for (CostPoint each : item.points()) {
      String words = each.dominated() ? activity.getString(R.string.point_dominated, pointLine(each)) : pointLine(each);
      choices.add(new Choices.Choice(words, each.name().equals(point), inUse, () -> choosePoint(each.name())));
    }
    Choices.show(find(R.id.points), choices);
    this.<CardView>find(R.id.card).show(item.card() == null ? activity.getString(R.string.no_card) : item.card());
  }

  private String pointLine(CostPoint point) {
    String name = Plain.name(point.name());
    String accuracy = Numbers.percent(point.accuracy());
    String macs = Numbers.count(point.macs());
    String share = Numbers.percent(point.share());
    StaticNetwork other = point.beside();
    return other == null ? activity.getString(R.string.point_line, name, accuracy, macs, share)
        : activity.getString(R.string.point_line_beside, name, accuracy, macs,
            Numbers.percent(point.macs() / other.macs()), share);
  }

  /** The point that answers are asked for at; null in automatic mode, where none is chosen. */
  private String chosenPoint(BundleItem item) {
    BudgetSettings settings = budget.settings().get();
    boolean known = item.points().stream().anyMatch(point -> point.name().equals(settings.point()));
    return settings.choice() == BudgetSettings.Choice.AUTOMATIC ? null
        : known ? settings.point() : item.summary().defaultPoint();
  }

  private void choosePoint(String name) {
    budget.set(budget.settings().get().withPoint(name));
  }
}
