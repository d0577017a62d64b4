package org.frugal.app.teach;

import android.content.Intent;
import android.view.View;
import android.view.ViewGroup;
import android.widget.EditText;
import android.widget.TextView;
import java.util.List;
import org.frugal.app.MainActivity;
import org.frugal.app.Plain;
import org.frugal.app.R;
import org.frugal.app.Screen;
import org.frugal.app.teach.TeachModel.Request;
import org.frugal.app.teach.TeachState.Asked;

/** The classes that the bundle in use knows: renamed, deleted, exported, imported, or again as they came. */
final class ClassesCard {
  private static final String ANY = "*/*";
  /** Nobody has a type for it, and one that a picker knows would be changed by it. */
  private static final String TYPE = "application/octet-stream";

  private final MainActivity activity;
  private final View view;
  private final TeachModel model;
  private List<String> shownLabels;
  private Asked shownAsked;

  ClassesCard(MainActivity activity, View view, TeachModel model) {
    this.activity = activity;
    this.view = view;
    this.model = model;
    view.findViewById(R.id.classes_import).setOnClickListener(v -> choose());
    view.findViewById(R.id.classes_export).setOnClickListener(v -> create());
    view.findViewById(R.id.classes_reset).setOnClickListener(v -> model.classes().reset());
  }

  private void choose() {
    model.setPending(Request.IMPORT);
    activity.pick(new Intent(Intent.ACTION_GET_CONTENT).setType(ANY));
  }

  private void create() {
    model.setPending(Request.EXPORT);
    TeachState now = model.state().get();
    activity.pick(new Intent(Intent.ACTION_CREATE_DOCUMENT).setType(TYPE)
        .putExtra(Intent.EXTRA_TITLE, now.bundle() + "." + now.what().table() + ".rows"));
  }

  void show(TeachState state) {
    boolean free = state.learning() == null;
    for (int id : new int[] {R.id.classes_import, R.id.classes_export, R.id.classes_reset}) {
      view.findViewById(id).setEnabled(free);
    }
    this.<TextView>find(R.id.classes_words).setText(
        activity.getString(R.string.classes_words, state.labels().size(), state.what().capacity()));
    // A name that is being typed would be lost, and so would the place of a screen reader.
    if (!state.labels().equals(shownLabels) || !java.util.Objects.equals(state.asked(), shownAsked)) {
      shownLabels = state.labels();
      shownAsked = state.asked();
      fill(state);
    }
  }

  private <T extends View> T find(int id) {
    return view.findViewById(id);
  }

  private void fill(TeachState state) {
    ViewGroup items = find(R.id.class_items);
    items.removeAllViews();
    for (String label : state.labels()) {
      View item = activity.getLayoutInflater().inflate(R.layout.class_item, items, false);
      Asked asked = state.asked() != null && state.asked().label().equals(label) ? state.asked() : null;
      fill(item, label, asked);
      items.addView(item);
    }
  }

  private void fill(View item, String label, Asked asked) {
    boolean renames = asked != null && asked.rename();
    boolean deletes = asked != null && !asked.rename();
    String name = Plain.name(label);
    item.<TextView>findViewById(R.id.class_name).setText(name);
    EditText typed = item.findViewById(R.id.class_new_name);
    typed.setText(label);
    TextView question = item.findViewById(R.id.class_question);
    question.setText(R.string.delete_question);
    Screen.showIf(renames, typed);
    Screen.showIf(deletes, question);
    ClassesModel classes = model.classes();
    String rename = activity.getString(R.string.rename_label, name);
    String delete = activity.getString(R.string.delete_label, name);
    button(item, R.id.class_rename, asked == null, rename, () -> classes.ask(new Asked(label, true)));
    button(item, R.id.class_delete, asked == null, delete, () -> classes.ask(new Asked(label, false)));
    button(item, R.id.class_save, renames, null, () -> classes.rename(label, typed.getText().toString()));
    button(item, R.id.class_really, deletes, delete, () -> classes.remove(label));
    button(item, R.id.class_keep, asked != null, null, () -> classes.ask(null));
  }

  /** Of several classes, its words alone would not say to a screen reader's user what a button is for. */
  private static void button(View item, int id, boolean shows, String label, Runnable pressed) {
    View button = item.findViewById(id);
    button.setContentDescription(label);
    button.setOnClickListener(v -> pressed.run());
    Screen.showIf(shows, button);
  }
}
