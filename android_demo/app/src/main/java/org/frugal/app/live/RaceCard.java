package org.frugal.app.live;

import android.view.View;
import android.widget.ProgressBar;
import android.widget.TextView;
import java.util.Objects;
import org.frugal.app.MainActivity;
import org.frugal.app.Numbers;
import org.frugal.app.R;
import org.frugal.app.Screen;
import org.frugal.app.live.RaceState.Lane;

/** A race of the chain against its static network: a button, two lanes, and what came of it. */
final class RaceCard {
  private final MainActivity activity;
  private final View view;
  private final RaceModel model;
  private LiveState live = LiveState.START;

  RaceCard(MainActivity activity, View view, RaceModel model) {
    this.activity = activity;
    this.view = view;
    this.model = model;
    view.findViewById(R.id.race).setOnClickListener(
        v -> model.start(live.bundle().name(), live.answer().decision().name()));
  }

  /** There is one where an answer is, a static network, and samples. */
  void show(LiveState state) {
    live = state;
    boolean possible = state.answer() != null && model.isPossible(state.bundle());
    Screen.showIf(possible, view.findViewById(R.id.race_card));
    show(model.state().get());
  }

  void show(RaceState race) {
    boolean own = live.bundle() != null && Objects.equals(race.of(), live.bundle().name());
    view.findViewById(R.id.race).setEnabled(!race.running());
    Screen.showIf(own && race.count() > 0, view.findViewById(R.id.race_lanes));
    lane(R.id.race_chain, R.id.race_chain_words, R.string.race_chain, race.chain(), race.count());
    lane(R.id.race_static, R.id.race_static_words, R.string.race_static, race.whole(), race.count());
    TextView end = view.findViewById(R.id.race_end);
    boolean over = own && !race.running() && (race.problem() != null || race.count() > 0);
    Screen.showIf(over, end);
    end.setText(over ? words(race) : "");
  }

  private void lane(int bar, int words, int sentence, Lane lane, int count) {
    view.<ProgressBar>findViewById(bar).setMax(Math.max(1, count));
    view.<ProgressBar>findViewById(bar).setProgress(lane.answered());
    view.<TextView>findViewById(words).setText(
        activity.getString(sentence, lane.answered(), lane.right(), Numbers.millis(lane.millis())));
  }

  private String words(RaceState race) {
    if (race.problem() != null) {
      return race.problem();
    }
    int chain = race.chain().answered();
    int whole = race.whole().answered();
    return activity.getString(
        chain > whole ? R.string.race_won : chain < whole ? R.string.race_lost : R.string.race_even,
        Math.max(chain, whole), Math.min(chain, whole));
  }
}
