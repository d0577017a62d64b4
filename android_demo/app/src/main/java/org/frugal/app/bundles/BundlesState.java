package org.frugal.app.bundles;

import java.util.ArrayList;
import java.util.List;

/**
 * What the Bundles screen shows.
 *
 * @param items in the order of their names
 * @param chosen the one that Live and Benchmark use, or null while none is usable
 * @param message the last refusal or failure in a sentence, or null
 * @param busy whether something is being checked
 */
public record BundlesState(List<BundleItem> items, String chosen, String message, boolean busy) {
  /** As tools/static_network.py names it. */
  private static final String STATIC = "_static";

  public static final BundlesState EMPTY = new BundlesState(List.of(), null, null, true);

  public BundleItem item(String name) {
    return items.stream().filter(item -> item.name().equals(name)).findFirst().orElse(null);
  }

  /** The name of a bundle's static network, the same trunk without exits, whether it is here or not. */
  public static String nameOfStatic(String name) {
    return name + STATIC;
  }

  public static boolean isNameOfStatic(String name) {
    return name.endsWith(STATIC);
  }

  /** The static network of a bundle; null where it is not here, or was refused. */
  public BundleItem staticOf(String name) {
    BundleItem item = item(nameOfStatic(name));
    return item != null && item.isUsable() ? item : null;
  }

  public BundlesState withMessage(String sentence) {
    return new BundlesState(items, chosen, sentence, false);
  }

  public BundlesState withBusy() {
    return new BundlesState(items, chosen, null, true);
  }

  public BundlesState withChosen(String name) {
    return new BundlesState(items, name, null, busy);
  }

  /** A new list; what was chosen stays if it can still be used, and otherwise the first that can takes its place. */
  public BundlesState withItems(List<BundleItem> next) {
    String kept = null;
    for (BundleItem item : next) {
      if (item.isUsable() && (kept == null || item.name().equals(chosen))) {
        kept = item.name();
      }
    }
    return new BundlesState(List.copyOf(next), kept, message, false);
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
