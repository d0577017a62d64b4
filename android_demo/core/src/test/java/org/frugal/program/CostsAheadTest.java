package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.frugal.bundle.Activation;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Rule;
import org.frugal.bundle.Setting;
import org.frugal.bundle.Step;
import org.junit.jupiter.api.Test;

/** The worst-case cost to the next answer, on paper: part n costs (n, 10 n, 100 - n). */
class CostsAheadTest {
  private static final Rule RULE = new Rule.AtLeast("v", new Setting.Constant(Numbers.of(0)));

  private static Step part(int number) {
    return new Step.Run(String.valueOf(number), Map.of(), Map.of(), false);
  }

  private static Step exit(String name) {
    return new Step.Exit(name, RULE, "v", Activation.SOFTMAX);
  }

  private static Step end() {
    return new Step.Answer("end", "v", Activation.SOFTMAX);
  }

  private static void check(Map<String, double[]> table, String path, double... costs) {
    assertArrayEquals(costs, table.get(path), 0, path);
  }

  private static Map<String, double[]> table(Step... program) {
    return CostsAhead.of(List.of(program), step -> {
      double number = Double.parseDouble(step.part());
      return new double[] {number, 10 * number, 100 - number};
    });
  }

  @Test
  void aCascade() {
    Map<String, double[]> table = table(part(9), exit("a"), part(1), part(2), exit("b"), part(3), end());
    assertEquals(2, table.size());
    check(table, "program[1]", 3, 30, 197);
    check(table, "program[4]", 3, 30, 97);
  }

  @Test
  void theDearestWayIsTakenForEachUnitAlone() {
    Step branch = new Step.Branch(RULE, List.of(part(1)), List.of(part(5)));
    check(table(exit("a"), branch, end()), "program[0]", 5, 50, 99);
    Step select = new Step.Select("v", List.of(List.of(), List.of(part(2), end()), List.of(part(4))));
    check(table(exit("a"), select, part(1), end()), "program[0]", 5, 50, 195);
  }

  @Test
  void anExitInsideARepeatCountsTheWayBackAndTheWayOut() {
    Step repeat = new Step.Repeat(3, List.of(part(2), exit("a"), part(3)));
    Map<String, double[]> table = table(exit("before"), repeat, part(8), end());
    check(table, "program[0]", 2, 20, 98);
    // Back: 3 + 2; out: 3 + 8.
    check(table, "program[1].steps[1]", 11, 110, 195);
    // Run once, there is no way back.
    check(table(new Step.Repeat(1, List.of(exit("a"), part(3))), end()), "program[0].steps[0]", 3, 30, 97);
  }

  @Test
  void theMedianOfTimes() {
    assertEquals(3, Measure.median(new long[] {9, 3, 1}));
    assertEquals(2.5, Measure.median(new long[] {4, 1, 9, 1}));
  }
}
