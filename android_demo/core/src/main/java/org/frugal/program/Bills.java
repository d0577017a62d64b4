package org.frugal.program;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Step;

/** What a run of the main program can be billed for, by number: the parts of the manifest, then crops with a cost. */
public final class Bills {
  private final List<String> parts;
  private final List<Map<String, Double>> costs = new ArrayList<>();
  private final List<Step.Crop> crops = new ArrayList<>();

  public Bills(Manifest manifest) {
    parts = new ArrayList<>(manifest.parts().keySet());
    manifest.parts().values().forEach(part -> costs.add(part.costs()));
    Step.walk(manifest.main(), step -> {
      if (step instanceof Step.Crop crop && !crop.costs().isEmpty() && !crops.contains(crop)) {
        crops.add(crop);
        costs.add(crop.costs());
      }
    });
  }

  int of(String part) {
    return parts.indexOf(part);
  }

  /** The number of a crop, or -1 if it has no cost. */
  int of(Step.Crop crop) {
    int found = crops.indexOf(crop);
    return found < 0 ? -1 : parts.size() + found;
  }

  /** The name of a part, or null for a crop. */
  public String part(int bill) {
    return bill < parts.size() ? parts.get(bill) : null;
  }

  /** What one costs, by unit. */
  public Map<String, Double> costs(int bill) {
    return costs.get(bill);
  }
}
