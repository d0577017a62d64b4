package org.frugal.app.teach;

import android.text.Editable;
import android.text.TextWatcher;
import android.view.View;
import android.view.ViewGroup;
import android.widget.EditText;
import android.widget.ProgressBar;
import android.widget.TextView;
import java.util.List;
import org.frugal.Event.Corners;
import org.frugal.app.MainActivity;
import org.frugal.app.R;
import org.frugal.app.Screen;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.PictureView;
import org.frugal.app.teach.TeachState.Progress;

/** The name and the pictures of the next class, the box on one of them, and what is lacking still. */
final class DraftCard {
  private final MainActivity activity;
  private final View view;
  private final TeachModel model;
  private List<Example> shownExamples = List.of();
  private boolean rendering;

  DraftCard(MainActivity activity, View view, TeachModel model) {
    this.activity = activity;
    this.view = view;
    this.model = model;
    this.<EditText>find(R.id.teach_name).addTextChangedListener(new TextWatcher() {
      @Override
      public void beforeTextChanged(CharSequence text, int start, int count, int after) {}

      @Override
      public void onTextChanged(CharSequence text, int start, int before, int count) {}

      @Override
      public void afterTextChanged(Editable text) {
        if (!rendering) {
          model.setName(text.toString());
        }
      }
    });
    find(R.id.box_whole).setOnClickListener(v ->
        model.setBox(model.state().get().selected(), this.<BoxPad>find(R.id.box_pad).whole()));
    find(R.id.remove_picture).setOnClickListener(v -> model.remove(model.state().get().selected()));
    find(R.id.next_picture).setOnClickListener(v -> model.select(-1));
    find(R.id.learn).setOnClickListener(v -> model.learn());
    find(R.id.stop_learning).setOnClickListener(v -> model.cancel());
  }

  private <T extends View> T find(int id) {
    return view.findViewById(id);
  }

  void show(TeachState state) {
    rendering = true;
    boolean free = state.learning() == null;
    EditText name = find(R.id.teach_name);
    if (!name.getText().toString().equals(state.draft().name())) {
      name.setText(state.draft().name());
    }
    name.setEnabled(free);
    showBoxPad(state);
    showExamples(state);
    this.<TextView>find(R.id.lack).setText(words(state));
    Progress learning = state.learning();
    ProgressBar bar = find(R.id.learning);
    Screen.showIf(!free, bar, find(R.id.stop_learning));
    if (!free) {
      bar.setMax(learning.of());
      bar.setProgress(learning.done());
    }
    Screen.showIf(free, find(R.id.learn));
    find(R.id.learn).setEnabled(state.ready());
    rendering = false;
  }

  private void showBoxPad(TeachState state) {
    Example looked = state.looked();
    BoxPad pad = find(R.id.box_pad);
    boolean asks = looked != null && state.what().asksBox();
    Screen.showIf(looked != null, pad, find(R.id.remove_picture), find(R.id.next_picture));
    Screen.showIf(asks, find(R.id.box_whole));
    if (looked == null) {
      return;
    }
    Shown shown = looked.shown();
    int place = state.selected();
    Corners seen = state.what().window(shown).inPicture(new Corners(0, 0, 1, 1), shown.rows(), shown.columns());
    pad.show(shown, seen, looked.box(), asks && state.learning() == null ? box -> model.setBox(place, box) : null);
    pad.setContentDescription(asks ? activity.getString(R.string.box_label, place + 1)
        : activity.getString(R.string.looked_hint, place + 1, state.draft().examples().size()));
  }

  /** The small pictures; those that can stay do. */
  private void showExamples(TeachState state) {
    List<Example> examples = state.draft().examples();
    ViewGroup small = find(R.id.examples);
    while (small.getChildCount() > examples.size()) {
      small.removeViewAt(small.getChildCount() - 1);
    }
    for (int i = 0; i < examples.size(); i++) {
      boolean fresh = i >= small.getChildCount();
      View item = fresh ? activity.getLayoutInflater().inflate(R.layout.example, small, false) : small.getChildAt(i);
      if (fresh) {
        small.addView(item);
      }
      int place = i;
      item.setSelected(i == state.selected());
      item.setOnClickListener(v -> model.select(model.state().get().selected() == place ? -1 : place));
      item.setContentDescription(label(state, i));
      if (fresh || i >= shownExamples.size() || !examples.get(i).equals(shownExamples.get(i))) {
        show(item, examples.get(i));
      }
    }
    Screen.showIf(!examples.isEmpty(), small);
    shownExamples = examples;
  }

  private static void show(View item, Example example) {
    List<Corners> box = example.box() == null ? List.of() : List.of(example.box());
    item.<PictureView>findViewById(R.id.example_picture)
        .show(example.shown(), new PictureView.Marks(box, -1, List.of()));
  }

  private String label(TeachState state, int place) {
    boolean boxed = state.draft().examples().get(place).box() != null;
    int words = !state.what().asksBox() ? R.string.example_label
        : boxed ? R.string.example_boxed : R.string.example_unboxed;
    return activity.getString(words, place + 1, state.draft().examples().size());
  }

  private String words(TeachState state) {
    Progress learning = state.learning();
    if (learning != null) {
      return activity.getString(R.string.learning, learning.done(), learning.of());
    }
    Draft draft = state.draft();
    switch (draft.lack(state.what(), state.labels())) {
      case ROOM:
        return activity.getString(R.string.lack_room, state.what().capacity());
      case PICTURES:
        int more = Draft.LEAST - draft.examples().size();
        return activity.getResources().getQuantityString(R.plurals.lack_pictures, more, more);
      case BOX:
        return activity.getString(R.string.lack_box, draft.firstWithoutBox() + 1);
      case NAME:
        return activity.getString(R.string.lack_name);
      case OTHER_NAME:
        return activity.getString(R.string.lack_other_name);
      default:
        return activity.getString(
            draft.examples().size() < Draft.MOST ? R.string.lack_nothing : R.string.lack_most);
    }
  }
}
