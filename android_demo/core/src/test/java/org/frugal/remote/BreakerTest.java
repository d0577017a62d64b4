package org.frugal.remote;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The circuit breaker on a clock of the test's own, in seconds for nanoseconds. */
class BreakerTest {
  private final Breaker breaker = new Breaker(3, 100, 500, () -> 1);

  private void fail(long now, int times) {
    for (int i = 0; i < times; i++) {
      assertTrue(breaker.allows(now));
      breaker.failed(now);
    }
  }

  @Test
  void failuresInARowOpenItAndOthersDoNot() {
    fail(0, 2);
    breaker.succeeded();
    fail(0, 3);
    assertFalse(breaker.allows(99));
  }

  @Test
  void oneOfManyCallsTriesWhenTheTimeHasCome() {
    fail(0, 3);
    assertTrue(breaker.allows(100));
    assertFalse(breaker.allows(100));
    breaker.succeeded();
    assertTrue(breaker.allows(100) && breaker.allows(100));
  }

  @Test
  void triesThatFailDoubleTheTimeUpToTheLongest() {
    fail(0, 3);
    long now = 0;
    for (long wait : new long[] {100, 200, 400, 500, 500}) {
      assertFalse(breaker.allows(now + wait - 1));
      now += wait;
      assertTrue(breaker.allows(now));
      breaker.failed(now);
    }
  }

  @Test
  void callsThatWereUnderWayWhenItOpenedDoNotMakeItLonger() {
    fail(0, 3);
    for (int i = 0; i < 8; i++) {
      breaker.failed(50);
    }
    assertTrue(breaker.allows(100));
  }

  @Test
  void aTryThatIsNeverHeardOfIsFollowedByAnother() {
    fail(0, 3);
    assertTrue(breaker.allows(100));
    assertFalse(breaker.allows(150));
    assertTrue(breaker.allows(200));
  }
}
