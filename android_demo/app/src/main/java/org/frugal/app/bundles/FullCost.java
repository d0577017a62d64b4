package org.frugal.app.bundles;

import java.util.List;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Step;

/** What the full network costs: the dearest way through a program, were no exit ever taken. */
public final class FullCost {
  private FullCost() {}

  /** In multiply-adds. */
  public static double macs(Manifest manifest) {
    return of(manifest.program(), manifest);
  }

  private static double of(List<Step> steps, Manifest manifest) {
    double sum = 0;
    for (Step step : steps) {
      if (step instanceof Step.Run run) {
        sum += manifest.parts().get(run.part()).cost("macs");
      } else {
        double dearest = 0;
        for (Step.Inner inner : step.inner()) {
          dearest = Math.max(dearest, of(inner.steps(), manifest));
        }
        sum += step instanceof Step.Repeat repeat ? repeat.times() * dearest : dearest;
      }
    }
    return sum;
  }
}
