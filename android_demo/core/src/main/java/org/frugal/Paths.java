package org.frugal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Manifest;
import org.frugal.program.Meter;

/** The paths that have been taken, each made once: a chain has few, and an answer should not make garbage. */
final class Paths {
  private static final int MOST = 256;

  /** Names of the parts run, in order, and what they cost, by unit. */
  record Path(List<String> names, Map<String, Double> costs) {}

  /** Part numbers, compared by content; one object is used to look others up. */
  private static final class Key {
    private int[] parts = new int[0];
    private int hash;

    void set(Meter meter) {
      if (parts.length != meter.count()) {
        parts = new int[meter.count()];
      }
      hash = 1;
      for (int i = 0; i < parts.length; i++) {
        parts[i] = meter.part(i);
        hash = 31 * hash + parts[i];
      }
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Arrays.equals(parts, key.parts);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private final Manifest manifest;
  private final List<String> partNames;
  private final Map<Key, Path> known = new HashMap<>();
  private Key probe = new Key();

  Paths(Manifest manifest) {
    this.manifest = manifest;
    partNames = new ArrayList<>(manifest.parts().keySet());
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
      String name = partNames.get(meter.part(i));
      names.add(name);
      costs.replaceAll((unit, sum) -> sum + manifest.parts().get(name).cost(unit));
    }
    return new Path(List.copyOf(names), Collections.unmodifiableMap(costs));
  }
}
