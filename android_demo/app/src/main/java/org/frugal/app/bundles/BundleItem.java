package org.frugal.app.bundles;

import java.util.List;
import org.frugal.app.Plain;

/**
 * A line of the list of bundles.
 *
 * @param name in the store
 * @param fromApk whether it came with the app, and cannot be removed
 * @param points empty unless it could be opened
 * @param summary parts, classes and size in words; null unless it could be opened
 * @param card its MODEL_CARD.md, or null
 * @param selfTest what its goldens gave, or null where it has none, needs another machine for it, or could not be
 *     opened
 * @param refusal why it could not be opened, or null
 */
public record BundleItem(
    String name,
    boolean fromApk,
    Standing standing,
    List<CostPoint> points,
    Summary summary,
    String card,
    SelfTest selfTest,
    String refusal) {
  /** What is known of a bundle. */
  public enum Standing {
    /** Nobody has looked at it since the app began. */
    UNSEEN,
    /** The app ended while it was opened: it is not opened again unless a person asks for it. */
    CRASHED,
    /** It broke a rule of the format, or cannot be read here. */
    REFUSED,
    /** It can be looked at, but its self-test fails here: its answers would be others than its maker measured. */
    FAILED,
    USABLE
  }

  /**
   * What it is, and sizes that the screen puts in words.
   *
   * @param title for people, or null
   * @param question that it is asked, or null
   * @param asksAnother whether it runs parts on another machine where there is one
   * @param taught whether pictures teach it new classes
   */
  public record Summary(
      String title, String question, boolean asksAnother, boolean taught, int parts, int classes, int height, int width, long bytes,
      String defaultPoint) {}

  /** Mismatches of the goldens, as sentences. */
  public record SelfTest(int cases, List<String> problems) {
    public boolean passed() {
      return problems.isEmpty();
    }
  }

  static BundleItem unseen(String name, boolean fromApk) {
    return new BundleItem(name, fromApk, Standing.UNSEEN, List.of(), null, null, null, null);
  }

  static BundleItem crashed(String name, boolean fromApk) {
    return new BundleItem(name, fromApk, Standing.CRASHED, List.of(), null, null, null, null);
  }

  static BundleItem refused(String name, boolean fromApk, String refusal) {
    return new BundleItem(name, fromApk, Standing.REFUSED, List.of(), null, null, null, refusal);
  }

  /** One that could be opened. */
  static BundleItem opened(
      String name, boolean fromApk, List<CostPoint> points, Summary summary, String card, SelfTest selfTest) {
    Standing standing = selfTest == null || selfTest.passed() ? Standing.USABLE : Standing.FAILED;
    return new BundleItem(name, fromApk, standing, points, summary, card, selfTest, null);
  }

  /** What a person calls it. */
  public String title() {
    return summary == null || summary.title() == null ? name : Plain.line(summary.title());
  }

  /** What it is asked, in a sentence; empty where nobody says. */
  public String question() {
    return summary == null || summary.question() == null ? "" : Plain.line(summary.question());
  }

  /** Whether it may answer. */
  public boolean isUsable() {
    return standing == Standing.USABLE;
  }

  /** Whether there is something of it to look at. */
  public boolean isOpened() {
    return summary != null;
  }
}
