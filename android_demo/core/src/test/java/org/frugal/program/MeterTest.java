package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.frugal.Budget;
import org.frugal.Cancel;
import org.frugal.NoAnswerException;
import org.frugal.Reason;
import org.junit.jupiter.api.Test;

/** What a run has spent against what it is allowed, on numbers and a clock of the test's own. */
class MeterTest {
  private static final long MILLI = 1_000_000;
  /** What is done otherwise costs nothing. */
  private static final double[] NOTHING = new double[CostsAhead.UNITS];
  private final Meter meter = new Meter();

  @Test
  void withoutABudgetNothingIsLate() {
    meter.start(5, null);
    assertFalse(meter.limited);
    assertFalse(1e300 > meter.left(Long.MAX_VALUE, NOTHING, false));
  }

  @Test
  void anAllowanceIsReachedExactly() {
    meter.start(10 * MILLI, Budget.latencyMillis(4));
    assertTrue(meter.limited);
    assertFalse(0 > meter.left(14 * MILLI, NOTHING, false));
    assertTrue(0 > meter.left(14 * MILLI + 1, NOTHING, false));
    assertFalse(2 * MILLI > meter.left(12 * MILLI, NOTHING, false));
    assertTrue(2 * MILLI + 1 > meter.left(12 * MILLI, NOTHING, false));
  }

  @Test
  void whatIsDoneOtherwiseHasItsTimeKept() {
    double[] otherwise = {MILLI, 0, 0, 0, MILLI / 2};
    meter.start(10 * MILLI, Budget.latencyMillis(8).withDeadlineMillis(20), 2);
    // 8 ms, of which 3 are over; twice 1 ms here and .5 elsewhere for the other way.
    assertEquals(2.5 * MILLI, meter.left(13 * MILLI, otherwise, true));
    assertEquals(5 * MILLI, meter.left(13 * MILLI, otherwise, false));
    assertEquals(17 * MILLI, meter.left(13 * MILLI, null, true));
    meter.start(10 * MILLI, Budget.macs(1), 2);
    assertEquals(Double.POSITIVE_INFINITY, meter.left(13 * MILLI, otherwise, true));
  }

  @Test
  void aBudgetOfOneUnitLeavesTheOthersFree() {
    meter.start(0, Budget.macs(7));
    assertFalse(0 > meter.left(Long.MAX_VALUE, NOTHING, false));
    assertEquals(7, meter.macsLimit);
    assertEquals(Double.POSITIVE_INFINITY, meter.energyLimit);
    meter.start(0, new Budget(1.0, null, 3.0));
    assertEquals(Double.POSITIVE_INFINITY, meter.macsLimit);
    assertEquals(1e6, meter.latencyLimit);
    assertEquals(3, meter.energyLimit);
  }

  @Test
  void aClockThatHasPassedItsEndIsNoTrouble() {
    // System.nanoTime() may be any number: between these two are 4 ms.
    meter.start(Long.MAX_VALUE - MILLI, Budget.latencyMillis(5));
    long now = Long.MAX_VALUE - MILLI + 4 * MILLI;
    assertTrue(now < 0);
    assertFalse(MILLI > meter.left(now, NOTHING, false));
    assertTrue(MILLI + 1 > meter.left(now, NOTHING, false));
    assertDoesNotThrow(() -> meter.check(now));
  }

  @Test
  void aRunWithoutAnAnswerEndsASecondBehindItsDeadline() {
    meter.start(0, Budget.latencyMillis(5));
    assertDoesNotThrow(() -> meter.check(1005 * MILLI));
    NoAnswerException error = assertThrows(NoAnswerException.class, () -> meter.check(1005 * MILLI + 1));
    assertFalse(error.isCancelled());
    assertEquals("run: expected an answer within 1005 ms, received none after 1005 ms",
        error.getMessage());
    meter.answered = true;
    assertDoesNotThrow(() -> meter.check(3600_000 * MILLI));
    // The next run has to find its own answer.
    meter.start(0, Budget.latencyMillis(5));
    assertThrows(NoAnswerException.class, () -> meter.check(2000 * MILLI));
  }

