package org.frugal.app.teach;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import org.frugal.Event.Corners;
import org.junit.Test;

/** What a finger makes of a box: it draws one, moves a corner, or moves all of it, and stays inside. */
public class BoxDragTest {
  private static final Corners ALL = new Corners(0, 0, 1, 1);
  private static final Corners BOX = new Corners(0.2, 0.3, 0.6, 0.8);

  private final BoxDrag drag = new BoxDrag(ALL, 0.1, 0.05);

  private static void assertBox(double top, double left, double bottom, double right, Corners box) {
    assertEquals(top, box.top(), 1e-9);
    assertEquals(left, box.left(), 1e-9);
    assertEquals(bottom, box.bottom(), 1e-9);
    assertEquals(right, box.right(), 1e-9);
  }

  @Test
  public void aNewBoxHasTwoOfItsCornersWhereTheFingerWas() {
    drag.begin(null, 0.25, 0.5);
    assertBox(0.5, 0.25, 0.75, 0.5, drag.to(0.5, 0.75));
    assertBox(0.25, 0.125, 0.5, 0.25, drag.to(0.125, 0.25));
  }

  @Test
  public void aTapIsNoBox() {
    drag.begin(null, 0.25, 0.5);
    assertNull(drag.to(0.25, 0.5));
    assertNull("a line is none either", drag.to(0.9, 0.52));
  }

  @Test
  public void outsideOfABoxANewOneIsDrawn() {
    drag.begin(BOX, 0.05, 0.9);
    assertBox(0.9, 0.05, 1, 0.5, drag.to(0.5, 1));
  }

  @Test
  public void nearACornerThatCornerIsMoved() {
    drag.begin(BOX, 0.79, 0.61);
    assertBox(0.2, 0.3, 0.9, 0.9, drag.to(0.9, 0.9));
    drag.begin(BOX, 0.22, 0.24);
    assertBox(0.1, 0.25, 0.6, 0.8, drag.to(0.25, 0.1));
    drag.begin(BOX, 0.9, 0.2);
    assertBox(0.6, 0.1, 0.7, 0.3, drag.to(0.1, 0.7));
  }

  @Test
  public void ofASmallBoxTheNearerCornerIsMeant() {
    Corners small = new Corners(0.5, 0.5, 0.55, 0.56);
    drag.begin(small, 0.57, 0.56);
    assertBox(0.5, 0.5, 0.9, 0.9, drag.to(0.9, 0.9));
    drag.begin(small, 0.49, 0.49);
    assertBox(0.1, 0.1, 0.55, 0.56, drag.to(0.1, 0.1));
  }

  @Test
  public void insideAllOfItIsMovedAndNoFurtherThanTheEdge() {
    drag.begin(BOX, 0.5, 0.4);
    assertBox(0.3, 0.35, 0.7, 0.85, drag.to(0.55, 0.5));
    assertBox(0.6, 0.5, 1, 1, drag.to(3, 3));
    assertBox(0, 0, 0.4, 0.5, drag.to(-3, -3));
  }

  @Test
  public void noBoxReachesWhereTheNetworkDoesNotLook() {
    BoxDrag middle = new BoxDrag(new Corners(0, 0.25, 1, 0.75), 0.1, 0.1);
    middle.begin(null, 0.1, -0.5);
    assertBox(0, 0.25, 1, 0.75, middle.to(2, 2));
    middle.begin(new Corners(0.2, 0.3, 0.6, 0.6), 0.45, 0.4);
    assertBox(0.2, 0.45, 0.6, 0.75, middle.to(0.9, 0.4));
  }
}
