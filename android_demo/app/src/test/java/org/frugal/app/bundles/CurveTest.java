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
  public void aCardIsReadAsText() {
    String card = "# epnet\n\n- Made by: `convert`\n\n| name | accuracy |\n|---|---|\n| fast | 98 % |\n";
    assertEquals("epnet\n\n• Made by: convert\n\nname  ·  accuracy\nfast  ·  98 %", CardText.plain(card));
  }
}
