package org.frugal.app.budget;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.frugal.Reason;
import org.frugal.governor.Ceiling;
import org.frugal.governor.Decision;
import org.frugal.governor.Reading;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** Gauges, allowances and decisions, as a person reads them. */
@RunWith(RobolectricTestRunner.class)
public class BudgetWordsTest {
  private final BudgetWords words = new BudgetWords(RuntimeEnvironment.getApplication());

  @Test
  public void whatThePhoneKnowsIsSaidAndWhatItDoesNotIsUnknown() {
    assertEquals(
        "Battery 34\u00a0%, charging: no, power saving: yes\nHeat: critical, headroom used: 70\u00a0%\n"
            + "Battery temperature: 41.3 °C",
        words.gauges(new DeviceReading(0.34, false, false, true, true, 4, 0.7, 41.25, 4.0, 1L)));
    assertEquals(
        "Battery unknown, charging: unknown, power saving: unknown\nHeat: unknown, headroom used: unknown\n"
            + "Battery temperature: unknown",
        words.gauges(DeviceReading.UNKNOWN));
  }

  @Test
  public void aStatusOfHeatThatAndroidMayAddLaterIsUnknown() {
    for (int status : new int[] {-1, 7}) {
      String gauges = words.gauges(
          new DeviceReading(null, null, null, null, true, status, Double.NaN, null, null, null));
      assertEquals("Heat: unknown, headroom used: unknown", gauges.split("\n")[1]);
    }
  }

  @Test
  public void allowancesAreSharesAndWhatTheyComeToHere() {
    assertEquals("Time for an answer: 2.80\u00a0ms", words.latency(2.8));
    assertEquals("Multiply-adds for an answer: no limit", words.macs(null, 50e6));
    assertEquals("Multiply-adds for an answer: 25\u00a0% of the full network, 12.5\u00a0M", words.macs(0.25, 50e6));
    assertEquals("before a bundle is open", "Multiply-adds for an answer: 25\u00a0% of the full network",
        words.macs(0.25, null));
    assertEquals("Energy for an answer: 10\u00a0% of the full network, 1.25 µJ", words.energy(0.1, 12.5, true));
    assertEquals("Energy for an answer: no limit", words.energy(null, 12.5, true));
    assertEquals("nobody knows yet", "Energy for an answer: no limit", words.energy(0.1, null, false));
  }

  @Test
  public void everyDecisionHasItsReason() {
    String[] reasons = {
      "as chosen", "held down because the phone is warm", "held down because power saving is on",
      "held down because the battery is low", "held down to meet the latency target", "nothing holds it down"
    };
    Ceiling[] ceilings = {
      Ceiling.MANUAL, Ceiling.THERMAL, Ceiling.POWER_SAVING, Ceiling.BATTERY, Ceiling.LATENCY, Ceiling.BEST
    };
    assertEquals("one for each", Ceiling.values().length, ceilings.length);
    for (int i = 0; i < ceilings.length; i++) {
      assertEquals("fast: " + reasons[i] + ".", words.decision(new Decision(0, "fast", ceilings[i])));
    }
  }

  @Test
  public void everyReasonOfAnAnswerIsAnotherSentence() {
    Set<String> sentences = new HashSet<>();
    for (Reason reason : Reason.values()) {
      sentences.add(RuntimeEnvironment.getApplication().getString(Words.of(reason), "exit_2"));
    }
    assertEquals(Reason.values().length, sentences.size());
    assertTrue(sentences.contains(
        "Left at exit_2: the allowance of bytes sent does not reach the next answer."));
  }

  @Test
  public void aStepOfATraceIsASentence() {
    Trace.Frame frame = new Trace.Frame(
        Reading.UNKNOWN.withBattery(0.125, false).withThermalStatus(2), new Decision(1, "balanced", Ceiling.THERMAL));
    assertEquals(
        "3 of 120: battery 13\u00a0%, heat moderate. balanced: held down because the phone is warm.",
        words.step(3, 120, frame));
  }
}
