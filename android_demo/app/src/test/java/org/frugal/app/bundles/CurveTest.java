package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;

import java.util.List;
import org.junit.Test;

public class CurveTest {
  private static final List<CostPoint> POINTS = List.of(
      new CostPoint("fast", 0.982, 13e6, 0.2, 3600), new CostPoint("balanced", 0.988, 14.4e6, 0.22, 3600),
      new CostPoint("full", 0.991, 65e6, 1, 3600));

  @Test
  public void theAccuraciesLieBetweenRoundNumbers() {
    CurveScale scale = CurveScale.of(POINTS);
    assertEquals(0.98, scale.least(), 1e-12);
    assertEquals(0.995, scale.most(), 1e-12);
    assertEquals(0.005, scale.step(), 0);
    assertEquals(65e6 * 1.06, scale.mostMacs(), 1);
    assertEquals(0, scale.y(scale.least()), 1e-12);
    assertEquals(1, scale.y(scale.most()), 1e-12);
  }

  @Test
  public void onePointAlsoHasARange() {
    CurveScale scale = CurveScale.of(POINTS.subList(1, 2));
    assertEquals(0.5, scale.y(0.988), 0.51);
    assertEquals(1, scale.y(scale.most()), 1e-12);
  }

  @Test
  public void aTapPicksTheNearestPointOnTheScreen() {
    CurveScale scale = CurveScale.of(POINTS);
    assertEquals(2, scale.nearest(POINTS, 0.9, 0.2, 1000, 500));
    assertEquals(0, scale.nearest(POINTS, 0.2, 0, 1000, 500));
    assertEquals(1, scale.nearest(POINTS, 0.2, 0.7, 1000, 500));
  }

  @Test
  public void nothingLiesBeyondAllRightOrAllWrong() {
    CurveScale scale = CurveScale.of(List.of(
        new CostPoint("none", 0, 1, 0.1, 10), new CostPoint("all", 1, 10, 1, 10)));
    assertEquals(0, scale.least(), 0);
    assertEquals(1, scale.most(), 0);
    CurveScale right = CurveScale.of(List.of(new CostPoint("all", 1, 10, 1, 10)));
    assertEquals(1, right.most(), 0);
    assertEquals(1, right.y(1), 0);
  }
}
