package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.widget.RadioButton;
import android.widget.RadioGroup;
import java.io.IOException;
import java.util.List;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** A bundle of two tasks, "which" of three labels and "whether" of two: who asks says which. */
@RunWith(RobolectricTestRunner.class)
public class TasksOnScreenTest {
  private static OnScreen opened() throws IOException {
    OnScreen screen = OnScreen.at(R.id.tab_bundles);
    screen.pick(R.id.add, new ZipBundles("../families/toy_tasks").bytes());
    screen.click(R.id.tab_live);
    return screen;
  }

  private static LiveState state() {
    return OnScreen.app().live().state().get();
  }

  private static void ask(OnScreen screen, int task) {
    ((RadioButton) screen.<RadioGroup>find(R.id.tasks).getChildAt(task)).performClick();
    OnScreen.settle();
  }

  @Test
  public void theTasksAreThereToChooseAndASampleIsAskedItsOwn() throws IOException {
    try (OnScreen screen = opened()) {
      assertEquals(List.of("which", "whether"), state().bundle().asks().names());
      RadioGroup tasks = screen.find(R.id.tasks);
      assertEquals(2, tasks.getChildCount());
      LiveState.Sample first = state().bundle().samples().get(0);
      assertEquals(0, state().task());
      assertEquals(first.expected(), state().answer().name());
      int last = state().bundle().samples().size() - 1;
      OnScreen.app().live().chooseSample(last);
      OnScreen.settle();
      assertEquals("the last picture's own task", 1, state().task());
      assertTrue(((RadioButton) tasks.getChildAt(1)).isChecked());
      assertEquals(state().bundle().samples().get(last).expected(), state().answer().name());
      assertTrue(screen.text(R.id.caption), screen.text(R.id.caption).contains("expected"));
    }
  }

  @Test
  public void anotherTaskIsAnsweredByItsOwnPartAndNothingIsExpectedOfIt() throws IOException {
    try (OnScreen screen = opened()) {
      assertEquals("which", state().answer().path().exit());
      ask(screen, 1);
      assertEquals("whether", state().answer().path().exit());
      assertTrue(List.of("a", "b").contains(state().answer().name()));
      assertFalse(screen.text(R.id.caption).contains("expected"));
      ask(screen, 0);
      assertEquals("which", state().answer().path().exit());
    }
  }

  @Test
  public void whatIsAskedOutlivesTheProcess() throws IOException {
    try (OnScreen screen = opened()) {
      ask(screen, 1);
      android.os.Bundle saved = new android.os.Bundle();
      OnScreen.app().live().save(saved);
      ask(screen, 0);
      OnScreen.app().live().restore(saved);
      assertEquals(1, state().task());
    }
  }

  @Test
  public void aBundleOfOneTaskHasNothingToChoose() {
    try (OnScreen screen = OnScreen.at(R.id.tab_live)) {
      assertFalse(screen.shows(R.id.tasks));
      assertEquals(Question.NONE, state().bundle().asks());
    }
  }
}
