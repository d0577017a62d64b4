package org.frugal.app.budget;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.os.Handler;
import android.os.Looper;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.frugal.governor.Ceiling;
import org.frugal.governor.Decision;
import org.frugal.governor.Reading;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.shadows.ShadowLooper;

/** How a trace is played: ten steps a second. */
@RunWith(RobolectricTestRunner.class)
public class TracePlayerTest {
  private final TracePlayer player = new TracePlayer(new Handler(Looper.getMainLooper()));

  @Test
  public void itStepsTenTimesASecondAndStopsAtTheEnd() {
    player.load("mine", frames(5));
    assertEquals(-1, at());
    player.play();
    assertEquals("at once", 0, at());
    pass(300);
    assertEquals(3, at());
    assertTrue(player.state().get().playing());
    pass(5000);
    assertEquals("the last", 4, at());
    assertFalse(player.state().get().playing());
    player.play();
    assertEquals("from the start", 0, at());
  }

  @Test
  public void withoutATraceThereIsNothingToPlay() {
    player.play();
    pass(500);
    assertEquals(-1, at());
    assertFalse(player.state().get().playing());
  }

  @Test
  public void aTapWhileItPlaysDoesNotDoubleItsSpeed() {
    player.load("mine", frames(50));
    player.play();
    player.play();
    pass(300);
    assertEquals(3, at());
    player.stop();
    player.play();
    pass(300);
    assertEquals("and neither does stopping in between", 7, at());
  }

  @Test
  public void theSameTraceGoesOnUnderOtherDecisionsAndAnotherBeginsAnew() {
    player.load("mine", frames(50));
    player.play();
    pass(300);
    player.load("mine", frames(50));
    assertEquals(3, at());
    assertTrue(player.state().get().playing());
    player.load("mine", frames(40));
    assertEquals("another of the same words", -1, at());
    assertFalse(player.state().get().playing());
    pass(500);
    assertEquals(-1, at());
  }

  @Test
  public void aProblemStopsItAndTheNextTraceTakesTheProblemAway() {
    player.load("mine", frames(50));
    player.play();
    player.show("no trace");
    assertEquals("no trace", player.state().get().problem());
    assertFalse(player.state().get().playing());
    pass(500);
    assertEquals("it stays where it was", 0, at());
    player.load("other", frames(2));
    assertNull(player.state().get().problem());
  }

  private int at() {
    return player.state().get().step();
  }

  private static void pass(long millis) {
    ShadowLooper.idleMainLooper(millis, TimeUnit.MILLISECONDS);
  }

  private static List<Trace.Frame> frames(int count) {
    return Collections.nCopies(count, new Trace.Frame(Reading.UNKNOWN, new Decision(0, "fast", Ceiling.BEST)));
  }
}
