package org.frugal.program;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.frugal.bundle.Step;

/**
 * What the next answer costs from each exit: the table behind "answer now, or the budget will not reach". A cost has
 * one number a unit (latency here, multiply-adds, energy, bytes sent, latency of remote parts); the worst case, for
 * each unit alone.
 */
final class CostsAhead {
  static final int LATENCY = 0;
  static final int MACS = 1;
  static final int ENERGY = 2;
  static final int SENT = 3;
  static final int REMOTE = 4;
  static final int UNITS = 5;

  private final Function<Step, double[]> costOf;
  private final Map<String, double[]> table = new HashMap<>();

  private CostsAhead(Function<Step, double[]> costOf) {
    this.costOf = costOf;
  }

  /**
   * Finds the worst-case cost from each exit to the next exit or answer. An exit inside a repeat counts both the way
   * back to the start of the repeat and the way out of it, a leave both staying and leaving. A remote part that a
   * program can do without counts as run in vain, and then as the more expensive of both ways. An each counts with one
   * row, since it begins another one only where the budget reaches what is behind that.
   *
   * @param name of the program
   * @param costOf what a step costs that runs a part, crops or keeps
   * @return path of an exit ({@code main[3].then[0]}) to its costs; of an each to what one row and the way from there
   *     cost; of a remote part to what it costs to do without, and the way from there
   */
  static Map<String, double[]> of(List<Step> program, String name, Function<Step, double[]> costOf) {
    CostsAhead costs = new CostsAhead(costOf);
    costs.before(program, new double[UNITS], name, null);
    return costs.table;
  }

  /**
   * The cost from the start of {@code steps} to the next exit or answer, given that from behind them, and that from
   * behind the innermost repeat or each around them.
   */
  private double[] before(List<Step> steps, double[] after, String where, double[] left) {
    double[] cost = after;
    for (int i = steps.size() - 1; i >= 0; i--) {
      Step step = steps.get(i);
      String path = where + "[" + i + "]";
      if (step instanceof Step.Exit) {
        table.merge(path, cost, CostsAhead::mostExpensive);
        cost = new double[UNITS];
      } else if (step instanceof Step.Answer) {
        cost = new double[UNITS];
      } else if (step instanceof Step.Run) {
        double[] otherwise = worstCase(step, cost, path, left);
        if (!step.inner().isEmpty()) {
          table.merge(path, otherwise, CostsAhead::mostExpensive);
        }
        cost = sum(costOf.apply(step), mostExpensive(cost, otherwise));
      } else if (step instanceof Step.Priced) {
        cost = sum(costOf.apply(step), cost);
      } else if (step instanceof Step.Leave) {
        cost = mostExpensive(cost, left);
      } else if (step instanceof Step.Each each) {
        double[] row = mostExpensive(cost, before(each.steps(), cost, path + ".steps", cost));
        // Once more, for the exits in a row behind which another one may come.
        before(each.steps(), row, path + ".steps", cost);
        cost = table.merge(path, row, CostsAhead::mostExpensive);
      } else if (step instanceof Step.Repeat repeat) {
        double[] behind = cost;
        for (int k = 0; k < repeat.times(); k++) {
          cost = before(repeat.steps(), cost, path + ".steps", behind);
        }
      } else {
        cost = worstCase(step, cost, path, left);
      }
    }
    return cost;
  }

  /** The most expensive of the lists inside a step; where there is none, what is behind it. */
  private double[] worstCase(Step step, double[] after, String path, double[] left) {
    double[] mostExpensive = null;
    for (Step.Inner inner : step.inner()) {
      double[] cost = before(inner.steps(), after, path + "." + inner.key(), left);
      mostExpensive = mostExpensive == null ? cost : mostExpensive(mostExpensive, cost);
    }
    return mostExpensive == null ? after : mostExpensive;
  }

  private static double[] sum(double[] some, double[] others) {
    double[] sum = new double[UNITS];
    for (int unit = 0; unit < UNITS; unit++) {
      sum[unit] = some[unit] + others[unit];
    }
    return sum;
  }

  private static double[] mostExpensive(double[] one, double[] other) {
    double[] mostExpensive = new double[UNITS];
    for (int unit = 0; unit < UNITS; unit++) {
      mostExpensive[unit] = Math.max(one[unit], other[unit]);
    }
    return mostExpensive;
  }
}
