package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertSame;

import android.content.Context;
import android.view.View;
import android.widget.RadioButton;
import android.widget.RadioGroup;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** What all screens have in common: they watch while they are shown, and offer choices. */
@RunWith(RobolectricTestRunner.class)
public class ScreenTest {
  private final Context context = RuntimeEnvironment.getApplication();
  private final List<String> seen = new ArrayList<>();

  @Test
  public void aScreenWatchesFromWhenItIsShownUntilItIsHidden() {
    Watched<String> value = new Watched<>("one");
    Screen screen = new Screen(null, null, new View(context)) {};
    screen.watch(value, seen::add);
    value.set("two");
    assertEquals("it is not on display yet", List.of(), seen);
    screen.show();
    value.set("three");
    screen.hide();
    value.set("four");
    screen.show();
    assertEquals(List.of("two", "three", "four"), seen);
    screen.hide();
    value.set("five");
    assertEquals("once is enough", 3, seen.size());
  }

  @Test
  public void choicesCanBeMadeAndTakenBack() {
    RadioGroup group = new RadioGroup(context);
    Choices.show(group, List.of(choice("a", false), choice("b", true), choice("c", false)));
    assertEquals("b", chosen(group));
    group.getChildAt(2).performClick();
    assertEquals(List.of("c"), seen);
    View first = group.getChildAt(0);
    Choices.show(group, List.of(choice("a", false), choice("x", false)));
    assertEquals("nobody has chosen any of these", "", chosen(group));
    assertEquals(2, group.getChildCount());
    assertSame(first, group.getChildAt(0));
    group.getChildAt(1).performClick();
    assertEquals("its present meaning counts", List.of("c", "x"), seen);
    Choices.show(group, List.of());
    Choices.show(group, List.of(choice("y", true)));
    assertNotSame(first, group.getChildAt(0));
    assertEquals("y", chosen(group));
  }

  private Choices.Choice choice(String name, boolean chosen) {
    return new Choices.Choice(name, chosen, () -> seen.add(name));
  }

  /** The names of all buttons that are on: one, or none. */
  private static String chosen(RadioGroup group) {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < group.getChildCount(); i++) {
      RadioButton button = (RadioButton) group.getChildAt(i);
      names.append(button.isChecked() ? button.getText() : "");
    }
    assertFalse(names.length() > 1);
    return names.toString();
  }
}
