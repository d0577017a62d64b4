package org.frugal.app.budget;

import android.content.Context;
import org.frugal.app.Numbers;
import org.frugal.app.Plain;
import org.frugal.app.R;
import org.frugal.governor.Decision;
import org.frugal.governor.Reading;

/** Allowances, gauges and decisions in words; what a phone does not know is said to be unknown. */
final class BudgetWords {
  private final Context context;

  BudgetWords(Context context) {
    this.context = context;
  }

  String latency(Double millis) {
    return context.getString(R.string.latency_target, millis == null ? noLimit() : Numbers.millis(millis));
  }

  /** Shares are of the full network's cost; that of a bundle that is not open yet is null. */
  String macs(Double share, Double full) {
    return context.getString(R.string.macs_allowance, share == null ? noLimit()
        : full == null ? shareOfFull(share)
        : context.getString(R.string.macs_of_full, shareOfFull(share), Numbers.count(share * full)));
  }

  String energy(Double share, Double full, boolean isOpen) {
    if (full == null) {
      return context.getString(isOpen ? R.string.energy_not_known : R.string.energy_allowance, noLimit());
    }
    return context.getString(R.string.energy_allowance, share == null ? noLimit()
        : context.getString(R.string.energy_of_full, shareOfFull(share), Numbers.threeDigits(share * full)));
  }

  private String shareOfFull(double share) {
    return context.getString(R.string.macs_share, Numbers.percent(share));
  }

  private String noLimit() {
    return context.getString(R.string.no_limit);
  }

  String gauges(DeviceReading device) {
    String celsius = device.celsius() == null ? unknown() : context.getString(R.string.celsius, device.celsius());
    return context.getString(
        R.string.gauges, share(device.battery()), truth(device.charging()), truth(device.powerSaving()),
        status(device.thermalStatus()), share(device.thermalHeadroom()), celsius);
  }

  String decision(Decision decision) {
    return context.getString(
        R.string.decision, Plain.name(decision.name()), context.getString(Words.of(decision.reason())));
  }

  String step(int step, int count, Trace.Frame frame) {
    Reading reading = frame.reading();
    return context.getString(
        R.string.trace_step, step, count, share(reading.battery()), status(reading.thermalStatus()),
        Plain.name(frame.decision().name()), context.getString(Words.of(frame.decision().reason())));
  }

  private String share(Double value) {
    return value == null || value.isNaN() ? unknown() : Numbers.percent(Math.round(100 * value) / 100.0);
  }

  private String truth(Boolean value) {
    return value == null ? unknown() : context.getString(value ? R.string.yes : R.string.no);
  }

  private String status(Integer status) {
    String[] names = context.getResources().getStringArray(R.array.thermal_status);
    return status == null || status < 0 || status >= names.length ? unknown() : names[status];
  }

  private String unknown() {
    return context.getString(R.string.unknown);
  }
}
