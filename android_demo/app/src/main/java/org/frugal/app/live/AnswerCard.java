package org.frugal.app.live;

import android.view.View;
import android.widget.ProgressBar;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import org.frugal.Box;
import org.frugal.Event.Corners;
import org.frugal.app.MainActivity;
import org.frugal.app.Numbers;
import org.frugal.app.Plain;
import org.frugal.app.R;
import org.frugal.app.Screen;
import org.frugal.app.budget.BudgetModel;
import org.frugal.app.budget.Words;
import org.frugal.app.bundles.CostPoint;
import org.frugal.app.bundles.CurveView;
import org.frugal.app.bundles.StaticNetwork;
import org.frugal.app.live.LiveState.Answer;

/** What was answered, the way to it, and the operating point among those that there are. */
final class AnswerCard {
  private static final int MOST_BOXES = 10;

  private final MainActivity activity;
  private final View view;
  private final BudgetModel budget;

  AnswerCard(MainActivity activity, View view, BudgetModel budget) {
    this.activity = activity;
    this.view = view;
    this.budget = budget;
  }

  /** Shows a state's answer; without one it is not there. */
  void show(LiveState state) {
    Answer answer = state.answer();
    Screen.showIf(answer != null, find(R.id.answer_card), find(R.id.curve_card));
    if (answer != null) {
      render(answer, point(state));
      renderCurve(state.bundle().points(), answer.decision().name());
    }
  }

  private <T extends View> T find(int id) {
    return view.findViewById(id);
  }

  private void write(int id, String words) {
    this.<TextView>find(id).setText(words);
    Screen.showIf(!words.isEmpty(), find(id));
  }

  /** The operating point that was answered at; null where the bundle has another one of that name by now. */
  private static CostPoint point(LiveState state) {
    String name = state.answer().decision().name();
    return state.bundle().points().stream().filter(point -> point.name().equals(name)).findFirst().orElse(null);
  }

  private void render(Answer answer, CostPoint at) {
    boolean labelled = answer.name() != null;
    int count = answer.boxes() == null ? 0 : answer.boxes().size();
    write(R.id.answer, labelled ? answer.name()
        : activity.getResources().getQuantityString(R.plurals.boxes, count, count));
    write(R.id.probability, labelled ? activity.getString(R.string.sure, Numbers.percent(answer.probability())) : "");
    write(R.id.boxes, count == 0 ? "" : boxLines(answer.boxes()));
    Screen.showIf(answer.rowsLeftOut(), find(R.id.rows_left_out));
    write(R.id.millis, Numbers.millis(answer.millis()));
    PathDiagram path = answer.path();
    String why = activity.getString(Words.of(answer.reason()), path.exit());
    String held = activity.getString(Words.of(answer.decision().reason()));
    String point = Plain.name(answer.decision().name());
    write(R.id.why, why + " " + activity.getString(R.string.at_point, point, held) + stayed(answer));
    this.<PathView>find(R.id.path).show(path);
    this.<ProgressBar>find(R.id.share).setProgress((int) Math.round(1000 * path.spentShare()));
    String macs = Numbers.count(path.spentMacs());
    String full = activity.getString(R.string.share_of_full, Numbers.percent(path.spentShare()), macs);
    StaticNetwork other = at == null ? null : at.beside();
    write(R.id.share_words, other == null ? full
        : activity.getString(R.string.share_of_static, macs, Numbers.percent(path.spentMacs() / other.macs()),
            other.name(), Numbers.percent(path.spentShare())));
  }

  /** Why no other machine was asked, where one could have been. */
  private String stayed(Answer answer) {
    boolean could = answer.path().blocks().stream().anyMatch(block -> block.state() == PathDiagram.State.FAILED);
    return could && answer.decision().local() != null
        ? " " + activity.getString(Words.of(answer.decision().local())) : "";
  }

  /** A line a box, of the first ones. */
  private String boxLines(List<Box> boxes) {
    List<String> lines = new ArrayList<>();
    for (Box box : boxes.subList(0, Math.min(MOST_BOXES, boxes.size()))) {
      Corners at = box.corners();
      lines.add(activity.getString(
          R.string.box_line, Plain.name(box.name()), Numbers.threeDigits(box.score()), Numbers.percent(at.top()),
          Numbers.percent(at.bottom()), Numbers.percent(at.left()), Numbers.percent(at.right())));
    }
    if (boxes.size() > MOST_BOXES) {
      lines.add(activity.getString(R.string.more_boxes, boxes.size() - MOST_BOXES));
    }
    return String.join("\n", lines);
  }

  /** Of one point alone there is no curve. */
  private void renderCurve(List<CostPoint> points, String present) {
    Screen.showIf(points.size() > 1, find(R.id.curve_card));
    this.<CurveView>find(R.id.live_curve)
        .show(points, present, picked -> budget.set(budget.settings().get().withPoint(picked.name())));
    points.stream().filter(point -> point.name().equals(present)).findFirst()
        .ifPresent(point -> write(R.id.curve_words, pointWords(point)));
  }

  private String pointWords(CostPoint point) {
    String now = activity.getString(
        R.string.point_now, Plain.name(point.name()), Numbers.percent(point.accuracy()), Numbers.count(point.macs()));
    StaticNetwork other = point.beside();
    return other == null ? now : now + " " + activity.getString(
        R.string.point_beside, Numbers.percent(point.macs() / other.macs()), other.name(),
        Numbers.percent(other.accuracy()));
  }
}
