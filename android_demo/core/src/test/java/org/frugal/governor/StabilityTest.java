package org.frugal.governor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.frugal.ChainException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A governor over long traces of random readings: what holds of every decision, and what it settles on. */
class StabilityTest {
  private final Random random = new Random(31);

  private static List<String> names(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add("p" + i);
    }
    return names;
  }

  private static Policy policy(double target, int window) {
    return new Policy(target, 0.9, window, 0.7, 0.15, 0.5, 0.85, 1.0);
  }

  private Boolean maybe() {
    return random.nextInt(3) == 0 ? null : Boolean.valueOf(random.nextBoolean());
  }

  private Double maybe(double most) {
    int kind = random.nextInt(8);
    return kind == 0 ? null : kind == 1 ? Double.valueOf(Double.NaN) : Double.valueOf(most * random.nextDouble());
  }

  private Reading reading() {
    return new Reading(maybe(1), maybe(), maybe(), random.nextInt(3) == 0 ? null : Integer.valueOf(random.nextInt(7)),
        maybe(1.3), random.nextInt(3) == 0 ? Integer.valueOf(random.nextInt(12) - 2) : null);
  }

  /** The six ceilings by docs/bundle.md's table, without the latencies. */
  private static int lowest(Reading reading, Policy policy, int top) {
    int lowest = top;
    boolean charging = Boolean.TRUE.equals(reading.charging());
    if (reading.manual() != null) {
      lowest = Math.min(lowest, reading.manual());
    }
    int status = reading.thermalStatus() == null ? 0 : reading.thermalStatus();
    double headroom = reading.thermalHeadroom() == null || reading.thermalHeadroom().isNaN() ? 0
        : reading.thermalHeadroom();
    lowest = status >= 3 || headroom >= policy.hot() ? Math.min(lowest, 0)
        : status == 2 || headroom >= policy.warm() ? Math.min(lowest, top / 2) : lowest;
    if (Boolean.TRUE.equals(reading.powerSaving()) && !charging) {
      lowest = Math.min(lowest, top / 3);
    }
    if (reading.battery() != null && !reading.battery().isNaN() && !charging) {
      double share = (reading.battery() - policy.low()) / (policy.high() - policy.low());
      lowest = Math.min(lowest, (int) Math.floor(top * Math.max(0, Math.min(1, share))));
    }
    return Math.max(0, lowest);
  }

  @Test
  void everyDecisionIsTheLowestCeiling() {
    for (int round = 0; round < 20_000; round++) {
      int count = random.nextInt(9) + 1;
      Reading reading = reading();
      Decision decision = new Governor(names(count), Policy.DEFAULT).decide(reading);
      assertEquals(lowest(reading, Policy.DEFAULT, count - 1), decision.point(), count + " points, " + reading);
      assertEquals("p" + decision.point(), decision.name());
    }
  }

  @Test
  void aReasonIsGivenThatBinds() {
    int[] seen = new int[Ceiling.values().length];
    for (int round = 0; round < 20_000; round++) {
      Reading reading = reading();
      Decision decision = new Governor(names(7), Policy.DEFAULT).decide(reading);
      seen[decision.reason().ordinal()]++;
      // Without what it names, the point may only be a more expensive one.
      Reading without = without(reading, decision.reason());
      Decision other = new Governor(names(7), Policy.DEFAULT).decide(without);
      assertTrue(other.point() >= decision.point(), reading.toString());
      assertTrue(decision.reason() != Ceiling.BEST || decision.point() == 6, reading.toString());
    }
    assertEquals(0, seen[Ceiling.LATENCY.ordinal()], "without a target");
    seen[Ceiling.LATENCY.ordinal()] = 1;
    assertTrue(Arrays.stream(seen).allMatch(count -> count > 0), Arrays.toString(seen));
  }

  private static Reading without(Reading reading, Ceiling ceiling) {
    switch (ceiling) {
      case MANUAL:
        return reading.withManual(99);
      case THERMAL:
        return reading.withThermalStatus(0).withThermalHeadroom(0);
      case POWER_SAVING:
        return reading.withPowerSaving(false);
      case BATTERY:
        return reading.withBattery(1, false);
      default:
        return reading;
    }
  }

  @Test
  void aTraceIsDecidedAlikeAgain() {
    for (int round = 0; round < 50; round++) {
      long seed = random.nextLong();
      assertEquals(decisions(seed), decisions(seed));
    }
  }

  private static List<Decision> decisions(long seed) {
    Random trace = new Random(seed);
    Governor governor = new Governor(names(5), policy(10, 3));
    List<Decision> decisions = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      governor.observe(20 * trace.nextDouble());
      decisions.add(governor.decide(Reading.UNKNOWN.withBattery(trace.nextDouble(), trace.nextBoolean())));
    }
    return decisions;
  }

  @Test
  void aResetGovernorIsANewOne() {
    for (int round = 0; round < 200; round++) {
      Governor used = new Governor(names(5), policy(10, 3));
      for (int i = 0; i < 20; i++) {
        used.observe(20 * random.nextDouble());
        used.decide(reading());
      }
      used.reset();
      Governor fresh = new Governor(names(5), policy(10, 3));
      for (int i = 0; i < 20; i++) {
        double latency = 20 * random.nextDouble();
        Reading reading = reading();
        used.observe(latency);
        fresh.observe(latency);
        assertEquals(fresh.decide(reading), used.decide(reading));
      }
    }
  }

  /** A point takes (index + 1) * 4 ms: with a target of 10 ms the point 1 fits, and point 2 does not. */
  @Test
  void onADeviceThatDoesNotChangeItStaysNearThePointThatFits() {
    Governor governor = new Governor(names(6), policy(10, 4));
    List<Integer> points = new ArrayList<>();
    int point = 5;
    for (int i = 0; i < 400; i++) {
      governor.observe(4.0 * (point + 1));
      point = governor.decide(Reading.UNKNOWN).point();
      points.add(point);
    }
    List<Integer> settled = points.subList(100, 400);
    // 8 ms is between 7 and 10: neither too slow nor fast enough to climb.
    assertEquals(300, settled.stream().filter(each -> each == 1).count(), settled.toString());
  }

  @Test
  void latenciesBetweenRelaxAndTargetMoveNothing() {
    for (int round = 0; round < 100; round++) {
      Governor governor = new Governor(names(6), policy(10, 4));
      // Down to somewhere first.
      int slow = random.nextInt(5);
      for (int i = 0; i < 4 * slow; i++) {
        governor.observe(99);
        governor.decide(Reading.UNKNOWN);
      }
      int before = governor.decide(Reading.UNKNOWN).point();
      for (int i = 0; i < 50; i++) {
        governor.observe(7.01 + 2.98 * random.nextDouble());
        assertEquals(before, governor.decide(Reading.UNKNOWN).point());
      }
    }
  }

  @Test
  void theCeilingMovesByOneAWindowUpwardsAndNeverLeavesThePoints() {
    Governor governor = new Governor(names(6), policy(10, 2));
    int last = 5;
    for (int i = 0; i < 5000; i++) {
      governor.observe(20 * random.nextDouble());
      Decision decision = governor.decide(Reading.UNKNOWN);
      assertTrue(decision.point() >= 0 && decision.point() <= 5);
      assertTrue(Math.abs(decision.point() - last) <= 1, last + " to " + decision.point());
      last = decision.point();
    }
  }

  @Test
  void fewerLatenciesThanAWindowDecideNothing() {
    Governor governor = new Governor(names(6), policy(10, 8));
    for (int i = 0; i < 7; i++) {
      governor.observe(1e6);
      assertEquals(new Decision(5, "p5", Ceiling.LATENCY), governor.decide(Reading.UNKNOWN));
    }
    governor.observe(0);
    assertEquals(4, governor.decide(Reading.UNKNOWN).point(), "the 90th percentile of eight is the largest");
  }

  @ParameterizedTest
  // Element ceil(percentile * 4) - 1 of 1, 2, 3 and 4 ms, against a target of 2.5: above it, the ceiling falls.
  @CsvSource({"0.25,3", "0.5,3", "0.51,2", "0.75,2", "1,2"})
  void thePercentileIsTheNearestRank(double percentile, int point) {
    Governor governor = new Governor(names(4), new Policy(2.5, percentile, 4, 0.3, 0.15, 0.5, 0.85, 1.0));
    for (double latency : new double[] {3, 1, 4, 2}) {
      governor.observe(latency);
    }
    assertEquals(point, governor.decide(Reading.UNKNOWN).point());
  }

  @Test
  void theDefaultsAreThoseOfTheDocumentation() {
    assertNull(Policy.DEFAULT.latencyTargetMillis());
    assertEquals(new Policy(20.0, 0.9, 32, 0.7, 0.15, 0.5, 0.85, 1.0), Policy.latencyTargetMillis(20));
    List<String> labels = new ArrayList<>();
    for (Ceiling ceiling : Ceiling.values()) {
      labels.add(ceiling.label());
    }
    assertEquals(List.of("manual", "thermal", "power_saving", "battery", "latency", "best"), labels);
  }

  @Test
  void aTargetThatIsNoLatencyIsRefusedInOneSentence() {
    String problem = "policy latency_target_ms: expected a positive finite number or null, received ";
    for (double wild : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      String said = assertThrows(ChainException.class, () -> Policy.latencyTargetMillis(wild)).getMessage();
      assertEquals(problem + (wild == -1 ? "-1.0" : Double.isNaN(wild) ? "nan" : "inf"), said);
    }
    String ranges = "policy: expected percentile in (0, 1], window >= 1, relax in [0, 1) and low < high, received ";
    double[][] wrong = {{Double.NaN, 0.7, 0.1, 0.5}, {0.9, -0.1, 0.1, 0.5}, {0.9, Double.NaN, 0.1, 0.5},
        {0.9, 0.7, Double.NaN, 0.5}, {0.9, 0.7, 0.1, Double.NaN}, {0.9, 0.7, 0.6, 0.5}};
    for (double[] each : wrong) {
      String said = assertThrows(ChainException.class,
          () -> new Policy(null, each[0], 1, each[1], each[2], each[3], 0.85, 1)).getMessage();
      assertEquals(ranges + "percentile " + each[0] + ", window 1, relax " + each[1] + ", low " + each[2] + ", high "
          + each[3], said);
    }
  }
}
