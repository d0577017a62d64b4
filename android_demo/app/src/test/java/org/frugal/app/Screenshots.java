package org.frugal.app;

import java.util.ArrayList;
import java.util.List;

/** Which pictures of the screens are drawn. */
public final class Screenshots {
  static final String PHONE = "w411dp-h891dp-%s-hdpi";
  static final String TABLET = "w800dp-h1280dp-%s-mdpi";
  static final String LYING = "w1280dp-h800dp-land-%s-mdpi";

  private Screenshots() {}

  /** Whether they go elsewhere than among what a build leaves: somebody will look at them. */
  public static boolean areKept() {
    return !System.getProperty("frugal.screenshots").endsWith("/target/screenshots");
  }

  /** Those that every build draws, and behind them those that are drawn where somebody will look at them. */
  public static List<Object[]> looks(List<Object[]> always, List<Object[]> ifKept) {
    List<Object[]> all = new ArrayList<>(always);
    all.addAll(areKept() ? ifKept : List.of());
    return all;
  }

  static List<Object[]> phone() {
    return List.of(
        new Object[] {"", PHONE.formatted("notnight")}, new Object[] {"_dark", PHONE.formatted("night")});
  }

  static List<Object[]> tablet() {
    return List.of(
        new Object[] {"_tablet", TABLET.formatted("notnight")},
        new Object[] {"_tablet_dark", LYING.formatted("night")});
  }
}
