package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Rule;
import org.frugal.bundle.Setting;
import org.frugal.bundle.Step;
import org.junit.jupiter.api.Test;

/**
 * What lies ahead of an exit, against walking every way through a program that there is: branches, selects, repeats
 * that are left or not, and remote parts that answer or not.
 */
class EveryWayTest {
  private static final Rule RULE = new Rule.AtLeast("v", new Setting.Constant(Numbers.of(0)));
  private static final int MOST_WAYS = 20_000;

  /** A way through steps: parts by number and exits by path, and whether it ends in an answer or leaves a repeat. */
  private record Way(List<Object> met, boolean ends, boolean leaves) {
    boolean goesOn() {
      return !ends && !leaves;
    }

    Way then(Way next) {
      List<Object> all = new ArrayList<>(met);
      all.addAll(next.met);
      return new Way(all, next.ends, next.leaves);
    }

    static Way of(Object... met) {
      return new Way(List.of(met), false, false);
    }
  }

  private final Random random = new Random(17);

  private int part() {
    return random.nextInt(9) + 1;
  }

  private static double[] cost(int part) {
    return new double[] {part, part * 10 % 7, 100 - part, part * part % 11, part % 5};
  }

  private static double[] costOf(Step step) {
    return cost(step instanceof Step.Crop crop ? (int) crop.cost("number")
        : Integer.parseInt(((Step.Run) step).part()));
  }

  private List<Step> steps(int depth, boolean inRepeat, int most) {
    List<Step> steps = new ArrayList<>();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      steps.add(step(depth, inRepeat));
    }
    return steps;
  }

  private Step step(int depth, boolean inRepeat) {
    int kind = random.nextInt(depth > 0 ? 8 : 4);
    switch (kind) {
      case 0:
        return new Step.Exit("e", RULE, Map.of());
      case 1:
        return new Step.Crop("v", "at", "p", 1, 1, Step.CropMode.BOX, 1, 0, Map.of("number", (double) part()));
      case 2:
        return inRepeat ? new Step.Leave(RULE) : run(null);
      case 4:
        return new Step.Branch(RULE, steps(depth - 1, inRepeat, 2), steps(depth - 1, inRepeat, 2));
      case 5:
        return new Step.Repeat(random.nextInt(2) + 1, steps(depth - 1, true, 2));
      case 6:
        return new Step.Select("v", null, List.of(steps(depth - 1, inRepeat, 1), steps(depth - 1, inRepeat, 1),
            List.of(new Step.Answer("in", Map.of()))));
      case 7:
        return run(steps(depth - 1, inRepeat, 2));
      default:
        return run(null);
    }
  }

  private Step run(List<Step> otherwise) {
    return new Step.Run(String.valueOf(part()), Map.of(), Map.of(), otherwise != null, otherwise);
  }

  private static List<Way> ways(List<Step> steps, String where) {
    List<Way> ways = List.of(Way.of());
    for (int i = 0; i < steps.size(); i++) {
      ways = followed(ways, ways(steps.get(i), where + "[" + i + "]"));
    }
    return ways;
  }

  /** Every way that goes on, by every way behind it. */
  private static List<Way> followed(List<Way> ways, List<Way> next) {
    List<Way> all = new ArrayList<>();
    for (Way way : ways) {
      if (way.goesOn()) {
        next.forEach(each -> all.add(way.then(each)));
      } else {
        all.add(way);
      }
    }
    assertTrue(all.size() < MOST_WAYS * 100, "too many ways");
    return all;
  }

  private static List<Way> ways(Step step, String path) {
    if (step instanceof Step.Exit) {
      return List.of(Way.of(path));
    } else if (step instanceof Step.Answer) {
      return List.of(new Way(List.of("answer"), true, false));
    } else if (step instanceof Step.Leave) {
      return List.of(Way.of(), new Way(List.of(), false, true));
    } else if (step instanceof Step.Crop) {
      return List.of(Way.of((Object) costOf(step)));
    } else if (step instanceof Step.Run run) {
      Way ran = Way.of((Object) costOf(step));
      List<Way> all = new ArrayList<>(List.of(ran));
      if (run.otherwise() != null) {
        ways(run.otherwise(), path + ".otherwise").forEach(way -> all.add(ran.then(way)));
      }
      return all;
    } else if (step instanceof Step.Repeat repeat) {
      return repeated(repeat, path);
    }
    List<Way> all = new ArrayList<>();
    step.inner().forEach(inner -> all.addAll(ways(inner.steps(), path + "." + inner.key())));
    return all;
  }

  private static List<Way> repeated(Step.Repeat repeat, String path) {
    List<Way> once = ways(repeat.steps(), path + ".steps");
    List<Way> all = List.of(Way.of());
    for (int i = 0; i < repeat.times(); i++) {
      all = followed(all, once);
    }
    // What left it goes on behind it.
    List<Way> behind = new ArrayList<>();
    all.forEach(way -> behind.add(new Way(way.met(), way.ends(), false)));
    return behind;
  }

  /** Path of an exit to the most that any way takes from there to the next exit or answer, for each unit alone. */
  private static Map<String, double[]> worst(List<Way> ways) {
    Map<String, double[]> worst = new HashMap<>();
    for (Way way : ways) {
      double[] ahead = new double[CostsAhead.UNITS];
      for (int i = way.met().size() - 1; i >= 0; i--) {
        Object met = way.met().get(i);
        if (met instanceof double[] cost) {
          double[] sum = new double[CostsAhead.UNITS];
          for (int unit = 0; unit < sum.length; unit++) {
            sum[unit] = ahead[unit] + cost[unit];
          }
          ahead = sum;
        } else {
          worst.merge((String) met, ahead, EveryWayTest::mostOfEach);
          ahead = new double[CostsAhead.UNITS];
        }
      }
    }
    worst.remove("answer");
    return worst;
  }

  private static double[] mostOfEach(double[] one, double[] other) {
    double[] most = new double[CostsAhead.UNITS];
    for (int unit = 0; unit < most.length; unit++) {
      most[unit] = Math.max(one[unit], other[unit]);
    }
    return most;
  }

  @Test
  void theTableIsTheWorstOfEveryWay() {
    int programs = 0;
    int exits = 0;
    while (programs < 2000) {
      List<Step> program = steps(3, false, 4);
      program.add(new Step.Answer("end", Map.of()));
      List<Way> ways = ways(program, "main");
      if (ways.size() > MOST_WAYS) {
        continue;
      }
      Map<String, double[]> table = CostsAhead.of(program, "main", EveryWayTest::costOf);
      Map<String, double[]> expected = worst(ways);
      for (Map.Entry<String, double[]> entry : expected.entrySet()) {
        assertArrayEquals(entry.getValue(), table.get(entry.getKey()), 0, entry.getKey() + " of " + program);
        exits++;
      }
      // An exit that no way reaches, behind a list that always leaves, has a row too, which nobody reads.
      assertTrue(table.keySet().containsAll(expected.keySet()));
      programs++;
    }
    assertTrue(exits > 1000, exits + " exits");
  }

  @Test
  void theWaysOfAProgramOnPaper() {
    Step.Run one = (Step.Run) run(null);
    List<Step> program =
        List.of(new Step.Repeat(2, List.of(one, new Step.Leave(RULE))), new Step.Answer("end", Map.of()));
    // Left the first time; else the second time, or at its end.
    List<Way> ways = ways(program, "main");
    assertEquals(3, ways.size());
    assertEquals(List.of(2, 3, 3), List.of(ways.get(0).met().size(), ways.get(1).met().size(),
        ways.get(2).met().size()).stream().sorted().toList());
  }
}
