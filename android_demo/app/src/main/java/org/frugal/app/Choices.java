package org.frugal.app;

import android.view.LayoutInflater;
import android.view.View;
import android.widget.RadioButton;
import android.widget.RadioGroup;
import java.util.List;

/** A group of radio buttons that is made of data. */
public final class Choices {
  private Choices() {}

  /** One of them; at most one of a group is chosen. */
  public record Choice(String text, boolean chosen, boolean enabled, Runnable whenPicked) {
    public Choice(String text, boolean chosen, Runnable whenPicked) {
      this(text, chosen, true, whenPicked);
    }
  }

  /** Shows what there is to choose between. Buttons that can stay do: the focus of a keyboard or a reader is there. */
  public static void show(RadioGroup group, List<Choice> all) {
    while (group.getChildCount() > all.size()) {
      group.removeViewAt(group.getChildCount() - 1);
    }
    int chosen = View.NO_ID;
    for (int i = 0; i < all.size(); i++) {
      Choice choice = all.get(i);
      RadioButton button = i < group.getChildCount() ? (RadioButton) group.getChildAt(i) : added(group);
      button.setText(choice.text());
      button.setEnabled(choice.enabled());
      button.setOnClickListener(v -> choice.whenPicked().run());
      chosen = choice.chosen() ? button.getId() : chosen;
    }
    group.check(chosen);
  }

  private static RadioButton added(RadioGroup group) {
    LayoutInflater inflater = LayoutInflater.from(group.getContext());
    RadioButton button = (RadioButton) inflater.inflate(R.layout.point, group, false);
    button.setId(View.generateViewId());
    group.addView(button);
    return button;
  }
}
