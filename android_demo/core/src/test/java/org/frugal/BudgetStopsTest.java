package org.frugal;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.atLeast;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where budgets stop a run: cascades of random length whose parts cost random numbers, against adding them up by hand.
 * A clock of the test's own goes on only while a part runs, by as much as its manifest says.
 */
class BudgetStopsTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {1, 2}, 1, 2);
  private static final List<String> PARTS = List.of("real", "codes", "image", "count");
  private static final Map<String, String> STEPS = Map.of(
      "real", run("real", "v", "v"), "codes", run("codes", "c", "c"), "image", run("image", "image", "w"),
      "count", run("count", "score", "score"));
  private static final String START =
      fill("v", "[1, 2]", "0") + ", " + fill("c", "[1, 2]", "0") + ", " + fill("score", "[1]", "0");

  @TempDir Path scratch;
  private final Random random = new Random(23);
  private final AtomicLong now = new AtomicLong();

  /** What each part costs: milliseconds, multiply-adds and microjoules. */
  private final double[][] costs = new double[PARTS.size()][3];

  /** A number is a part, null an exit. */
  private List<Integer> cascade() {
    List<Integer> cascade = new ArrayList<>();
    for (int i = random.nextInt(12) + 2; i > 0; i--) {
      cascade.add(random.nextInt(3) == 0 ? null : Integer.valueOf(random.nextInt(PARTS.size())));
    }
    for (double[] part : costs) {
      for (int unit = 0; unit < 3; unit++) {
        // A half is no trouble to float64, so that sums by hand are the same.
        part[unit] = random.nextInt(40) / 2.0;
      }
    }
    return cascade;
  }

  private static String exit(int number) {
    return "{'op': 'exit', 'name': 'e" + number + "', " + atLeast("1e9") + ", 'gives': {'label': 'v'}}";
  }

  private static String program(List<Integer> cascade) {
    StringBuilder program = new StringBuilder(START);
    for (int i = 0; i < cascade.size(); i++) {
      program.append(", ").append(cascade.get(i) == null ? exit(i) : STEPS.get(PARTS.get(cascade.get(i))));
    }
    return program.append(", ").append(END).toString();
  }

  private Chain chain(List<Integer> cascade) {
    Consumer<JsonObject> costly = root -> {
      for (int i = 0; i < costs.length; i++) {
        root.get("parts").asObject().get(PARTS.get(i)).asObject().set("costs", json("{'latency_us': "
            + costs[i][0] * 1000 + ", 'macs': " + costs[i][1] + ", 'energy_uj': " + costs[i][2] + "}"));
      }
    };
    RemoteParts remote = (part, inputs) -> {
      now.addAndGet((long) (costs[PARTS.indexOf(part)][0] * 1_000_000));
      return SmallChain.PARTS.run(part, inputs);
    };
    ChainOptions options = ChainOptions.DEFAULT.withRemote(remote).withClock(now::get);
    return SmallChain.of(scratch, program(cascade), costly, options);
  }

  /** The first exit from which one of the limits does not reach the next answer, and why. */
  private String expected(List<Integer> cascade, double[] limits) {
    double[] spent = new double[3];
    for (int i = 0; i < cascade.size(); i++) {
      if (cascade.get(i) != null) {
        for (int unit = 0; unit < 3; unit++) {
          spent[unit] += costs[cascade.get(i)][unit];
        }
        continue;
      }
      double[] ahead = new double[3];
      for (int k = i + 1; k < cascade.size() && cascade.get(k) != null; k++) {
        for (int unit = 0; unit < 3; unit++) {
          ahead[unit] += costs[cascade.get(k)][unit];
        }
      }
      for (int unit = 0; unit < 3; unit++) {
        if (spent[unit] + ahead[unit] > limits[unit]) {
          return "e" + i + " " + List.of("latency", "macs", "energy").get(unit);
        }
      }
    }
    return "end final";
  }

  private static Double allowed(double limit) {
    return Double.isInfinite(limit) ? null : limit;
  }

  @Test
  void everyCascadeStopsWhereItsBudgetDoesNotReachTheNextAnswer() {
    Set<String> reasons = new HashSet<>();
    for (int round = 0; round < 150; round++) {
      List<Integer> cascade = cascade();
      try (Chain chain = chain(cascade)) {
        for (int budget = 0; budget < 20; budget++) {
          double[] limits = new double[3];
          for (int unit = 0; unit < 3; unit++) {
            limits[unit] = random.nextBoolean() ? Double.POSITIVE_INFINITY : (random.nextInt(200) + 1) / 2.0;
          }
          Result result = chain.run(PIXELS, new Budget(allowed(limits[0]), allowed(limits[1]), allowed(limits[2])));
          assertEquals(expected(cascade, limits), result.exit() + " " + result.reason().label(),
              cascade + " with " + List.of(limits[0], limits[1], limits[2]));
          reasons.add(result.reason().label());
        }
      }
    }
    assertEquals(Set.of("latency", "macs", "energy", "final"), reasons);
  }

  /** Whatever it costs, a run that goes on behind its first exit stays inside of every allowance. */
  @Test
  void behindTheFirstExitNoAllowanceIsExceeded() {
    int stopped = 0;
    for (int round = 0; round < 150; round++) {
      List<Integer> cascade = cascade();
      try (Chain chain = chain(cascade)) {
        double limit = random.nextInt(60) + 0.5;
        Result whole = chain.run(PIXELS);
        Result result = chain.run(PIXELS, Budget.macs(limit));
        assertEquals(whole.path().subList(0, result.path().size()), result.path(), "a budget only shortens a run");
        boolean first = result.reason() == Reason.MACS
            && result.exit().equals("e" + cascade.indexOf(null));
        if (cascade.contains(null)) {
          assertTrue(first || result.costs().get("macs") <= limit, cascade + " took " + result.costs());
        }
        stopped += result.reason() == Reason.MACS ? 1 : 0;
      }
    }
    assertTrue(stopped > 30, stopped + " stopped");
  }

  @Test
  void aLargerAllowanceNeverRunsLess() {
    for (int round = 0; round < 60; round++) {
      List<Integer> cascade = cascade();
      try (Chain chain = chain(cascade)) {
        int last = 0;
        for (double limit = 0.5; limit < 100; limit += 3) {
          int ran = chain.run(PIXELS, Budget.energyMicrojoules(limit)).path().size();
          assertTrue(ran >= last, cascade + " ran " + ran + " after " + last);
          last = ran;
        }
      }
    }
  }

  @Test
  void whatWasRunIsWhatIsBilled() {
    for (int round = 0; round < 60; round++) {
      List<Integer> cascade = cascade();
      try (Chain chain = chain(cascade)) {
        Result result = chain.run(PIXELS, Budget.macs(random.nextInt(60) + 1));
        double[] spent = new double[3];
        for (String part : result.path()) {
          for (int unit = 0; unit < 3; unit++) {
            spent[unit] += costs[PARTS.indexOf(part)][unit];
          }
        }
        assertEquals(Map.of("latency_us", spent[0] * 1000, "macs", spent[1], "energy_uj", spent[2]), result.costs());
        assertEquals((long) spent[1], result.macs());
        assertEquals(spent[0], result.elapsedMillis(), 1e-9);
        assertEquals(result.path().size(), result.partNanos().length);
      }
    }
  }
}
