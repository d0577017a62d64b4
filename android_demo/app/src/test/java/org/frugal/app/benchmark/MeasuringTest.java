package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import com.eclipsesource.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.Test;

/** The arithmetic of a benchmark, on a clock of its own. */
public class MeasuringTest {
  private static final long MILLI = 1_000_000;

  private long now;

  @Test
  public void percentilesAreElementsOfTheSortedLatencies() {
    long[] nanos = new long[100];
    for (int i = 0; i < 100; i++) {
      nanos[i] = (100 - i) * MILLI;
    }
    assertEquals(new Percentiles(100, 50.5, 50, 90, 99, 100), Percentiles.of(nanos));
    assertEquals(new Percentiles(1, 2, 2, 2, 2, 2), Percentiles.of(new long[] {2 * MILLI}));
  }

  @Test
  public void aStreamEndsWhenBothTimeAndQueriesAreReached() {
    assertEquals("the queries take longer", 20, stream(10, 20, 0.05).length);
    assertEquals("the time takes longer", 50, stream(10, 20, 0.5).length);
    assertEquals(10 * MILLI, stream(10, 20, 0.05)[7]);
  }

  /** The second way takes three times as long; both get their 80 answers and their 2 s. */
  @Test
  public void waysTakeTurnsUntilEachHasItsTimeAndAnswers() {
    List<Progress.Stage> asked = new ArrayList<>();
    Turns.Way quick = way(Progress.Stage.CHAIN, 10, asked);
    Turns.Way slow = way(Progress.Stage.STATIC_NETWORK, 30, asked);
    SingleStream stream = new SingleStream(() -> now, () -> {});
    int[] idle = {0};
    Turns.run(List.of(quick, slow), stream, 80, 2, stage -> asked.add(null), () -> idle[0]++);
    assertEquals("2 s of 10 ms", 200, quick.nanos().length, 1);
    assertEquals("80 answers take 2.4 s", 80, slow.nanos().length);
    assertEquals(List.of(10 * MILLI, 30 * MILLI), List.of(quick.nanos()[199], slow.nanos()[79]));
    List<Progress.Stage> turns = new ArrayList<>(asked);
    turns.removeIf(stage -> stage == null);
    for (int i = turns.size() - 1; i > 0; i--) {
      if (turns.get(i) == turns.get(i - 1)) {
        turns.remove(i);
      }
    }
    assertTrue("they alternate: " + turns, turns.size() >= 4);
    assertTrue("a pause behind each turn: " + idle[0], idle[0] >= turns.size());
  }

  /** Three ways of 0.25 s a turn and 4 s each: some sixteen rounds. A fixed order would be one, taken in turn three. */
  @Test
  public void theOrderOfTurnsIsRandom() {
    List<Progress.Stage> asked = new ArrayList<>();
    List<Turns.Way> ways = List.of(
        way(Progress.Stage.CHAIN, 10, asked), way(Progress.Stage.FULL_DEPTH, 10, asked),
        way(Progress.Stage.STATIC_NETWORK, 10, asked));
    List<Progress.Stage> turns = new ArrayList<>();
    Turns.run(ways, new SingleStream(() -> now, () -> {}), 1, 4, stage -> {},
        () -> turns.add(asked.get(asked.size() - 1)));
    Set<List<Progress.Stage>> orders = new HashSet<>();
    for (int round = 0; round < 12; round++) {
      orders.add(turns.subList(3 * round, 3 * round + 3));
    }
    assertTrue("orders: " + orders, orders.size() >= 4);
    orders.forEach(order -> assertEquals("each once a round", 3, new HashSet<>(order).size()));
  }

  @Test
  public void oneWayAloneIsAStream() {
    Turns.Way only = way(Progress.Stage.CHAIN, 10, new ArrayList<>());
    Turns.run(List.of(only), new SingleStream(() -> now, () -> {}), 3, 0, stage -> {}, () -> fail("nothing to cool down for"));
    assertEquals(3, only.nanos().length);
  }

  private Turns.Way way(Progress.Stage stage, int millis, List<Progress.Stage> asked) {
    return new Turns.Way(stage, i -> now += MILLI, i -> {
      asked.add(stage);
      now += millis * MILLI;
    });
  }

  @Test
  public void aCancelledStreamEndsBeforeItsNextQuery() {
    List<Integer> asked = new ArrayList<>();
    SingleStream stream = new SingleStream(() -> now, () -> {
      if (asked.size() == 3) {
        throw new CancellationException();
      }
    });
    assertThrows(CancellationException.class, () -> stream.run(asked::add, 10, 0, elapsed -> {}));
    assertEquals(List.of(0, 1, 2), asked);
  }

  @Test
  public void aSustainedRunIsReadBack() {
    Sustained.Sample cold = new Sustained.Sample(1, 2, 3, 30.5, 2);
    Sustained.Sample unknown = new Sustained.Sample(2, 4, 5, null, 1);
    Sustained run = new Sustained(List.of(cold, unknown));
    List<Sustained.Sample> read = Sustained.read(Json.parse(run.json().toString()).asArray());
    assertEquals(30.5, read.get(0).celsius(), 0);
    assertNull(read.get(1).celsius());
    assertEquals(5, read.get(1).p90(), 0);
  }

  @Test
  public void theWholeTimeCountsWhatIsMeasured() {
    BenchmarkSettings plain = BenchmarkSettings.of("a");
    assertEquals("a pause of .05 s after .25", 144, plain.totalSeconds(), 1e-9);
    assertEquals(216 + 600 + 600, new BenchmarkSettings("a", true, "b", 1, true, 1024, 60, 600, 300).totalSeconds(), 1e-9);
  }

  private long[] stream(long millis, int queries, double seconds) {
    return new SingleStream(() -> now, () -> {}).run(i -> now += millis * MILLI, queries, seconds, elapsed -> {});
  }
}
