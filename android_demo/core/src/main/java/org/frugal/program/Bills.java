package org.frugal.program;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Step;

/**
 * What a run of a program can be billed for, by number: the parts of the manifest, then crops and keeps with a
 * cost.
 */
public final class Bills {
  private final List<String> parts;
  private final List<Map<String, Double>> costs = new ArrayList<>();
  private final List<Step.Priced> priced = new ArrayList<>();

  public Bills(Manifest manifest, List<Step> program) {
    parts = new ArrayList<>(manifest.parts().keySet());
    manifest.parts().values().forEach(part -> costs.add(part.costs()));
    Step.walk(program, step -> {
      if (step instanceof Step.Priced one && !one.costs().isEmpty() && !priced.contains(one)) {
        priced.add(one);
        costs.add(one.costs());
      }
    });
  }

  int of(String part) {
    return parts.indexOf(part);
  }

  /** The number of a crop or a keep, or -1 if it has no cost. */
  int of(Step.Priced step) {
    int found = priced.indexOf(step);
    return found < 0 ? -1 : parts.size() + found;
  }

  /** A task that spends what a crop or a keep costs, each time that it has run. */
  Runnable bill(Step.Priced step, Meter meter) {
    int number = of(step);
    double macs = step.cost("macs");
    double energy = step.cost("energy_uj");
    return number < 0 ? () -> { } : () -> {
      meter.spend(macs, energy);
      meter.note(number);
    };
  }

  /** The name of a part, or null for a crop or a keep. */
  public String part(int bill) {
    return bill < parts.size() ? parts.get(bill) : null;
  }

  /** What one costs, by unit. */
  public Map<String, Double> costs(int bill) {
    return costs.get(bill);
  }
}
