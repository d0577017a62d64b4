package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Rule;
import org.frugal.bundle.Setting;
import org.frugal.bundle.Step;
import org.junit.jupiter.api.Test;

/** The worst-case cost to the next answer, on paper: part n costs (n, 10 n, 100 - n). */
class CostsAheadTest {
  private static final Rule RULE = new Rule.AtLeast("v", new Setting.Constant(Numbers.of(0)));

  private static Step part(int number) {
    return new Step.Run(String.valueOf(number), Map.of(), Map.of(), false, null);
  }

  private static Step remote(int number, Step... otherwise) {
    return new Step.Run(String.valueOf(number), Map.of(), Map.of(), true, List.of(otherwise));
  }

  /** Costs (n, 10 n, 100 - n) too. */
  private static Step crop(int number) {
    return new Step.Crop("v", "at", "p", 1, 1, Step.CropMode.BOX, 1, 0, Map.of("number", (double) number));
  }

  private static Step each(Step... steps) {
    return new Step.Each(Map.of("row", "rows"), null, List.of(steps), Map.of("stack", "row"), null);
  }

  private static Step keep(int number) {
    Setting zero = new Setting.Constant(Numbers.of(0));
    return new Step.Keep("b", "s", zero, zero, 1, Map.of("boxes", "k"), Map.of("number", (double) number));
  }

  private static Step leave() {
    return new Step.Leave(RULE);
  }

  private static Step exit(String name) {
    return new Step.Exit(name, RULE, Map.of());
  }

  private static Step end() {
    return new Step.Answer("end", Map.of());
  }

  private static void check(Map<String, double[]> table, String path, double... costs) {
    assertArrayEquals(Arrays.copyOf(costs, CostsAhead.UNITS), table.get(path), 0, path);
  }

  private static Map<String, double[]> table(Step... program) {
    return CostsAhead.of(List.of(program), "main", step -> {
      double number = step instanceof Step.Priced priced ? priced.cost("number")
          : Double.parseDouble(((Step.Run) step).part());
      return new double[] {number, 10 * number, 100 - number, 0, 0};
    });
  }

  @Test
  void aCascade() {
    Map<String, double[]> table = table(part(9), exit("a"), part(1), part(2), exit("b"), part(3), end());
    assertEquals(2, table.size());
    check(table, "main[1]", 3, 30, 197);
    check(table, "main[4]", 3, 30, 97);
  }

  @Test
  void theMostExpensiveWayIsTakenForEachUnitAlone() {
    Step branch = new Step.Branch(RULE, List.of(part(1)), List.of(part(5)));
    check(table(exit("a"), branch, end()), "main[0]", 5, 50, 99);
    Step select = new Step.Select("v", null, List.of(List.of(), List.of(part(2), end()), List.of(part(4))));
    check(table(exit("a"), select, part(1), end()), "main[0]", 5, 50, 195);
  }

  @Test
  void anExitInsideARepeatCountsTheWayBackAndTheWayOut() {
    Step repeat = new Step.Repeat(3, List.of(part(2), exit("a"), part(3)));
    Map<String, double[]> table = table(exit("before"), repeat, part(8), end());
    check(table, "main[0]", 2, 20, 98);
    // Back: 3 + 2; out: 3 + 8.
    check(table, "main[1].steps[1]", 11, 110, 195);
    // Run once, there is no way back.
    check(table(new Step.Repeat(1, List.of(exit("a"), part(3))), end()), "main[0].steps[0]", 3, 30, 97);
  }

  @Test
  void cropsAndKeepsCountAsPartsDo() {
    check(table(exit("a"), crop(4), part(1), end()), "main[0]", 5, 50, 195);
    check(table(exit("a"), keep(4), part(1), end()), "main[0]", 5, 50, 195);
  }

  @Test
  void anEachCountsAsOneRow() {
    Map<String, double[]> table = table(exit("a"), each(part(2), part(3)), part(8), end());
    // Of the last unit 98 and 97 of the row, 92 of what is behind it.
    check(table, "main[1]", 13, 130, 287);
    check(table, "main[0]", 13, 130, 287);
    // None at all may be more than a row that leaves.
    check(table(exit("a"), each(leave(), exit("b")), part(8), end()), "main[0]", 8, 80, 92);
  }

  @Test
  void anExitInARowCountsTheNextRowAndTheWayOut() {
    Map<String, double[]> table = table(each(part(2), exit("a"), part(3)), part(8), end());
    // Another row: 3 + 2 to the exit again; out: 3 + 8. A row begins for 2, none at all costs 8.
    check(table, "main[0].steps[1]", 11, 110, 195);
    check(table, "main[0]", 8, 80, 98);
    Map<String, double[]> twice = table(each(part(1), each(part(2)), part(3)), end());
    // Before an inner row: it, 3 and another outer row of 1, 2 and 3; before an outer one only that.
    check(twice, "main[0].steps[1]", 11, 110, 489);
    check(twice, "main[0]", 6, 60, 294);
  }

  @Test
  void aLeaveCountsBothStayingAndLeaving() {
    // Staying: 3 to the next exit; leaving: 8.
    Step repeat = new Step.Repeat(2, List.of(exit("a"), leave(), part(3)));
    check(table(repeat, part(8), end()), "main[0].steps[0]", 11, 110, 189);
    check(table(repeat, exit("b"), part(8), end()), "main[0].steps[0]", 3, 30, 97);
    // Before a repeat that may be left at once: what is behind it is more than what is in it.
    Step left = new Step.Repeat(5, List.of(leave(), part(3), exit("a")));
    check(table(exit("b"), left, part(8), end()), "main[0]", 8, 80, 97);
    // The inner of two repeats is left, and the outer goes on.
    Step inner = new Step.Repeat(2, List.of(leave(), exit("a")));
    Step outer = new Step.Repeat(2, List.of(inner, part(5)));
    check(table(exit("b"), outer, part(1), end()), "main[0]", 11, 110, 289);
  }

  @Test
  void aRemotePartCountsAsTriedAndThenAsTheMoreExpensiveOfBothWays() {
    check(table(exit("a"), remote(2, part(7)), part(1), end()), "main[0]", 10, 100, 290);
    // Otherwise nothing is done, or it answers at once.
    check(table(exit("a"), remote(2), part(1), end()), "main[0]", 3, 30, 197);
    check(table(exit("a"), remote(2, end()), part(1), end()), "main[0]", 3, 30, 197);
    // An exit in it is one.
    Map<String, double[]> table = table(remote(2, exit("a"), part(6)), part(1), end());
    check(table, "main[0].otherwise[0]", 7, 70, 193);
  }

  @Test
  void theMedianOfTimes() {
    assertEquals(3, Measure.median(new long[] {9, 3, 1}));
    assertEquals(2.5, Measure.median(new long[] {4, 1, 9, 1}));
  }
}
