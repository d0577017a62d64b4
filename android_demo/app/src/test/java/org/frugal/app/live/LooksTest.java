package org.frugal.app.live;

import static org.junit.Assert.assertEquals;

import org.frugal.Event.Corners;
import org.junit.Test;

/** Which window of a glimpse is drawn, by hand. */
public class LooksTest {
  @Test
  public void ofThreeWindowsTheSmallestIsAQuarterAsWide() {
    Corners largest = new Corners(-0.2, 0.0, 0.8, 2.0);
    assertEquals(new Corners(0.175, 0.75, 0.425, 1.25), Looks.sharpest(largest, 3));
    assertEquals(largest, Looks.sharpest(largest, 1));
  }
}
