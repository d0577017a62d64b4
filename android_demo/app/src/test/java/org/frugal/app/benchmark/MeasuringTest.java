package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;

import com.eclipsesource.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.frugal.app.budget.DeviceReading;
import org.frugal.app.budget.Trace;
import org.frugal.governor.Policy;
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
  public void energyIsLoadLessIdle() {
    // 1000 uAh of 4 V are 14.4 J under load, 500 are 7.2 J idle in the same time: 7.2 J of 3600 answers.
    Energy energy = Energy.of(at(10_000), at(9_000), at(8_500), 60, 60, 3600);
    assertEquals(2000, energy.microjoules(), 1e-9);
    assertNull(energy.why());
    assertEquals("idle for half the time", 0, Energy.of(at(10_000), at(9_000), at(8_501), 60, 30, 1).microjoules(),
        14.4e6 * 0.003);
  }

  @Test
  public void aPhoneThatCannotTellSaysWhy() {
    DeviceReading full = at(10_000);
    assertEquals(Energy.Unknown.NO_COUNTER, Energy.obstacle(DeviceReading.UNKNOWN));
    assertEquals(Energy.Unknown.NO_VOLTAGE, Energy.obstacle(reading(null, 10L, false)));
    assertEquals(Energy.Unknown.CHARGING, Energy.obstacle(reading(4.0, 10L, true)));
    assertEquals("nobody knows", Energy.Unknown.CHARGING, Energy.obstacle(reading(4.0, 10L, null)));
    assertNull(Energy.obstacle(full));
    assertEquals(Energy.Unknown.COUNTER_STOOD_STILL, Energy.of(full, full, full, 60, 60, 10).why());
    assertEquals(Energy.Unknown.IDLE_DREW_MORE, Energy.of(full, at(9_900), at(9_000), 60, 60, 10).why());
    Energy pluggedIn = Energy.of(full, reading(4.0, 9L, true), full, 60, 60, 10);
    assertEquals("plugged in half-way", Energy.Unknown.CHARGING, pluggedIn.why());
  }

  @Test
  public void aSustainedRunIsReadBackAndPlayedAsATrace() throws Exception {
    Sustained.Sample cold = new Sustained.Sample(1, 2, 3, 30.5, 2, at(10));
    Sustained.Sample unknown = new Sustained.Sample(2, 4, 5, null, 1, DeviceReading.UNKNOWN);
    Sustained run = new Sustained(List.of(cold, unknown));
    List<Sustained.Sample> read = Sustained.read(Json.parse(run.json().toString()).asArray());
    assertEquals(30.5, read.get(0).celsius(), 0);
    assertNull(read.get(1).celsius());
    assertEquals(5, read.get(1).p90(), 0);
    String report = Json.object().add("format", "frugal-benchmark").add("trace", run.trace("a run")).toString();
    Trace trace = Trace.read(report);
    assertEquals("a run", trace.description());
    assertEquals(4, trace.events().size());
    assertEquals(2, trace.play(List.of("fast", "full"), Policy.DEFAULT).size());
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

  private static DeviceReading at(long microampHours) {
    return reading(4.0, microampHours, false);
  }

  private static DeviceReading reading(Double volts, Long microampHours, Boolean charging) {
    return new DeviceReading(0.5, charging, false, 0, null, 30.0, volts, microampHours);
  }
}
