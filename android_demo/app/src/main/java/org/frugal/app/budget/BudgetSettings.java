package org.frugal.app.budget;

import java.util.List;
import org.frugal.Budget;
import org.frugal.app.bundles.FullCost;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.OperatingPoint;
import org.frugal.governor.Policy;
import org.frugal.governor.Reading;

/**
 * What a person allows an answer to cost; null is no limit.
 *
 * @param latencyMillis the target of the governor and the deadline of each answer
 * @param macsShare multiply-adds of an answer, as a share of the full network: it means something to every bundle
 * @param energyShare energy of an answer, as a share too; without effect where a bundle does not know its energy
 * @param choice who picks the operating point
 * @param point the one chosen by hand, or null
 * @param followDevice whether battery, charging, power saving and heat have a say
 */
public record BudgetSettings(
    Double latencyMillis, Double macsShare, Double energyShare, Choice choice, String point, boolean followDevice) {
  public static final BudgetSettings DEFAULT = new BudgetSettings(null, null, null, Choice.DEFAULT, null, true);

  /** Who picks the operating point; what the device says can only lower it. */
  public enum Choice {
    /** The bundle: the point that its maker chose. */
    DEFAULT,
    /** The governor: the most expensive that nothing speaks against. */
    AUTOMATIC,
    BY_HAND
  }

  public BudgetSettings withLatencyMillis(Double value) {
    return new BudgetSettings(value, macsShare, energyShare, choice, point, followDevice);
  }

  public BudgetSettings withMacsShare(Double value) {
    return new BudgetSettings(latencyMillis, value, energyShare, choice, point, followDevice);
  }

  public BudgetSettings withEnergyShare(Double value) {
    return new BudgetSettings(latencyMillis, macsShare, value, choice, point, followDevice);
  }

  public BudgetSettings with(Choice value) {
    String kept = value == Choice.BY_HAND ? point : null;
    return new BudgetSettings(latencyMillis, macsShare, energyShare, value, kept, followDevice);
  }

  public BudgetSettings withPoint(String value) {
    return new BudgetSettings(latencyMillis, macsShare, energyShare, Choice.BY_HAND, value, followDevice);
  }

  public BudgetSettings withFollowDevice(boolean value) {
    return new BudgetSettings(latencyMillis, macsShare, energyShare, choice, point, value);
  }

  /** What one answer of this bundle may cost. */
  public Budget budget(Manifest manifest) {
    return new Budget(
        latencyMillis, share(macsShare, FullCost.macs(manifest)), share(energyShare, FullCost.microjoules(manifest)));
  }

  /** Part of a cost; without limit where there is no such cost. */
  private static Double share(Double share, Double full) {
    return share == null || full == null || full <= 0 ? null : (Double) (share * full);
  }

  public Policy policy() {
    return latencyMillis == null ? Policy.DEFAULT : Policy.latencyTargetMillis(latencyMillis);
  }

  /** What the governor is shown. */
  public Reading reading(DeviceReading device, Manifest manifest) {
    Reading seen = followDevice ? device.reading() : Reading.UNKNOWN;
    int chosen = chosen(manifest);
    return chosen < 0 ? seen : seen.withManual(chosen);
  }

  /** The index of the point chosen, or -1; where this bundle has no such point its own default takes its place. */
  private int chosen(Manifest manifest) {
    if (choice == Choice.AUTOMATIC) {
      return -1;
    }
    int byHand = choice == Choice.BY_HAND ? index(manifest.operatingPoints(), point) : -1;
    return byHand >= 0 ? byHand : index(manifest.operatingPoints(), manifest.defaultOperatingPoint());
  }

  private static int index(List<OperatingPoint> points, String name) {
    for (int i = 0; i < points.size(); i++) {
      if (points.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }
}
