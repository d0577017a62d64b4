package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import com.eclipsesource.json.Json;
import java.util.List;
import org.frugal.app.benchmark.Energy.Unknown;
import org.frugal.app.budget.DeviceReading;
import org.junit.Test;

/** What four blocks of a charge counter say of an answer's energy, and when they say nothing. */
public class EnergyTest {
  @Test
  public void energyIsLoadLessIdleOfAnEvenDrift() {
    // 60 s each: 1,000 and 900 uAh of 4 V are 0.24 and 0.216 W under load, 500 and 400 are 0.12 and 0.096 W idle.
    // Means 0.228 - 0.108 = 0.12 W for 120 s of 3,600 answers: 4,000 uJ.
    Energy energy = Energy.of(blocks(1000, 500, 400, 900), 100);
    assertEquals(4000, energy.microjoules(), 1e-6);
    // The halves of the spreads are 0.012 W each, a step of 100 uAh in 60 s is 0.024 W for each kind: 0.072 W.
    assertEquals(1600, energy.low(), 1e-6);
    assertEquals(6400, energy.high(), 1e-6);
    assertNull(energy.why());
  }

  @Test
  public void whatDriftsEvenlyFallsOutOfTheNumber() {
    // The phone draws 100 uAh more in each block than in the one before.
    double still = Energy.of(blocks(1000, 500, 500, 1000), 10).microjoules();
    double drifting = Energy.of(blocks(1000, 600, 700, 1300), 10).microjoules();
    assertEquals("load, load, idle, idle would say a fifth of it", still, drifting, 1e-6);
  }

  @Test
  public void aPhoneThatCannotTellSaysWhy() {
    assertEquals(Unknown.NO_COUNTER, Energy.obstacle(DeviceReading.UNKNOWN));
    assertEquals(Unknown.NO_VOLTAGE, Energy.obstacle(reading(null, 10L, false, true)));
    assertEquals("full, and so not charging", Unknown.PLUGGED, Energy.obstacle(reading(4.0, 10L, true, true)));
    assertEquals("nobody knows", Unknown.PLUGGED, Energy.obstacle(reading(4.0, 10L, null, true)));
    assertEquals("a voltage in other units", Unknown.NOT_BELIEVABLE, Energy.obstacle(reading(0.004, 10L, false, true)));
    assertNull(Energy.obstacle(reading(4.0, 10L, false, true)));
  }

  @Test
  public void aGaugeThatCannotBeBelievedIsSaid() {
    assertEquals(Unknown.COUNTER_STOOD_STILL, Energy.of(blocks(0, 0, 0, 0), 0).why());
    Energy threeSteps = Energy.of(blocks(3000, 0, 0, 3000), 1000);
    assertEquals("three steps are too few", Unknown.COUNTER_STOOD_STILL, threeSteps.why());
    Energy rising = Energy.of(blocks(1000, -200, 400, 1000), 10);
    assertEquals("it rises while unplugged", Unknown.NOT_BELIEVABLE, rising.why());
    assertEquals("mAh for uAh: 0.24 mW", Unknown.NOT_BELIEVABLE, Energy.of(blocks(10, 1, 1, 10), 1).why());
    assertEquals("240 W", Unknown.NOT_BELIEVABLE, Energy.of(blocks(1_000_000, 1, 1, 1_000_000), 1).why());
    assertEquals(Unknown.WITHIN_NOISE, Energy.of(blocks(1000, 1100, 1100, 1000), 10).why());
    Energy uneven = Energy.of(blocks(1000, 1000, 1000, 2000), 10);
    assertEquals("the two loads differ by more", Unknown.WITHIN_NOISE, uneven.why());
  }

  @Test
  public void aScreenThatGoesDarkMeanwhileSpoilsIt() {
    List<Energy.Block> lit = blocks(1000, 500, 500, 1000);
    DeviceReading dark = reading(4.0, 1L, false, false);
    Energy.Block idle = new Energy.Block(lit.get(1).start(), dark, 60, 0);
    assertEquals(Unknown.SCREEN_CHANGED, Energy.of(List.of(lit.get(0), idle, lit.get(2), lit.get(3)), 10).why());
  }

  @Test
  public void aReportIsReadBack() {
    for (Energy energy : List.of(new Energy(4000.0, 1600.0, 6400.0, null), Energy.unknown(Unknown.PLUGGED))) {
      assertEquals(energy, Energy.read(Json.parse(energy.json().toString()).asObject()));
    }
  }

  /** Of 60 s each, with 1,800 answers in each of the loads, by how far the counter falls in them. */
  private static List<Energy.Block> blocks(int load, int idle, int secondIdle, int secondLoad) {
    return List.of(block(load, 1800), block(idle, 0), block(secondIdle, 0), block(secondLoad, 1800));
  }

  private static Energy.Block block(int drop, long answers) {
    return new Energy.Block(
        reading(4.0, 2_000_000L, false, true), reading(4.0, 2_000_000L - drop, false, true), 60, answers);
  }

  private static DeviceReading reading(Double volts, Long microampHours, Boolean plugged, Boolean screenOn) {
    return new DeviceReading(0.5, false, plugged, false, screenOn, 0, null, 30.0, volts, microampHours);
  }
}
