package org.frugal.governor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.frugal.ChainException;
import org.frugal.bundle.Manifest;

/**
 * Picks the operating point before an image is looked at: from battery, heat, power saving, and the latencies seen. A
 * governor is deterministic and reads no clock and no sensor: shown the same trace, it decides the same, in every
 * runtime. docs/bundle.md has its rules. The lowest ceiling decides. A governor belongs to one thread.
 */
public final class Governor {
  private final List<Point> points;
  /** Indices of the points offered, cheapest first. */
  private final int[] ladder;
  private final Policy policy;
  private Gauges gauges;
  /** Null without a target. */
  private LatencyCeiling latency;
  private Reach reach;
  private double now;
  private int decided;

  /**
   * @param points names of the operating points, cheapest first; all are offered, for nothing else is known of them
   * @throws ChainException there is none
   */
  public Governor(List<String> points, Policy policy) {
    this(policy, points.stream().map(Point::named).collect(Collectors.toList()));
  }

  private Governor(Policy policy, List<Point> points) {
    if (points.isEmpty()) {
      throw new ChainException("governor: expected at least one operating point, received none");
    }
    this.points = points;
    this.policy = policy;
    ladder = Ladder.offered(points, policy.knee());
    reset();
  }

  /**
   * A governor over points of which accuracy and cost are known.
   *
   * @param points cheapest first
   * @throws ChainException there is none
   */
  public static Governor of(List<Point> points, Policy policy) {
    return new Governor(policy, List.copyOf(points));
  }

  /** A governor over a bundle's operating points. */
  public static Governor of(Manifest manifest, Policy policy) {
    return of(points(manifest), policy);
  }

  /** Names of a bundle's operating points that no other one beats: of two that are alike the first stays. */
  public static Set<String> unbeaten(Manifest manifest) {
    List<Point> points = points(manifest);
    return points.isEmpty() ? Set.of() : Arrays.stream(Ladder.offered(points, 0))
        .mapToObj(i -> points.get(i).name()).collect(Collectors.toSet());
  }

  private static List<Point> points(Manifest manifest) {
    List<Point> points = new ArrayList<>();
    manifest.operatingPoints().forEach(point ->
        points.add(new Point(point.name(), point.accuracy(), point.costs().get(manifest.sortedBy()))));
    return points;
  }

  /** All points, cheapest first. */
  public List<Point> points() {
    return points;
  }

  public Policy policy() {
    return policy;
  }

  /** Forgets every run and decision: the state of a new governor. */
  public void reset() {
    now = 0;
    decided = ladder[ladder.length - 1];
    gauges = new Gauges(policy, ladder.length - 1);
    latency = policy.latencyTargetMillis() == null ? null : new LatencyCeiling(policy, ladder);
    Double limit = policy.roundTripMillis() == null ? policy.latencyTargetMillis() : policy.roundTripMillis();
    reach = new Reach(limit, policy.percentile());
  }

  /**
   * Takes the latency of one run at the point decided last.
   *
   * @throws ChainException not a finite number of at least zero
   */
  public void observe(double latencyMillis) {
    observe(Observation.ofMillis(latencyMillis));
  }

  /**
   * Takes one run.
   *
   * @throws ChainException it names a point that is not there
   */
  public void observe(Observation run) {
    int point = run.point() == null ? decided : run.point();
    if (point < 0 || point >= points.size()) {
      throw new ChainException(
          "observe: expected a point from 0 to " + (points.size() - 1) + ", received " + point);
    }
    if (latency != null) {
      latency.observe(run, point);
    }
    if (run.lost() || run.roundTripMillis() != null) {
      reach.observe(run.lost() ? Double.POSITIVE_INFINITY : run.roundTripMillis(), now);
    }
  }

  /**
   * Picks the point for the next image.
   *
   * @return the caller's point or the best one, or what the lowest ceiling below it allows: of equal ones the first of
   *     heat, power saving, battery and latency; and whether remote parts are to be asked
   */
  public Decision decide(Reading reading) {
    Double time = reading.timeMillis();
    boolean known = time != null && Double.isFinite(time);
    now = Math.max(now, known ? time : now + LatencyCeiling.BEAT_MILLIS);
    Ceiling reason = reading.manual() == null ? Ceiling.BEST : Ceiling.MANUAL;
    decided = reading.manual() == null ? ladder[ladder.length - 1]
        : Math.min(Math.max(reading.manual(), 0), points.size() - 1);
    gauges.read(reading, now);
    if (latency != null) {
      latency.steer(now, decided);
    }
    for (Ceiling each : Ceiling.LOWERING) {
      int place = each != Ceiling.LATENCY ? gauges.ceiling(each) : latency == null ? Held.NONE : latency.place();
      if (place < ladder.length && ladder[place] < decided) {
        decided = ladder[place];
        reason = each;
      }
    }
    return new Decision(decided, points.get(decided).name(), reason, local(reading));
  }

  /** Why remote parts are not to be asked; null where they may be. */
  private Local local(Reading reading) {
    if (Boolean.TRUE.equals(reading.offline())) {
      return Local.OFFLINE;
    }
    if (Boolean.TRUE.equals(reading.metered()) && !policy.metered()) {
      return Local.METERED;
    }
    return reach.allows(now) ? null : Local.ROUND_TRIP;
  }
}
