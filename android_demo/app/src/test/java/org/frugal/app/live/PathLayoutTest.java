package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.frugal.app.live.PathLayout.Place;
import org.junit.Test;

/** Blocks as wide as their cost, in as few rows as can be read. */
public class PathLayoutTest {
  private static final float LEAST = 40;
  private static final float GAP = 10;

  @Test
  public void widthsAreAsTheCosts() {
    // 330 less a gap at both ends and two between are 290: 58 a unit of cost.
    PathLayout layout = layout(330, 2, 1, 2);
    assertEquals(1, layout.rows());
    assertPlace(layout.places().get(0), 0, 10, 116);
    assertPlace(layout.places().get(1), 0, 136, 58);
    assertPlace(layout.places().get(2), 0, 204, 116);
  }

  @Test
  public void whatCostsNextToNothingCanStillBeRead() {
    // 40 go to the cheap one; 320 less two gaps at the ends, one between and the 40 are 250.
    PathLayout layout = layout(320, 1000, 1);
    assertPlace(layout.places().get(0), 0, 10, 250);
    assertPlace(layout.places().get(1), 0, 270, 40);
  }

  @Test
  public void whereNothingCostsAllAreNarrow() {
    for (Place place : layout(320, 0, 0).places()) {
      assertEquals(LEAST, place.width(), 1e-3);
    }
  }

  @Test
  public void whatDoesNotFitInARowGoesOnInTheNextOnOneScale() {
    double[] costs = {1, 1, 1, 1, 1, 1, 1, 1, 4};
    PathLayout layout = layout(320, costs);
    assertTrue("nine of 40 and their gaps are wider than 300", layout.rows() > 1);
    List<Place> places = layout.places();
    assertEquals("a row begins where the one before did", GAP, first(places, 1).left(), 0);
    for (Place place : places) {
      assertTrue("inside", place.left() >= GAP && place.left() + place.width() <= 320 - GAP + 0.6);
    }
    assertEquals("four times the cost", 4 * places.get(0).width(), places.get(8).width(), 1);
  }

  @Test
  public void aPartAloneFillsTheRow() {
    assertPlace(layout(120, 5).places().get(0), 0, 10, 100);
    assertPlace(layout(120, 0).places().get(0), 0, 10, 40);
  }

  @Test
  public void aWidePartMakesRoomSoThatThereIsNoRowMore() {
    // 40 and 40 share the second row; at most 50 are left for the first part beside the other one of 40.
    PathLayout layout = layout(120, 100, 1, 1, 1);
    assertEquals(2, layout.rows());
    assertEquals(50, layout.places().get(0).width(), 3);
  }

  @Test
  public void aThousandPartsArePlaced() {
    double[] costs = new double[1000];
    Arrays.fill(costs, 3);
    costs[999] = 1e30;
    PathLayout layout = layout(360, costs);
    assertEquals(1000, layout.places().size());
    assertTrue(layout.rows() <= 1000);
  }

  private static Place first(List<Place> places, int row) {
    return places.stream().filter(place -> place.row() == row).findFirst().orElseThrow();
  }

  private static void assertPlace(Place place, int row, double left, double width) {
    assertEquals(row, place.row());
    assertEquals(left, place.left(), 0.01);
    assertEquals(width, place.width(), 0.01);
  }

  private static PathLayout layout(float width, double... costs) {
    float[] least = new float[costs.length];
    Arrays.fill(least, LEAST);
    return PathLayout.of(costs, least, width, GAP);
  }
}
