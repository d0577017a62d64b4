package org.frugal.app.bundles;

import java.util.List;

/**
 * The axes of a diagram of operating points: multiply-adds from zero, accuracy over a range of round numbers.
 *
 * @param mostMacs right end
 * @param least lower end, 0..1
 * @param most upper end, 0..1
 * @param step between two lines of the grid
 */
public record CurveScale(double mostMacs, double least, double most, double step) {
  private static final double[] STEPS = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2};
  private static final int MOST_LINES = 5;

  /**
   * @param points at least one
   */
  public static CurveScale of(List<CostPoint> points) {
    double macs = 0;
    double least = 1;
    double most = 0;
    for (CostPoint point : points) {
      macs = Math.max(macs, point.macs());
      least = Math.min(least, point.accuracy());
      most = Math.max(most, point.accuracy());
    }
    for (double step : STEPS) {
      // Of points at 0 % or 100 % nothing lies beyond.
      double bottom = Math.max(0, Math.floor(least / step - 1e-9) * step);
      double top = Math.min(1, Math.ceil(most / step + 1e-9) * step);
      if ((top - bottom) / step < MOST_LINES) {
        return new CurveScale(macs > 0 ? macs * 1.06 : 1, bottom, top, step);
      }
    }
    return new CurveScale(macs > 0 ? macs * 1.06 : 1, 0, 1, 0.25);
  }

  /** From 0 (left) to 1 (right). */
  public double x(CostPoint point) {
    return point.macs() / mostMacs;
  }

  /** From 0 (below) to 1 (above). */
  public double y(double accuracy) {
    return (accuracy - least) / (most - least);
  }

  /** The point nearest to a place of the diagram, whose sides have the given lengths. */
  public int nearest(List<CostPoint> points, double x, double y, double width, double height) {
    int nearest = 0;
    double shortest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < points.size(); i++) {
      double distance = Math.hypot((x(points.get(i)) - x) * width, (y(points.get(i).accuracy()) - y) * height);
      if (distance < shortest) {
        shortest = distance;
        nearest = i;
      }
    }
    return nearest;
  }
}
