package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.frugal.program.Meter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a budget accepts, and what a meter counts. */
class BudgetTest {
  private static final Map<String, Function<Double, Budget>> UNITS = Map.of(
      "latency_ms", Budget::latencyMillis, "macs", Budget::macs, "energy_uj", Budget::energyMicrojoules,
      "bytes_sent", Budget.UNLIMITED::withBytesSent, "deadline_ms", Budget.UNLIMITED::withDeadlineMillis);

  @ParameterizedTest
  @CsvSource({"0.0,0.0", "-0.0,-0.0", "-1,-1.0", "NaN,nan", "Infinity,inf", "-Infinity,-inf", "-1e10,-10000000000.0",
      "-1e-7,-1e-07"})
  void whatIsNotAPositiveFiniteNumberIsRefusedInPythonsWords(double allowance, String shown) {
    UNITS.forEach((unit, make) -> {
      ChainException error = assertThrows(ChainException.class, () -> make.apply(allowance));
      assertEquals("budget " + unit + ": expected a positive finite number or null, received " + shown,
          error.getMessage());
    });
  }

  @Test
  void eachUnitIsLimitedAlone() {
    assertEquals(new Budget(4.0, null, null), Budget.latencyMillis(4));
    assertEquals(new Budget(null, 4.0, null), Budget.macs(4));
    assertEquals(new Budget(null, null, 4.0), Budget.energyMicrojoules(4));
    assertEquals(new Budget(null, null, null, null, 4.0, null), Budget.UNLIMITED.withBytesSent(4));
    assertEquals(new Budget(null, null, null, null, null, 4.0), Budget.UNLIMITED.withDeadlineMillis(4));
    Cancel cancel = new Cancel();
    assertEquals(new Budget(1.0, null, null, cancel, 2.0, 3.0),
        Budget.latencyMillis(1).withBytesSent(2).withCancel(cancel).withDeadlineMillis(3));
    assertEquals(new Budget(null, 1.0, null, cancel, 2.0, 3.0),
        Budget.macs(1).withDeadlineMillis(3).withCancel(cancel).withBytesSent(2));
    assertNull(Budget.UNLIMITED.latencyMillis());
    assertEquals(Double.MIN_VALUE, Budget.macs(Double.MIN_VALUE).macs());
  }

  @Test
  void aMeterStartsAnewWithEveryRun() {
    Meter meter = new Meter();
    meter.start(5, Budget.macs(3));
    meter.note(2);
    meter.note(7);
    assertEquals(List.of(2, 2, 7), List.of(meter.count(), meter.bill(0), meter.bill(1)));
    meter.start(9, null);
    assertEquals(0, meter.count());
    assertEquals(0, meter.macs());
  }

  @Test
  void aMeterNotesMoreThanItWasMadeFor() {
    Meter meter = new Meter();
    meter.start(0, null);
    for (int i = 0; i < 100; i++) {
      meter.note(i);
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(i, meter.bill(i));
    }
  }

  @Test
  void optionsChangeOneThingEach() {
    RemoteParts remote = (part, inputs) -> inputs;
    ChainOptions all = ChainOptions.DEFAULT.withThreads(3).withXnnpack(false).withRemote(remote).withClock(() -> 7)
        .withWarmUp(false);
    assertEquals(List.of(3, false, remote, 7L, false),
        List.of(all.threads(), all.xnnpack(), all.remote(), all.clock().getAsLong(), all.warmUp()));
    PartEngine engine = (bundle, part) -> null;
    assertEquals(engine, all.withEngine(engine).withLazyParts(true).engine());
    assertEquals(List.of(true, false), List.of(all.withLazyParts(true).withThreads(2).lazyParts(), all.lazyParts()));
    assertEquals(all.withThreads(1), all.withThreads(2).withThreads(1));
    assertNull(ChainOptions.DEFAULT.xnnpack());
  }
}
