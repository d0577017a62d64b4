package org.frugal.app.bundles;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.OperatingPoint;
import org.frugal.governor.Governor;

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
    Set<String> unbeaten = Governor.unbeaten(manifest);
    List<CostPoint> points = new ArrayList<>();
    for (OperatingPoint point : manifest.operatingPoints()) {
      double macs = point.costs().getOrDefault("macs", 0.0);
      points.add(new CostPoint(
          point.name(), point.accuracy(), macs, full > 0 ? macs / full : 1, point.samples(),
          StaticNetwork.asAccurate(manifest, point.name()), !unbeaten.contains(point.name())));
    }
    return points;
  }
}
