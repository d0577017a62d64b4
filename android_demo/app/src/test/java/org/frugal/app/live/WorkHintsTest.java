package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.os.Build;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.util.ReflectionHelpers;

/** What Android is told of answers, and by whom. */
@RunWith(RobolectricTestRunner.class)
public class WorkHintsTest {
  private final List<String> told = new ArrayList<>();

  /** Notes what it is told. */
  private final class Noted implements WorkHints.Session {
    @Override
    public void target(long nanos) {
      told.add("target " + nanos);
    }

    @Override
    public void took(long nanos) {
      told.add("took " + nanos);
    }

    @Override
    public void close() {
      told.add("close");
    }
  }

  private WorkHints noted() {
    return new WorkHints(nanos -> {
      told.add("open " + nanos);
      return new Noted();
    });
  }

  @Test
  public void everyAnswerIsToldBesideItsTarget() {
    WorkHints hints = noted();
    hints.answered(5.0, 4_000_000);
    hints.answered(5.0, 6_000_000);
    hints.answered(2.5, 0);
    assertEquals(
        List.of("open 5000000", "took 4000000", "took 6000000", "target 2500000", "took 1"), told);
  }

  @Test
  public void withoutATargetNothingIsTold() {
    WorkHints hints = noted();
    hints.answered(null, 1);
    assertTrue(told.isEmpty());
    hints.answered(1.0, 7);
    hints.answered(null, 8);
    hints.answered(1.0, 9);
    assertEquals(List.of("open 1000000", "took 7", "close", "open 1000000", "took 9"), told);
  }

  @Test
  public void aPhoneThatTakesNoHintsIsAskedOnceForATarget() {
    WorkHints hints = new WorkHints(nanos -> {
      told.add("open " + nanos);
      return null;
    });
    hints.answered(1.0, 7);
    hints.answered(1.0, 8);
    hints.answered(2.0, 9);
    assertEquals(List.of("open 1000000", "open 2000000"), told);
  }

  @Test
  public void anAndroidWithoutHintsIsNotAsked() {
    int now = Build.VERSION.SDK_INT;
    WorkHints hints = WorkHints.of(RuntimeEnvironment.getApplication());
    hints.answered(1.0, 7);
    try {
      ReflectionHelpers.setStaticField(Build.VERSION.class, "SDK_INT", Build.VERSION_CODES.R);
      hints.answered(2.0, 7);
    } finally {
      ReflectionHelpers.setStaticField(Build.VERSION.class, "SDK_INT", now);
    }
  }
}
