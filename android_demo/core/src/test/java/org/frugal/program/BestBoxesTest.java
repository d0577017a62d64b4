package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.frugal.TestFiles;
import org.frugal.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The best of many boxes, case by case from a table that Python reads too, and against the definition. */
class BestBoxesTest {
  private static final double[] TWO = {0, 0, 1, 1, 0.5, 0.5, 1, 1};

  static List<JsonObject> cases() {
    return TestFiles.cases("keep");
  }

  private static BestBoxes best(int rows, int classes, int most) {
    return new BestBoxes(Tensor.float32(List.of(1, rows, 4)), Tensor.float32(List.of(1, rows, classes)), most);
  }

  private static double[] flat(JsonValue table) {
    return table.asArray().values().stream().flatMapToDouble(row -> DoubleStream.of(TestFiles.numbers(row)))
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bothRuntimesKeepAlike(JsonObject line) {
    double[] boxes = flat(line.get("boxes"));
    double[] scores = flat(line.get("scores"));
    double[] rows = TestFiles.numbers(line.get("rows"));
    int most = line.getInt("most", 0);
    BestBoxes best = best(boxes.length / 4, scores.length / (boxes.length / 4), most);
    best.choose(boxes, scores, line.getDouble("threshold", 0), line.getDouble("overlap", 0));
    assertArrayEquals(new double[] {rows.length}, best.kept("count"));
    assertArrayEquals(Arrays.copyOf(rows, most), best.kept("rows"));
    assertArrayEquals(Arrays.copyOf(TestFiles.numbers(line.get("classes")), most), best.kept("classes"));
    assertArrayEquals(Arrays.copyOf(TestFiles.numbers(line.get("kept")), most), best.kept("scores"));
    double[] corners = new double[4 * most];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(boxes, 4 * (int) rows[i], corners, 4 * i, 4);
    }
    assertArrayEquals(corners, best.kept("boxes"));
  }

  private static double share(double[] boxes, int a, int b) {
    double high = Math.min(boxes[a + 2], boxes[b + 2]) - Math.max(boxes[a], boxes[b]);
    double wide = Math.min(boxes[a + 3], boxes[b + 3]) - Math.max(boxes[a + 1], boxes[b + 1]);
    double inside = Math.max(high, 0) * Math.max(wide, 0);
    double one = (boxes[a + 2] - boxes[a]) * (boxes[a + 3] - boxes[a + 1]);
    return inside / (one + (boxes[b + 2] - boxes[b]) * (boxes[b + 3] - boxes[b + 1]) - inside);
  }

  /** Boxes of random sizes around random places. */
  private static double[] random(Random random, int rows) {
    double[] boxes = new double[4 * rows];
    for (int i = 0; i < boxes.length; i++) {
      boxes[i] = i % 4 < 2 ? random.nextDouble() : boxes[i - 2] + random.nextDouble();
    }
    return boxes;
  }

  @Test
  void aBoxIsKeptUnlessABetterOneOfItsClassCoversIt() {
    Random random = new Random(5);
    double[] boxes = random(random, 40);
    double[] scores = random.doubles(120).toArray();
    BestBoxes best = best(40, 3, 1000);
    best.choose(boxes, scores, 0.6, 0.3);
    boolean[] kept = new boolean[120];
    int count = (int) best.kept("count")[0];
    for (int i = 0; i < count; i++) {
      kept[3 * (int) best.kept("rows")[i] + (int) best.kept("classes")[i]] = true;
      assertTrue(i == 0 || best.kept("scores")[i - 1] >= best.kept("scores")[i]);
    }
    int covered = 0;
    for (int i = 0; i < 120; i++) {
      boolean out = false;
      for (int j = i % 3; j < 120; j += 3) {
        out |= kept[j] && scores[j] > scores[i] && share(boxes, 4 * (j / 3), 4 * (i / 3)) > 0.3;
      }
      assertEquals(scores[i] >= 0.6 && !out, kept[i], "candidate " + i);
      covered += scores[i] >= 0.6 && out ? 1 : 0;
    }
    assertTrue(covered > 5 && count > 5, covered + " covered, " + count + " kept");
  }

  @Test
  void nothingIsKeptOfTheLastCall() {
    BestBoxes best = best(2, 1, 2);
    best.choose(TWO, new double[] {1, 2}, 0, 1);
    assertArrayEquals(new double[] {0.5, 0.5, 1, 1, 0, 0, 1, 1}, best.kept("boxes"));
    assertArrayEquals(new double[] {1, 0}, best.kept("rows"));
    best.choose(TWO, new double[] {1, -1}, 0, 1);
    assertArrayEquals(new double[] {1}, best.kept("count"));
    assertArrayEquals(new double[] {0, 0, 1, 1, 0, 0, 0, 0}, best.kept("boxes"));
    assertArrayEquals(new double[] {1, 0}, best.kept("scores"));
    assertArrayEquals(new double[] {0, 0}, best.kept("rows"));
    best.choose(TWO, new double[] {-1, -1}, 0, 1);
    assertArrayEquals(new double[8], best.kept("boxes"));
    assertArrayEquals(new double[] {0}, best.kept("count"));
  }
}
