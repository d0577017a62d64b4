package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;

import java.util.List;
import java.util.Map;
import org.frugal.Picture;
import org.frugal.app.live.LiveState.Loaded;
import org.frugal.app.live.LiveState.Sample;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.LiveState.Source;
import org.frugal.bundle.Numbers;
import org.junit.Test;

/** What is on the screen after each thing that a person can do. */
public class LiveStateTest {
  private static final Shown DOT = new Shown(new int[] {0xFF000000}, 1, 1);
  private static final Question TASKS = new Question("task", List.of("digit", "parity"), 0);
  private static final Sample SAMPLE = new Sample(Picture.grey(new byte[1], 1, 1), DOT, "3", Map.of());
  private static final Loaded DIGITS = new Loaded("digits", null, List.of(), List.of(SAMPLE, SAMPLE, SAMPLE), true, TASKS);
  private static final Loaded CATS = new Loaded("cats", null, List.of(), List.of(SAMPLE), false, Question.NONE);

  private final LiveState open = LiveState.START.with(DIGITS);

  @Test
  public void samplesGoRound() {
    assertEquals(0, open.sample());
    assertEquals(2, open.withSample(-1).sample());
    assertEquals(0, open.withSample(3).sample());
    assertEquals("without a bundle there are none", 0, LiveState.START.withSample(5).sample());
  }

  @Test
  public void anotherBundleBeginsWithItsFirstSample() {
    LiveState second = open.withSample(2);
    assertEquals(0, second.with(CATS).sample());
    assertEquals("the same once more", 2, second.with(DIGITS).sample());
    Loaded shorter = new Loaded("digits", null, List.of(), List.of(SAMPLE), true, TASKS);
    assertEquals("the same with fewer samples", 0, second.with(shorter).sample());
  }

  @Test
  public void thePadGoesAwayWithTheDigits() {
    LiveState pad = open.with(Source.PAD);
    assertEquals(Source.PAD, pad.with(DIGITS).source());
    assertEquals(Source.SAMPLE, pad.with(CATS).source());
    assertEquals(Source.CAMERA, open.with(Source.CAMERA).with(CATS).source());
  }

  @Test
  public void withoutABundleThereIsNothingToShowAndNothingToDrawFor() {
    LiveState none = open.withSample(1).with(DOT, null).withoutBundle();
    assertNull(none.bundle());
    assertNull(none.shown());
    assertEquals(0, none.sample());
    assertEquals(Source.SAMPLE, open.with(Source.PAD).withoutBundle().source());
    assertEquals(Source.CAMERA, open.with(Source.CAMERA).withoutBundle().source());
  }

  @Test
  public void aPictureThatAPersonPickedIsAskedOfTheNextBundleToo() {
    LiveState picked = open.with(Source.GALLERY).with(DOT, null);
    assertSame(DOT, picked.with(CATS).shown());
    assertSame(DOT, picked.withoutBundle().shown());
    assertSame("it came before any was open", DOT,
        LiveState.START.with(Source.GALLERY).with(DOT, null).with(DIGITS).shown());
    assertNull("a sample is its bundle's", open.with(DOT, null).with(CATS).shown());
  }

  @Test
  public void whatAProcessThatIsGoneHadChosenIsChosen() {
    assertEquals(2, LiveState.restored(Source.SAMPLE, 2, 1).with(DIGITS).sample());
    assertEquals("another bundle now", 0, LiveState.restored(Source.SAMPLE, 2, 1).with(CATS).sample());
    assertEquals(Source.PAD, LiveState.restored(Source.PAD, 0, 0).with(DIGITS).source());
  }

  @Test
  public void whatIsAskedStaysWithTheBundleAndWithinIt() {
    assertEquals(1, LiveState.restored(Source.SAMPLE, 0, 1).with(DIGITS).task());
    assertEquals("no such task now", 0, LiveState.restored(Source.SAMPLE, 0, 7).with(DIGITS).task());
    LiveState second = open.withTask(1);
    assertEquals(Map.of("task", Numbers.of(1)), second.asking());
    assertEquals("the same bundle once more", 1, second.with(DIGITS).task());
    assertEquals("nothing to choose", Map.of(), second.with(CATS).asking());
    assertEquals("a sample has its own", 0, second.withSample(1).task());
    assertEquals(List.of("3", ""), List.of(open.expected(), second.expected()));
  }

  @Test
  public void aProblemTakesTheAnswerAwayAndAnAnswerTheProblem() {
    LiveState failed = open.with(DOT, null).withProblem("too new");
    assertSame(DOT, failed.shown());
    assertNull(failed.answer());
    assertEquals("too new", failed.problem());
    assertNull(failed.with(DOT, null).problem());
    assertNull("another source may work", failed.with(Source.GALLERY).problem());
    assertNull(failed.with(CATS).problem());
  }
}
