package org.frugal.governor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** By hand: ranks of the last ratios. */
class SlowdownTest {
  /** Ratios from {@code first} up to {@code last}, so many milliseconds apart. */
  private static Slowdown rising(int first, int last, double interval) {
    Slowdown slowdown = new Slowdown();
    for (int ratio = first; ratio <= last; ratio++) {
      slowdown.observe(ratio, (ratio - first) * interval);
    }
    return slowdown;
  }

  @Test
  void atFirstTheDeviceIsAsItWas() {
    assertEquals(1, new Slowdown().recent());
    assertEquals(1, new Slowdown().lasting());
  }

  @Test
  void theMedianOfElevenFollowsInSixRuns() {
    assertEquals(1, rising(2, 6, 1).recent());
    assertEquals(2, rising(2, 7, 1).recent());
    assertEquals(8, rising(1, 13, 1).recent(), "of 3 to 13");
  }

  @Test
  void whatLastsIsTheUpperQuartileOf15() {
    // The element 3 * 15 / 4 = 11, from 0, of the sorted ones: of 17 to 31, and of 27 to 41.
    assertEquals(28, rising(1, 31, 1).lasting());
    assertEquals(38, rising(1, 41, 1).lasting());
    // Of eleven the element 8: of the ones before the first run, and three ratios.
    assertEquals(2, rising(2, 4, 1).lasting());
  }

  @Test
  void ratiosFromLongAgoDoNotCountButElevenAlwaysDo() {
    // 2 s apart, six of them lie within 10 s: the last eleven, 21 to 31, count. 800 ms apart 13 do: 19 to 31.
    assertEquals(29, rising(1, 31, 2000).lasting());
    assertEquals(28, rising(1, 31, 800).lasting());
  }
}
