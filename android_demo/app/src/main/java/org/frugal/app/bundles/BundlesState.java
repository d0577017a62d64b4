package org.frugal.app.bundles;

import java.util.ArrayList;
import java.util.List;

/**
 * What the Bundles screen shows.
 *
 * @param items in the order of their names
 * @param chosen the one that Live and Benchmark use, or null while none is known to be usable
 * @param looked the one whose points and card are on display, or null for the chosen one
 * @param message the last refusal or failure in a sentence, or null
 * @param busy whether something is being checked
 */
public record BundlesState(List<BundleItem> items, String chosen, String looked, String message, boolean busy) {
  /** As tools/static_network.py names it. */
  private static final String STATIC = "_static";
  private static final String SMALLER = "_smaller";

  public static final BundlesState EMPTY = new BundlesState(List.of(), null, null, null, true);

  public BundleItem item(String name) {
    return items.stream().filter(item -> item.name().equals(name)).findFirst().orElse(null);
  }

  /** The one whose points and card are on display, or null. */
  public BundleItem onDisplay() {
    BundleItem item = item(looked == null ? chosen : looked);
    return item != null && item.isOpened() ? item : null;
  }

  /** The name of a bundle's static network, the same trunk without exits, whether it is here or not. */
  public static String nameOfStatic(String name) {
    return name + STATIC;
  }

  public static boolean isNameOfStatic(String name) {
    return name.endsWith(STATIC) || name.endsWith(SMALLER);
  }

  /** The static network of a bundle; null where it is not here, or may not answer. */
  public BundleItem staticOf(String name) {
    return usable(nameOfStatic(name));
  }

  /** The cheapest static network that is as accurate as a bundle; null where it is not here, or may not answer. */
  public BundleItem smallerOf(String name) {
    return usable(name + SMALLER);
  }

  private BundleItem usable(String name) {
    BundleItem item = item(name);
    return item != null && item.isUsable() ? item : null;
  }

  public BundlesState withMessage(String sentence) {
    return new BundlesState(items, chosen, looked, sentence, busy);
  }

  public BundlesState withBusy(boolean checking) {
    return new BundlesState(items, chosen, looked, message, checking);
  }

  /** Another one in use, which is on display then. */
  public BundlesState withChosen(String name) {
    return new BundlesState(items, name, null, null, busy);
  }

  public BundlesState withLooked(String name) {
    return new BundlesState(items, chosen, name, message, busy);
  }

  /** A new list; what was chosen stays if it can still be used, and otherwise the first that can takes its place. */
  public BundlesState withItems(List<BundleItem> next) {
    String kept = null;
    for (BundleItem item : next) {
      if (item.isUsable() && (kept == null || item.name().equals(chosen))) {
        kept = item.name();
      }
    }
    boolean isThere = next.stream().anyMatch(item -> item.name().equals(looked));
    return new BundlesState(List.copyOf(next), kept, isThere ? looked : null, message, busy);
  }

  /** One bundle more, in its place; it replaces one of its name. */
  public BundlesState with(BundleItem added) {
    List<BundleItem> next = new ArrayList<>();
    items.stream().filter(item -> !item.name().equals(added.name())).forEach(next::add);
    next.add(added);
    next.sort((one, other) -> one.name().compareTo(other.name()));
    return withItems(next);
  }

  public BundlesState without(String name) {
    List<BundleItem> next = new ArrayList<>(items);
    next.removeIf(item -> item.name().equals(name));
    return withItems(next);
  }
}
