package org.frugal.governor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.frugal.Budget;
import org.junit.jupiter.api.Test;

/** What is learned from round trips, by the numbers that Python's are tested with. */
class RoundTripsTest {
  private static final double LOST = Double.POSITIVE_INFINITY;

  @Test
  void theUsualTimeIsThatWhichAShareDoesNotExceed() {
    RoundTrips half = new RoundTrips(0.5);
    RoundTrips most = new RoundTrips(0.9);
    for (int millis = 10; millis <= 60; millis += 10) {
      half.observe(millis);
      most.observe(millis);
    }
    assertEquals(List.of(10.0, 50.0), List.of(half.usual(), most.usual()));
    half.observe(LOST);
    assertEquals(20, half.usual());
  }

  @Test
  void triesDoubleTheWaitUntilOneIsQuick() {
    Reach reach = new Reach(50.0, 0.9);
    reach.observe(80, 0);
    assertTrue(reach.allows(0));
    reach.observe(LOST, 0);
    double now = 0;
    for (double wait : new double[] {2000, 4000, 8000, 16_000, 32_000, 64_000, 64_000}) {
      assertFalse(reach.allows(now + wait - 1));
      now += wait;
      assertTrue(reach.allows(now));
      reach.observe(80, now);
    }
    reach.observe(50, now + 64_000);
    assertTrue(reach.allows(now + 64_000));
  }

  @Test
  void withoutALimitOnlyWhatIsLostIsTooLong() {
    Reach reach = new Reach(null, 0.9);
    for (int i = 0; i < 11; i++) {
      reach.observe(1e9, 0);
    }
    assertTrue(reach.allows(0));
    reach.observe(LOST, 0);
    reach.observe(LOST, 0);
    assertFalse(reach.allows(0));
  }

  @Test
  void theNetworkIsAReadingAndABudgetDoesAsIsDecided() {
    Governor governor = new Governor(List.of("a", "b"), Policy.DEFAULT);
    Decision offline = governor.decide(Reading.UNKNOWN.withNetwork(true, true));
    assertEquals(Local.OFFLINE, offline.local());
    assertFalse(offline.within(Budget.UNLIMITED).remote());
    assertEquals(Local.METERED, governor.decide(Reading.UNKNOWN.withNetwork(false, true)).local());
    Decision free = governor.decide(Reading.UNKNOWN);
    assertNull(free.local());
    assertTrue(free.within(Budget.UNLIMITED).remote());
    Governor paying = new Governor(List.of("a", "b"), Policy.DEFAULT.withRemote(60.0, true));
    assertNull(paying.decide(Reading.UNKNOWN.withNetwork(false, true)).local());
    for (int i = 0; i < 2; i++) {
      paying.observe(new Observation(90, null, false, null, 70.0, false));
    }
    assertEquals(Local.ROUND_TRIP, paying.decide(Reading.UNKNOWN).local());
  }
}
