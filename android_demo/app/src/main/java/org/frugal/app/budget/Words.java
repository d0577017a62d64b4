package org.frugal.app.budget;

import org.frugal.Reason;
import org.frugal.app.R;
import org.frugal.governor.Ceiling;
import org.frugal.governor.Local;

/** Which string says what a decision or an answer was made for. */
public final class Words {
  private Words() {}

  public static int of(Ceiling ceiling) {
    switch (ceiling) {
      case MANUAL:
        return R.string.ceiling_manual;
      case THERMAL:
        return R.string.ceiling_thermal;
      case POWER_SAVING:
        return R.string.ceiling_power_saving;
      case BATTERY:
        return R.string.ceiling_battery;
      case LATENCY:
        return R.string.ceiling_latency;
      default:
        return R.string.ceiling_best;
    }
  }

  public static int of(Local local) {
    switch (local) {
      case OFFLINE:
        return R.string.local_offline;
      case METERED:
        return R.string.local_metered;
      default:
        return R.string.local_round_trip;
    }
  }

  public static int of(Reason reason) {
    switch (reason) {
      case RULE:
        return R.string.reason_rule;
      case FINAL:
        return R.string.reason_final;
      case LATENCY:
        return R.string.reason_latency;
      case MACS:
        return R.string.reason_macs;
      case ENERGY:
        return R.string.reason_energy;
      default:
        return R.string.reason_bytes;
    }
  }
}
