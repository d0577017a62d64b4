package org.frugal.governor;

import java.util.ArrayList;
import java.util.List;

/** Which operating points a governor offers: none that another one beats, and none beyond the knee. */
final class Ladder {
  private Ladder() {}

  /**
   * Indices of the points worth choosing, cheapest first. Left out is a point that is no more accurate than one that
   * costs no more, and every point above the knee, which is the cheapest that gives up at most {@code knee} of the best
   * accuracy. Where an accuracy or a cost is unknown all are offered.
   *
   * @param points at least one, cheapest first
   * @param knee accuracy, from 0 to 1
   */
  static int[] offered(List<Point> points, double knee) {
    List<Integer> frontier = new ArrayList<>();
    boolean measured = points.stream().allMatch(Point::isMeasured);
    for (int i = 0; i < points.size(); i++) {
      Point last = measured && !frontier.isEmpty() ? points.get(frontier.get(frontier.size() - 1)) : null;
      if (last != null && points.get(i).accuracy() <= last.accuracy()) {
        continue;
      }
      if (last != null && points.get(i).cost() <= last.cost()) {
        frontier.remove(frontier.size() - 1);
      }
      frontier.add(i);
    }
    int count = measured ? upToTheKnee(points, frontier, knee) : frontier.size();
    return frontier.stream().limit(count).mapToInt(Integer::intValue).toArray();
  }

  private static int upToTheKnee(List<Point> points, List<Integer> frontier, double knee) {
    double enough = points.get(frontier.get(frontier.size() - 1)).accuracy() - knee;
    int place = 0;
    while (points.get(frontier.get(place)).accuracy() < enough) {
      place++;
    }
    return place + 1;
  }
}
