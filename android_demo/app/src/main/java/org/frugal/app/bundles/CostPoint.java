package org.frugal.app.bundles;

import java.util.ArrayList;
import java.util.List;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.OperatingPoint;

/**
 * An operating point as a dot in a diagram.
 *
 * @param accuracy 0..1, as the manifest says
 * @param macs mean multiply-adds a picture
 * @param share of the full network's multiply-adds
 * @param beside the cheapest static network that is as accurate, or null where the bundle knows of none
 * @param dominated whether another point is at least as accurate and costs no more: the governor passes it by
 */
public record CostPoint(
    String name, double accuracy, double macs, double share, long samples, StaticNetwork beside, boolean dominated) {
  public CostPoint(String name, double accuracy, double macs, double share, long samples) {
    this(name, accuracy, macs, share, samples, null, false);
  }

  /** All points of a bundle, cheapest first. */
  public static List<CostPoint> of(Manifest manifest) {
    double full = FullCost.macs(manifest);
    List<CostPoint> points = new ArrayList<>();
    for (OperatingPoint point : manifest.operatingPoints()) {
      double macs = point.costs().getOrDefault("macs", 0.0);
      points.add(new CostPoint(
          point.name(), point.accuracy(), macs, full > 0 ? macs / full : 1, point.samples(),
          StaticNetwork.asAccurate(manifest, point.name()), isDominated(manifest, point)));
    }
    return points;
  }

  /** Of two that are alike in both the first stays; a cost that the manifest does not have beats none. */
  private static boolean isDominated(Manifest manifest, OperatingPoint point) {
    List<OperatingPoint> all = manifest.operatingPoints();
    for (OperatingPoint other : all) {
      boolean before = all.indexOf(other) < all.indexOf(point);
      Double least = other.costs().get(manifest.sortedBy());
      Double cost = point.costs().get(manifest.sortedBy());
      boolean notWorse = least != null && cost != null && least <= cost && other.accuracy() >= point.accuracy();
      if (notWorse && (before || least < cost || other.accuracy() > point.accuracy())) {
        return true;
      }
    }
    return false;
  }
}
