package org.frugal.app.bundles;

import java.util.List;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Step;

/** What the full network costs: the most expensive way through a program, all its rows, no exit and no leave taken. */
public final class FullCost {
  public static final String MACS = "macs";
  public static final String ENERGY = "energy_uj";

  private FullCost() {}

  /** In multiply-adds. */
  public static double macs(Manifest manifest) {
    return of(manifest, MACS);
  }

  /** In microjoules; null where not every part says what it takes. */
  public static Double microjoules(Manifest manifest) {
    boolean known = manifest.parts().values().stream().allMatch(part -> part.costs().containsKey(ENERGY));
    return known ? (Double) of(manifest, ENERGY) : null;
  }

  private static double of(Manifest manifest, String unit) {
    return of(manifest.main(), manifest, unit);
  }

  private static double of(List<Step> steps, Manifest manifest, String unit) {
    double sum = 0;
    for (Step step : steps) {
      if (step instanceof Step.Run run) {
        sum += manifest.parts().get(run.part()).cost(unit);
      } else if (step instanceof Step.Priced priced) {
        sum += priced.cost(unit);
      }
      double mostExpensive = 0;
      for (Step.Inner inner : step.inner()) {
        mostExpensive = Math.max(mostExpensive, of(inner.steps(), manifest, unit));
      }
      sum += times(step, manifest) * mostExpensive;
    }
    return sum;
  }

  private static int times(Step step, Manifest manifest) {
    if (step instanceof Step.Each each) {
      return manifest.values().get(each.rows().values().iterator().next()).shape().get(1);
    }
    return step instanceof Step.Repeat repeat ? repeat.times() : 1;
  }
}
