package org.frugal.app.live;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the nodes of a path lie: in as few rows as they can be read in, each as wide as its share of the cost.
 *
 * @param rows how many there are
 */
record PathLayout(List<Place> places, int rows) {
  /** In the units of the width given. */
  record Place(int row, float left, float width) {}

  /** Bisections of a scale: far finer than a pixel. */
  private static final int STEPS = 30;
  /** A row that breaks early leaves room: the scale shrinks until all nodes fit. */
  private static final float SHRINK = 0.95f;

  /**
   * @param costs of each node, at least one; all widths are on one scale of it
   * @param least the narrowest that each can be read at
   * @param gap between two nodes, and at both ends of a row, where a line to the next row passes
   */
  static PathLayout of(double[] costs, float[] least, float width, float gap) {
    float usable = Math.max(1, width - 2 * gap);
    for (int rows = 1; rows < costs.length; rows++) {
      double scale = scale(costs, least, rows * (usable + gap) - costs.length * gap);
      for (int tries = 0; scale > 0 && tries < STEPS; tries++, scale *= SHRINK) {
        PathLayout placed = place(costs, least, scale, usable, gap);
        if (placed.rows() <= rows) {
          return placed;
        }
      }
    }
    return place(costs, least, scale(costs, least, costs.length * usable), usable, gap);
  }

  /** What one unit of cost is wide so that all nodes together have a width; 0 where not even the narrowest have. */
  private static double scale(double[] costs, float[] least, double room) {
    double all = 0;
    for (double cost : costs) {
      all += cost;
    }
    double low = 0;
    double high = all > 0 ? room / all : 0;
    if (sum(costs, least, 0) > room) {
      return 0;
    }
    for (int i = 0; i < STEPS; i++) {
      double middle = (low + high) / 2;
      if (sum(costs, least, middle) > room) {
        high = middle;
      } else {
        low = middle;
      }
    }
    // Where nothing costs anything, any scale will do.
    return low > 0 ? low : Double.MIN_NORMAL;
  }

  private static double sum(double[] costs, float[] least, double scale) {
    double sum = 0;
    for (int i = 0; i < costs.length; i++) {
      sum += Math.max(least[i], scale * costs[i]);
    }
    return sum;
  }

  private static PathLayout place(double[] costs, float[] least, double scale, float usable, float gap) {
    List<Place> places = new ArrayList<>();
    int row = 0;
    float left = 0;
    for (int i = 0; i < costs.length; i++) {
      float wide = Math.min(usable, (float) Math.max(least[i], scale * costs[i]));
      if (left > 0 && left + wide > usable + 0.5f) {
        row++;
        left = 0;
      }
      places.add(new Place(row, gap + left, wide));
      left += wide + gap;
    }
    return new PathLayout(places, row + 1);
  }
}
