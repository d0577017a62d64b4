package org.frugal.governor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.frugal.ChainException;
import org.frugal.Words;
import org.frugal.bundle.Manifest;

/**
 * Picks the operating point before an image is looked at: from battery, heat, power saving, and the latencies seen. A
 * governor is deterministic and reads no clock and no sensor: shown the same trace, it decides the same, in every
 * runtime. docs/bundle.md has the six ceilings; the lowest decides. A governor belongs to one thread.
 */
public final class Governor {
  private static final int SEVERE = 3;
  private static final int MODERATE = 2;

  private final List<String> points;
  private final int top;
  private final Policy policy;
  private final Deque<Double> latencies = new ArrayDeque<>();
  private int ceiling;
  private int used;

  /**
   * @param points names of the operating points, cheapest first
   * @throws ChainException there is none
   */
  public Governor(List<String> points, Policy policy) {
    if (points.isEmpty()) {
      throw new ChainException("governor: expected at least one operating point, received none");
    }
    this.points = List.copyOf(points);
    this.policy = policy;
    top = points.size() - 1;
    reset();
  }

  /** A governor over a bundle's operating points. */
  public static Governor of(Manifest manifest, Policy policy) {
    List<String> names = new ArrayList<>();
    manifest.operatingPoints().forEach(point -> names.add(point.name()));
    return new Governor(names, policy);
  }

  /** Forgets every latency and decision: the state of a new governor. */
  public void reset() {
    latencies.clear();
    ceiling = top;
    used = top;
  }

  /**
   * Takes the latency of one run.
   *
   * @throws ChainException not a finite number of at least zero
   */
  public void observe(double latencyMillis) {
    if (!(latencyMillis >= 0 && latencyMillis < Double.POSITIVE_INFINITY)) {
      throw new ChainException("observe: expected a finite latency of at least 0 ms, received "
          + Words.real(latencyMillis));
    }
    latencies.addLast(latencyMillis);
    if (latencies.size() > policy.window()) {
      latencies.removeFirst();
    }
  }

  /** Picks the point for the next image; the latencies since the last decision were seen at the point decided then. */
  public Decision decide(Reading reading) {
    return decide(reading, used);
  }

  /**
   * Picks the point for the next image.
   *
   * @param usedPoint index of the point that the latencies since the last decision were seen at
   * @return the lowest ceiling, and the first of the six that is so low
   */
  public Decision decide(Reading reading, int usedPoint) {
    steer(usedPoint);
    int lowest = top;
    Ceiling reason = Ceiling.BEST;
    for (Ceiling each : Ceiling.values()) {
      Integer limit = limit(each, reading);
      if (limit != null && (limit < lowest || limit == lowest && reason == Ceiling.BEST)) {
        lowest = limit;
        reason = each;
      }
    }
    used = Math.max(0, lowest);
    return new Decision(used, points.get(used), reason);
  }

  private Integer limit(Ceiling which, Reading reading) {
    boolean charging = Boolean.TRUE.equals(reading.charging());
    switch (which) {
      case MANUAL:
        return reading.manual();
      case THERMAL:
        return thermal(reading);
      case POWER_SAVING:
        return Boolean.TRUE.equals(reading.powerSaving()) && !charging ? top / 3 : null;
      case BATTERY:
        return charging ? null : battery(reading.battery());
      case LATENCY:
        return policy.latencyTargetMillis() == null ? null : ceiling;
      default:
        return top;
    }
  }

  private Integer thermal(Reading reading) {
    int status = reading.thermalStatus() == null ? 0 : reading.thermalStatus();
    // A comparison with NaN is false, so an unsupported headroom sets no ceiling.
    double headroom = reading.thermalHeadroom() == null ? 0 : reading.thermalHeadroom();
    if (status >= SEVERE || headroom >= policy.hot()) {
      return 0;
    }
    return status >= MODERATE || headroom >= policy.warm() ? Integer.valueOf(top / 2) : null;
  }

  private Integer battery(Double level) {
    if (level == null || level.isNaN()) {
      return null;
    }
    if (level >= policy.high()) {
      return top;
    }
    if (level <= policy.low()) {
      return 0;
    }
    return (int) Math.floor(top * (level - policy.low()) / (policy.high() - policy.low()));
  }

  /** Moves the latency ceiling once the window is full, by its percentile against the target. */
  private void steer(int usedPoint) {
    Double target = policy.latencyTargetMillis();
    if (target == null || latencies.size() < policy.window()) {
      return;
    }
    double[] sorted = latencies.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    double seen = sorted[(int) Math.ceil(policy.percentile() * policy.window()) - 1];
    if (seen > target) {
      ceiling = Math.max(0, usedPoint - 1);
    } else if (seen <= policy.relax() * target) {
      ceiling = Math.min(top, ceiling + 1);
    } else {
      return;
    }
    latencies.clear();
  }
}
