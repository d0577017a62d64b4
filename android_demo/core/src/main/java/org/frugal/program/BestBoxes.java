package org.frugal.program;

import java.util.List;
import org.frugal.bundle.Step;
import org.frugal.tensor.Tensor;

/**
 * The best of many boxes: a threshold on their scores, and non-maximum suppression within each class, in float64. What
 * is kept stands in arrays that the next call overwrites.
 */
final class BestBoxes {
  private static final int CORNERS = 4;

  private final int classCount;
  private final int most;
  /** Candidates that are open yet, as row * classes + class, rising. */
  private final int[] open;
  private final double[] corners;
  private final double[] scores;
  private final double[] classes;
  private final double[] rows;
  private final double[] count = new double[1];

  /**
   * @param boxes value [1, rows, 4]
   * @param scores value of as many numbers for each row, one a class
   */
  BestBoxes(Tensor boxes, Tensor scores, int most) {
    this.most = most;
    classCount = scores.elements() / boxes.shape().get(1);
    open = new int[scores.elements()];
    corners = new double[CORNERS * most];
    this.scores = new double[most];
    classes = new double[most];
    rows = new double[most];
  }

  /** What is kept, by the names of {@link Step.Keep#outputs}: zeros behind the last one. */
  double[] kept(String what) {
    return List.of(corners, scores, classes, rows, count)
        .get(List.of("boxes", "scores", "classes", "rows", "count").indexOf(what));
  }

  /**
   * Chooses by falling score; among equals by rising row, then by rising class.
   *
   * @param threshold the least score; NaN is below any
   * @param overlap a box is left out whose intersection over union with a better one of its class is more than this
   */
  void choose(double[] boxes, double[] table, double threshold, double overlap) {
    int left = 0;
    for (int i = 0; i < table.length; i++) {
      if (table[i] >= threshold) {
        open[left++] = i;
      }
    }
    int kept = 0;
    while (kept < most && left > 0) {
      int best = best(table, left);
      keep(kept++, best, boxes, table[best]);
      left = leaveOpen(best, left, boxes, overlap);
    }
    count[0] = kept;
    for (int i = kept; i < most; i++) {
      clear(i);
    }
  }

  private int best(double[] table, int left) {
    int best = open[0];
    for (int i = 1; i < left; i++) {
      best = table[open[i]] > table[best] ? open[i] : best;
    }
    return best;
  }

  private void keep(int place, int candidate, double[] boxes, double score) {
    int row = candidate / classCount;
    System.arraycopy(boxes, CORNERS * row, corners, CORNERS * place, CORNERS);
    scores[place] = score;
    classes[place] = candidate % classCount;
    rows[place] = row;
  }

  private void clear(int place) {
    for (int i = 0; i < CORNERS; i++) {
      corners[CORNERS * place + i] = 0;
    }
    scores[place] = 0;
    classes[place] = 0;
    rows[place] = 0;
  }

  /** Drops the one that is kept, and those of its class that it overlaps; gives how many are left. */
  private int leaveOpen(int best, int left, double[] boxes, double overlap) {
    int next = 0;
    for (int i = 0; i < left; i++) {
      int other = open[i];
      boolean sameClass = other % classCount == best % classCount;
      boolean out = other == best
          || sameClass && overlap(boxes, CORNERS * (best / classCount), CORNERS * (other / classCount)) > overlap;
      if (!out) {
        open[next++] = other;
      }
    }
    return next;
  }

  /** Intersection over union of the boxes at two places; 0 where the union is empty, NaN where a corner is. */
  private static double overlap(double[] boxes, int one, int other) {
    double inside = area(
        Math.max(boxes[one], boxes[other]), Math.max(boxes[one + 1], boxes[other + 1]),
        Math.min(boxes[one + 2], boxes[other + 2]), Math.min(boxes[one + 3], boxes[other + 3]));
    double union = area(boxes, one) + area(boxes, other) - inside;
    return union == 0 ? 0 : inside / union;
  }

  private static double area(double[] boxes, int at) {
    return area(boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3]);
  }

  private static double area(double top, double left, double bottom, double right) {
    return Math.max(bottom - top, 0) * Math.max(right - left, 0);
  }
}
