package org.frugal.app.bundles;

import java.util.List;

/**
 * A line of the list of bundles.
 *
 * @param name in the store
 * @param fromApk whether it came with the app, and cannot be removed
 * @param points empty for a refused bundle
 * @param summary parts, classes and size in words; null for a refused bundle
 * @param card its MODEL_CARD.md, or null
 * @param selfTest what its goldens gave, or null where it has none or was refused
 * @param refusal why it cannot be used, or null
 */
public record BundleItem(
    String name,
    boolean fromApk,
    List<CostPoint> points,
    Summary summary,
    String card,
    SelfTest selfTest,
    String refusal) {
  /** Sizes that the screen puts in words. */
  public record Summary(int parts, int classes, int height, int width, long bytes, String defaultPoint) {}

  /** Mismatches of the goldens, as sentences. */
  public record SelfTest(int cases, List<String> problems) {
    public boolean passed() {
      return problems.isEmpty();
    }
  }

  static BundleItem refused(String name, boolean fromApk, String refusal) {
    return new BundleItem(name, fromApk, List.of(), null, null, null, refusal);
  }

  public boolean isUsable() {
    return refusal == null;
  }
}
