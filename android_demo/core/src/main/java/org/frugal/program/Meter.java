package org.frugal.program;

import java.util.Arrays;
import org.frugal.Budget;
import org.frugal.Cancel;
import org.frugal.NoAnswerException;
import org.frugal.Reason;
import org.frugal.Words;

/** What a run has spent and what it is allowed. */
public final class Meter {
  private static final double NONE = Double.POSITIVE_INFINITY;
  /** How long after its latency a run may go on without an answer: the way to the first one is gone, if it is late. */
  private static final double GRACE_NANOS = 1e9;

  long begin;
  double macs;
  double energy;
  /** Bytes of inputs that were handed to remote parts. */
  double sent;
  boolean limited;
  /** How many times longer parts take now than the medians that they are expected with. */
  double slowdown;
  double latencyLimit;
  double macsLimit;
  double energyLimit;
  double sentLimit;
  /** When a run ends that has passed no exit yet; the latency is not later. */
  double lastLimit;
  /** Whether an exit has been passed, at which the run could have answered. */
  boolean answered;
  /** Whether remote parts are asked that have something to do otherwise. */
  boolean remote;
  private Cancel cancel;
  private int[] bills = new int[16];
  private int count;

  /** Begins a run at {@code now} (nanoseconds) with a budget or null. */
  public void start(long now, Budget budget) {
    start(now, budget, 1);
  }

  /** The same on a device that is so many times slower than when its parts were timed. */
  public void start(long now, Budget budget, double slower) {
    begin = now;
    slowdown = slower;
    macs = 0;
    energy = 0;
    sent = 0;
    count = 0;
    limited = budget != null;
    if (limited) {
      double latency = limit(budget.latencyMillis()) * 1e6;
      lastLimit = budget.deadlineMillis() == null ? latency + GRACE_NANOS : budget.deadlineMillis() * 1e6;
      latencyLimit = Math.min(latency, lastLimit);
      macsLimit = limit(budget.macs());
      energyLimit = limit(budget.energyMicrojoules());
      sentLimit = limit(budget.bytesSent());
      answered = false;
      remote = budget.remote();
      cancel = budget.cancel();
    }
  }

  private static double limit(Double allowance) {
    return allowance == null ? NONE : allowance;
  }

  /**
   * Ends a limited run that has been cancelled, or that is over its last moment and has passed no exit yet.
   *
   * @throws NoAnswerException the run ends here
   */
  void check(long now) {
    if (cancel != null && cancel.isCancelled()) {
      throw new NoAnswerException("run: expected an answer, received a cancellation before there was one",
          NoAnswerException.CANCELLED);
    }
    double taken = now - begin;
    if (!answered && taken > lastLimit) {
      throw new NoAnswerException(
          "run: expected an answer within " + Words.number(lastLimit / 1e6) + " ms, received none after "
              + Words.number(taken / 1e6) + " ms", Reason.LATENCY.label());
    }
  }

  /** Notes what has been run: the number of a part, or of a crop or keep that has a cost (see {@link Bills}). */
  public void note(int bill) {
    if (count == bills.length) {
      bills = Arrays.copyOf(bills, 2 * count);
    }
    bills[count++] = bill;
  }

  /** Spends, beside time. */
  void spend(double multiplyAdds, double microjoules) {
    macs += multiplyAdds;
    energy += microjoules;
  }

  /** Whether handing over so many bytes more would be too much. */
  boolean isTooMuchToSend(double bytes) {
    return limited && sent + bytes > sentLimit;
  }

  /**
   * How long a remote part may take in a limited run, in nanoseconds; infinite for no limit.
   *
   * @param otherwise what the next answer costs by way of what is done otherwise; null where there is no other way
   * @param timed whether the part is given up at the end of that time; then enough of it is left for the other way
   */
  double left(long now, double[] otherwise, boolean timed) {
    if (!limited) {
      return NONE;
    }
    if (otherwise == null) {
      return lastLimit - (now - begin);
    }
    double kept = timed ? slowdown * otherwise[CostsAhead.LATENCY] + otherwise[CostsAhead.REMOTE] : 0;
    return latencyLimit - (now - begin) - kept;
  }

  /**
   * Which allowance of a limited run does not reach what is ahead; null if all do.
   *
   * @param ahead nanoseconds, multiply-adds, energy and bytes sent that are to be spent yet, and nanoseconds elsewhere
   */
  Reason beyond(long now, double[] ahead) {
    if (now - begin + slowdown * ahead[CostsAhead.LATENCY] + ahead[CostsAhead.REMOTE] > latencyLimit) {
      return Reason.LATENCY;
    }
    if (macs + ahead[CostsAhead.MACS] > macsLimit) {
      return Reason.MACS;
    }
    if (energy + ahead[CostsAhead.ENERGY] > energyLimit) {
      return Reason.ENERGY;
    }
    return sent + ahead[CostsAhead.SENT] > sentLimit ? Reason.BYTES : null;
  }

  /** Multiply-adds of what has been run. */
  public double macs() {
    return macs;
  }

  /** How many parts, and crops and keeps that have a cost, have run. */
  public int count() {
    return count;
  }

  /** The number of the i-th of them. */
  public int bill(int i) {
    return bills[i];
  }
}