  @Test
  void aDeadlineIsTheEndInThePlaceOfTheSecond() {
    meter.start(0, Budget.latencyMillis(5).withDeadlineMillis(8));
    assertEquals(5e6, meter.latencyLimit);
    assertDoesNotThrow(() -> meter.check(8 * MILLI));
    NoAnswerException error = assertThrows(NoAnswerException.class, () -> meter.check(9 * MILLI));
    assertEquals("run: expected an answer within 8 ms, received none after 9 ms", error.getMessage());
    assertEquals("latency", error.reason());
    // Exits look at the lesser of both.
    meter.start(0, Budget.latencyMillis(5).withDeadlineMillis(3));
    assertEquals(Reason.LATENCY, meter.beyond(2 * MILLI, new double[] {MILLI + 1, 0, 0, 0, 0}));
    assertEquals(null, meter.beyond(2 * MILLI, new double[] {MILLI, 0, 0, 0, 0}));
    meter.start(0, Budget.UNLIMITED.withDeadlineMillis(3));
    assertEquals(3e6, meter.latencyLimit);
    meter.answered = true;
    assertDoesNotThrow(() -> meter.check(3600_000 * MILLI));
  }

  @Test
  void bytesAreLookedAtLast() {
    meter.start(0, new Budget(1.0, 5.0, 5.0, null, 7.0, null));
    meter.sent += 4;
    assertFalse(meter.isTooMuchToSend(3));
    assertTrue(meter.isTooMuchToSend(4));
    assertEquals(null, meter.beyond(0, new double[] {0, 0, 0, 3, 0}));
    assertEquals(Reason.BYTES, meter.beyond(0, new double[] {0, 5, 5, 4, 0}));
    assertEquals(Reason.ENERGY, meter.beyond(0, new double[] {0, 5, 6, 4, 0}));
    meter.start(0, Budget.macs(1));
    assertEquals(0, meter.sent);
    assertFalse(meter.isTooMuchToSend(1e18));
    meter.start(0, null);
    assertFalse(meter.isTooMuchToSend(1e18));
  }

  @Test
  void cancellingEndsARunThatCouldAnswerToo() {
    Cancel cancel = new Cancel();
    meter.start(0, Budget.macs(1).withCancel(cancel));
    meter.answered = true;
    assertDoesNotThrow(() -> meter.check(0));
    assertFalse(cancel.isCancelled());
    cancel.cancel();
    assertTrue(assertThrows(NoAnswerException.class, () -> meter.check(0)).isCancelled());
    cancel.cancel();
    assertTrue(cancel.isCancelled(), "it stays set");
  }

  @Test
  void aCancelOfTheLastRunIsForgotten() {
    Cancel cancel = new Cancel();
    meter.start(0, Budget.UNLIMITED.withCancel(cancel));
    meter.start(0, Budget.macs(1));
    cancel.cancel();
    assertDoesNotThrow(() -> meter.check(0));
  }

  @Test
  void spendingAddsUpAndStartsAnew() {
    meter.start(0, Budget.macs(1));
    meter.spend(3, 0.5);
    meter.spend(4, 0.25);
    assertEquals(7, meter.macs());
    assertEquals(0.75, meter.energy);
    meter.start(0, null);
    assertEquals(0, meter.macs());
    assertEquals(0, meter.energy);
  }

  @Test
  void howLateARunIsIsToldInMilliseconds() {
    meter.start(0, Budget.latencyMillis(0.5));
    // A second after half a millisecond; a nanosecond more has no place in six digits.
    NoAnswerException error = assertThrows(NoAnswerException.class, () -> meter.check(2601 * MILLI + 1));
    assertEquals("run: expected an answer within 1000.5 ms, received none after 2601 ms", error.getMessage());
  }
}
