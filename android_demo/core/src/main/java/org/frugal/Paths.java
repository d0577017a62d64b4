package org.frugal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Step;
import org.frugal.program.Bills;
import org.frugal.program.Meter;

/** The paths that have been taken, each made once: a chain has few, and an answer should not make garbage. */
final class Paths {
  private static final int MOST = 256;

  /** Names of the parts run, in order, and what they, the crops and the keeps cost, by unit. */
  record Path(List<String> names, Map<String, Double> costs) {}

  /** Numbers of what has been run, compared by content; one object is used to look others up. */
  private static final class Key {
    private int[] bills = new int[0];
    private int hash;

    void set(Meter meter) {
      if (bills.length != meter.count()) {
        bills = new int[meter.count()];
      }
      hash = 1;
      for (int i = 0; i < bills.length; i++) {
        bills[i] = meter.bill(i);
        hash = 31 * hash + bills[i];
      }
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Arrays.equals(bills, key.bills);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private final Manifest manifest;
  private final Bills bills;
  private final Map<Key, Path> known = new HashMap<>();
  private Key probe = new Key();

  /**
   * @param program whose paths they are
   */
  Paths(Manifest manifest, List<Step> program) {
    this.manifest = manifest;
    bills = new Bills(manifest, program);
  }

  /** The path that a meter has just seen. */
  Path of(Meter meter) {
    probe.set(meter);
    Path path = known.get(probe);
    if (path == null) {
      if (known.size() == MOST) {
        known.clear();
      }
      path = make(meter);
      known.put(probe, path);
      probe = new Key();
    }
    return path;
  }

  private Path make(Meter meter) {
    List<String> names = new ArrayList<>();
    Map<String, Double> costs = new LinkedHashMap<>();
    manifest.parts().values().iterator().next().costs().keySet().forEach(unit -> costs.put(unit, 0.0));
    for (int i = 0; i < meter.count(); i++) {
      String part = bills.part(meter.bill(i));
      if (part != null) {
        names.add(part);
        add(costs, meter.bill(i));
      }
    }
    // Crops and keeps behind all parts, so that every runtime rounds the sums alike.
    for (int i = 0; i < meter.count(); i++) {
      if (bills.part(meter.bill(i)) == null) {
        add(costs, meter.bill(i));
      }
    }
    return new Path(List.copyOf(names), Collections.unmodifiableMap(costs));
  }

  private void add(Map<String, Double> costs, int bill) {
    costs.replaceAll((unit, sum) -> sum + bills.costs(bill).getOrDefault(unit, 0.0));
  }
}
