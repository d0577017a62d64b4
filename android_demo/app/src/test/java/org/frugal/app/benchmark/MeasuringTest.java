package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;

import com.eclipsesource.json.Json;
import java.util.ArrayList;
import java.util.List;
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
    assertEquals(120, plain.totalSeconds(), 0);
    assertEquals(180 + 600 + 600, new BenchmarkSettings("a", true, "b", 1, true, 1024, 60, 600, 300).totalSeconds(), 0);
  }

  private long[] stream(long millis, int queries, double seconds) {
    return new SingleStream(() -> now, () -> {}).run(i -> now += millis * MILLI, queries, seconds, elapsed -> {});
  }
}
