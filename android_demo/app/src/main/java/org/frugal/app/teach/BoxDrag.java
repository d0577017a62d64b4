package org.frugal.app.teach;

import org.frugal.Event.Corners;

/**
 * What a finger makes of a box: near a corner it moves that corner, inside it moves the box, elsewhere it draws a new
 * one. Places are 0..1 over the edges of the picture.
 */
final class BoxDrag {
  /** Sides below this are no box but a tap. */
  static final double LEAST = 0.04;

  private final Corners bounds;
  private final double reachX;
  private final double reachY;
  private Corners moved;
  private double fromX;
  private double fromY;

  /**
   * @param bounds where boxes may lie
   * @param reachX how near a finger has to be to a corner to move it
   */
  BoxDrag(Corners bounds, double reachX, double reachY) {
    this.bounds = bounds;
    this.reachX = reachX;
    this.reachY = reachY;
  }

  /**
   * A finger is set down.
   *
   * @param present the box that is there, or null
   */
  void begin(Corners present, double x, double y) {
    fromX = held(x, bounds.left(), bounds.right());
    fromY = held(y, bounds.top(), bounds.bottom());
    moved = null;
    if (present == null) {
      return;
    }
    boolean atLeft = Math.abs(x - present.left()) <= reachX;
    boolean atRight = Math.abs(x - present.right()) <= reachX;
    boolean atTop = Math.abs(y - present.top()) <= reachY;
    boolean atBottom = Math.abs(y - present.bottom()) <= reachY;
    if ((atLeft || atRight) && (atTop || atBottom)) {
      // The corner across stays where it is. Of a small box the nearer side is meant.
      boolean left = atLeft && Math.abs(x - present.left()) <= Math.abs(x - present.right());
      boolean top = atTop && Math.abs(y - present.top()) <= Math.abs(y - present.bottom());
      fromX = left ? present.right() : present.left();
      fromY = top ? present.bottom() : present.top();
    } else if (present.left() < x && x < present.right() && present.top() < y && y < present.bottom()) {
      moved = present;
    }
  }

  /** The box while the finger is there; null while it is too small to be one. */
  Corners to(double x, double y) {
    if (moved != null) {
      double along = held(x - fromX, bounds.left() - moved.left(), bounds.right() - moved.right());
      double down = held(y - fromY, bounds.top() - moved.top(), bounds.bottom() - moved.bottom());
      return new Corners(moved.top() + down, moved.left() + along, moved.bottom() + down, moved.right() + along);
    }
    double atX = held(x, bounds.left(), bounds.right());
    double atY = held(y, bounds.top(), bounds.bottom());
    Corners box =
        new Corners(Math.min(fromY, atY), Math.min(fromX, atX), Math.max(fromY, atY), Math.max(fromX, atX));
    boolean tap = box.bottom() - box.top() < LEAST || box.right() - box.left() < LEAST;
    return tap ? null : box;
  }

  private static double held(double value, double low, double high) {
    return Math.max(low, Math.min(high, value));
  }
}
