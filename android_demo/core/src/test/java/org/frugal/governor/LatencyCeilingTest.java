package org.frugal.governor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** By hand: a late answer adds .9 to the debt, one in time takes .1; a point fails at 10 and holds at -5. */
class LatencyCeilingTest {
  private static final List<String> SEVEN = List.of("a", "b", "c", "d", "e", "f", "g");
  private static final Policy POLICY = new Policy(10.0, 0.9, 0, 0.15, 0.5, 0.85, 1, 0, 60, 100);
  private static final double LATE = 99;
  private static final double IN_TIME = 1;

  private Governor governor;

  @BeforeEach
  void start() {
    governor = new Governor(SEVEN, POLICY);
    governor.decide(Reading.UNKNOWN);
  }

  /** The points at which so many answers are given, each as often as it was changed to. */
  private List<Integer> run(int runs, double latency, Double slowdown) {
    List<Integer> points = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      int point = governor.decide(Reading.UNKNOWN).point();
      if (points.isEmpty() || points.get(points.size() - 1) != point) {
        points.add(point);
      }
      governor.observe(new Observation(latency, slowdown, false, null));
    }
    return points;
  }

  /** Has the governor leave so many points, each after a few good answers: not at once. */
  private void lower(int places) {
    for (int i = 0; i < places; i++) {
      for (int k = 0; k < 17; k++) {
        governor.observe(k < 5 ? IN_TIME : LATE);
      }
      governor.decide(Reading.UNKNOWN);
    }
  }

  @Test
  void aPointFailsAtTheTwelfthLateAnswerInARow() {
    for (int count = 1; count <= 12; count++) {
      governor.observe(10.26);
      Decision expected = count < 12 ? new Decision(6, "g", Ceiling.BEST) : new Decision(5, "f", Ceiling.LATENCY);
      assertEquals(expected, governor.decide(Reading.UNKNOWN));
    }
  }

  @Test
  void aTenthOfTheAnswersMayBeLateAndALittleIsNotLate() {
    for (int i = 0; i < 5000; i++) {
      governor.observe(i % 10 == 9 ? LATE : 10.25);
      assertEquals(6, governor.decide(Reading.UNKNOWN).point());
    }
  }

  @Test
  void anAnswerThatTheDeadlineCutShortIsLate() {
    for (int i = 0; i < 12; i++) {
      governor.observe(new Observation(IN_TIME, null, true, null));
    }
    assertEquals(5, governor.decide(Reading.UNKNOWN).point());
  }

  @Test
  void evidenceIsAboutOnePoint() {
    for (int i = 0; i < 24; i++) {
      governor.observe(new Observation(LATE, null, false, i % 2 == 0 ? 6 : 3));
    }
    assertEquals(6, governor.decide(Reading.UNKNOWN).point());
    for (int i = 0; i < 12; i++) {
      governor.observe(new Observation(LATE, null, false, 3));
    }
    assertEquals(2, governor.decide(Reading.UNKNOWN).point());
  }

  @Test
  void theNextPointHasHalfThePatience() {
    for (int i = 0; i < 19; i++) {
      // Twelve late answers, then six: 5 + 6 * .9 = 10.4.
      assertEquals(i < 12 ? 6 : i < 18 ? 5 : 4, governor.decide(Reading.UNKNOWN).point());
      governor.observe(LATE);
    }
  }

  @Test
  void pointsThatFailAtOnceAreLeftInLargerSteps() {
    assertEquals(List.of(6, 5, 4, 2, 0), run(100, LATE, null));
  }

  @Test
  void aPointThatFailedIsTriedAfterItsWaitAndLaterEachTime() {
    lower(1);
    // It failed sooner than the wait of 100 is long: the next one is 200 runs, or beats, of which a decision is one.
    assertEquals(List.of(5), run(199, IN_TIME, null));
    assertEquals(List.of(6), run(1, IN_TIME, null));
    assertEquals(List.of(6), run(12, LATE, null));
    assertEquals(List.of(5), run(400, IN_TIME, null));
    assertEquals(List.of(6), run(1, IN_TIME, null));
  }

  @Test
  void theCeilingStandsStillWhileAnotherOneBinds() {
    lower(3);
    Reading low = Reading.UNKNOWN.withBattery(0.2, false);
    for (int i = 0; i < 2000; i++) {
      assertEquals(0, governor.decide(low).point());
      governor.observe(IN_TIME);
    }
    assertEquals(3, governor.decide(low.withBattery(0.2, true)).point());
  }

  @Test
  void aSlowDeviceIsRemembered() {
    for (int i = 0; i < 12; i++) {
      governor.observe(new Observation(LATE, 1.8, false, null));
    }
    // 12 of the last 15 have to be at most .85 * 1.8, which takes twelve runs, and it stays for sixteen at least.
    assertEquals(List.of(5), run(16, IN_TIME, 1.0));
    assertEquals(List.of(6), run(1, IN_TIME, 1.0));
    // Six of eleven are as slow again.
    assertEquals(List.of(6), run(6, IN_TIME, 1.8));
    assertEquals(List.of(5), run(1, IN_TIME, 1.8));
  }

  @Test
  void theHighestPointThatFailedOnASlowerDeviceIsTakenAtOnce() {
    run(100, LATE, 3.0);
    assertEquals(List.of(0, 6), run(40, IN_TIME, 1.0));
  }

  @Test
  void inASlowStreamTimeCountsForRuns() {
    Governor slow = new Governor(SEVEN, POLICY);
    List<Integer> points = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      points.add(slow.decide(Reading.UNKNOWN.withTimeMillis(1000 * i)).point());
      slow.observe(i < 12 ? LATE : IN_TIME);
    }
    // It holds after 101 answers in time, which take the debt from 5 to -5.
    assertEquals(12, points.indexOf(5));
    assertEquals(12 + 101, points.lastIndexOf(5) + 1);
  }

  @Test
  void withoutATargetLatenciesDoNotCount() {
    Governor untargeted = new Governor(SEVEN, Policy.DEFAULT);
    for (int i = 0; i < 100; i++) {
      untargeted.observe(1e6);
    }
    assertEquals(new Decision(6, "g", Ceiling.BEST), untargeted.decide(Reading.UNKNOWN));
  }
}
