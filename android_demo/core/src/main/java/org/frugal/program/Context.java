package org.frugal.program;

import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Step;

/** What all steps of one compiled program share. */
record Context(
    Manifest manifest, Map<String, Value> values, Cells cells, Meter meter, EventLog log, LongSupplier clock) {
  static Context of(Manifest manifest, List<Step> program, LongSupplier clock) {
    return new Context(
        manifest, Value.of(manifest), new Cells(), new Meter(), new EventLog(manifest, program), clock);
  }

  NumberReader numbers(String value) {
    return new NumberReader(values.get(value));
  }

  /** Ends a run that its budget does not allow to go on without an answer. */
  void checkLimits() {
    if (meter.limited) {
      meter.check(clock.getAsLong());
    }
  }
}
