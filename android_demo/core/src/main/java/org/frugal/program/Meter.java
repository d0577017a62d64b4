package org.frugal.program;

import java.util.Arrays;
import org.frugal.Budget;

/** What a run has spent and what it is allowed. */
public final class Meter {
  private static final double NONE = Double.POSITIVE_INFINITY;

  long begin;
  double macs;
  double energy;
  boolean limited;
  double latencyLimit;
  double macsLimit;
  double energyLimit;
  private int[] parts = new int[16];
  private long[] nanos = new long[16];
  private int count;

  /** Begins a run at {@code now} (nanoseconds) with a budget or null. */
  public void start(long now, Budget budget) {
    begin = now;
    macs = 0;
    energy = 0;
    count = 0;
    limited = budget != null;
    if (limited) {
      latencyLimit = budget.latencyMillis() == null ? NONE : budget.latencyMillis() * 1e6;
      macsLimit = budget.macs() == null ? NONE : budget.macs();
      energyLimit = budget.energyMicrojoules() == null ? NONE : budget.energyMicrojoules();
    }
  }

  /** Notes a part that has run: its number, and the nanoseconds it took. */
  public void note(int part, long took) {
    if (count == parts.length) {
      parts = Arrays.copyOf(parts, 2 * count);
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    parts[count] = part;
    nanos[count] = took;
    count++;
  }

  /** Multiply-adds of the parts run. */
  public double macs() {
    return macs;
  }

  /** How many parts have run. */
  public int count() {
    return count;
  }

  /** The number of the i-th part run, as the manifest counts them. */
  public int part(int i) {
    return parts[i];
  }

  /** How long it took, in nanoseconds. */
  public long nanos(int i) {
    return nanos[i];
  }
}
