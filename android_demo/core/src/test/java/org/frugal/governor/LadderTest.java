package org.frugal.governor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which points are offered, by hand. */
class LadderTest {
  /** Accuracy, cost, accuracy, cost, ... of points; null is unknown. */
  private static int[] offered(double knee, Double... numbers) {
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < numbers.length; i += 2) {
      points.add(new Point("p", numbers[i], numbers[i + 1]));
    }
    return Ladder.offered(points, knee);
  }

  @Test
  void noPointThatAnotherOneBeats() {
    assertArrayEquals(new int[] {0}, offered(0, 0.5, 1.0));
    assertArrayEquals(new int[] {0}, offered(0, 0.5, 1.0, 0.5, 2.0));
    assertArrayEquals(new int[] {0, 2}, offered(0, 0.6, 1.0, 0.5, 2.0, 0.7, 3.0));
    assertArrayEquals(new int[] {1}, offered(0, 0.5, 1.0, 0.6, 1.0));
    assertArrayEquals(new int[] {0}, offered(0, 0.6, 1.0, 0.5, 1.0));
    assertArrayEquals(new int[] {2, 3}, offered(0, 0.5, 1.0, 0.6, 1.0, 0.7, 1.0, 0.9, 2.0));
  }

  @Test
  void noneBeyondTheKnee() {
    Double[] points = {0.5, 1.0, 0.75, 2.0, 1.0, 3.0};
    assertArrayEquals(new int[] {0, 1}, offered(0.25, points));
    assertArrayEquals(new int[] {0, 1, 2}, offered(0.24, points));
    assertArrayEquals(new int[] {0}, offered(1, points));
  }

  @Test
  void allWhereSomethingIsUnknown() {
    assertArrayEquals(new int[] {0, 1, 2}, offered(0.5, 0.5, 1.0, null, 2.0, 0.4, 3.0));
    assertArrayEquals(new int[] {0, 1}, offered(0.5, 0.5, null, 0.4, 2.0));
  }
}
