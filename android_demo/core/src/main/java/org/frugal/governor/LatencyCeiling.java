package org.frugal.governor;

import java.util.Arrays;

/**
 * The ceiling of a latency target: an allowance of late answers, and tries that become rarer as they fail.
 *
 * <p>Evidence is about one point, and begins anew when another one is used. A share of {@code 1 - percentile} of the
 * answers may be late. What is late beyond that is the debt: it grows by one with a late answer, shrinks by that share
 * with every answer, and stays between {@code -CREDIT} and {@code PATIENCE}. At {@code PATIENCE} the point has failed; at
 * {@code -CREDIT} it holds. What comes after a failure begins with a debt of {@code CARRIED}. (A cumulative sum test
 * with some credit: Page, "Continuous inspection schemes", Biometrika 1954.)
 *
 * <p>How slow the device was when a point failed is remembered. The point is left at once when the device is as slow
 * again, and taken again at once when the device is clearly faster. Otherwise it is tried again after a wait, which
 * doubles while tries fail.
 */
final class LatencyCeiling {
  /** Times the target: an answer that takes longer is late. */
  private static final double LATE = 1.025;
  private static final double PATIENCE = 10;
  private static final double CREDIT = 5;
  private static final double CARRIED = 5;
  /** Of the slowdown at which a point failed: when the device is taken to be clearly faster. */
  private static final double FASTER = 0.85;
  /** Runs. */
  private static final int AT_ONCE = 16;
  private static final int MOST_AT_ONCE = 12;
  /** Times the policy's wait. */
  private static final int LONGEST = 32;
  /** Times a wait, after which a failure counts as a first one again. */
  private static final int FORGET = 4;
  /** In a stream that is slower than that, time counts for runs. */
  static final double BEAT_MILLIS = 100;

  /** A moment, by both measures of age. */
  private record Moment(long runs, double time) {}

  private final Policy policy;
  /** Indices of the points offered, cheapest first. */
  private final int[] ladder;
  private final Slowdown slowdown = new Slowdown();
  /** The slowdown at which a place failed; infinite where none is known. */
  private final double[] failed;
  /** When a place was left. */
  private final Moment[] left;
  private final int[] waits;
  private int place;
  private long runs;
  private double now;
  private int streak;
  private int point = -1;
  private double debt;
  /** What the evidence about another point begins with. */
  private double carried;
  private Moment since = new Moment(0, 0);

  LatencyCeiling(Policy policy, int[] ladder) {
    this.policy = policy;
    this.ladder = ladder;
    place = ladder.length;
    failed = new double[ladder.length + 1];
    left = new Moment[ladder.length + 1];
    waits = new int[ladder.length + 1];
    Arrays.fill(failed, Double.POSITIVE_INFINITY);
    Arrays.fill(left, since);
    Arrays.fill(waits, policy.waitRuns());
  }

  /** A place among the points offered; one behind the last of them is no ceiling. */
  int place() {
    return place;
  }

  /** Takes a run, and the index of the point that it ran at. */
  void observe(Observation run, int usedPoint) {
    if (usedPoint != point) {
      point = usedPoint;
      debt = carried;
      carried = 0;
      since = moment();
    }
    runs++;
    if (run.slowdown() != null) {
      slowdown.observe(run.slowdown(), now);
    }
    double late = run.cut() || run.latencyMillis() > LATE * policy.latencyTargetMillis() ? 1 : 0;
    debt = Math.min(Math.max(debt + late - (1 - policy.percentile()), -CREDIT), PATIENCE);
  }

  /**
   * Moves the ceiling, before a decision.
   *
   * @param time in milliseconds
   * @param highest index of the point that would be taken if nothing spoke against it
   */
  void steer(double time, int highest) {
    now = time;
    int top = placeOf(highest);
    if (debt >= PATIENCE) {
      fall();
    } else if (isAsSlow(place)) {
      retreat();
    } else if (place < top && ladder[place] == point) {
      climb(top);
    }
  }

  /** How many of the points offered are cheaper. */
  private int placeOf(int index) {
    int count = 0;
    while (count < ladder.length && ladder[count] < index) {
      count++;
    }
    return count;
  }

  /** Leaves the point used, which has failed. */
  private void fall() {
    int used = placeOf(point);
    double stay = age(since);
    int next = stay < AT_ONCE ? Math.min(streak + 1, MOST_AT_ONCE) : 0;
    int lower = Math.max(0, used - Math.max(1, (1 << next) / 4)); // where points fail at once: 1, 1, 2, 4, 8 places
    if (used == 0 || lower >= place) {
      return;
    }
    backOff(used, stay);
    for (int i = used; i < failed.length; i++) {
      failed[i] = Math.min(failed[i], slowdown.recent());
      left[i] = moment();
    }
    place = lower;
    streak = next;
    carried = CARRIED;
  }

  /** Sets how long a place is not tried: longer if it failed sooner than the last wait was long. */
  private void backOff(int used, double stay) {
    int first = policy.waitRuns();
    int last = age(left[used]) >= (double) FORGET * waits[used] ? first : waits[used];
    if (stay < last) {
      waits[used] = Math.min(2 * last, LONGEST * first);
    } else {
      waits[used] = Math.max(last / 2, first);
      failed[used] = Double.POSITIVE_INFINITY;
    }
  }

  /** Leaves the places that failed when the device was no slower than now. */
  private void retreat() {
    while (place > 0 && isAsSlow(place)) {
      left[place] = moment();
      place--;
    }
  }

  /** Takes the highest place that failed on a clearly slower device; or tries the next one, if it is time. */
  private void climb(int top) {
    double stay = age(since);
    int known = top;
    while (known > place && !isFasterThanAt(known)) {
      known--;
    }
    if (known > place && stay >= AT_ONCE) {
      place = known;
      streak = 0;
    } else if (debt <= -CREDIT && stay >= policy.dwell() && mayTry(place + 1)) {
      place++;
      streak = 0;
      failed[place] = Double.POSITIVE_INFINITY;
    }
  }

  private boolean mayTry(int higher) {
    return failed[higher] == Double.POSITIVE_INFINITY || age(left[higher]) >= waits[higher];
  }

  private boolean isAsSlow(int at) {
    return slowdown.recent() >= failed[at];
  }

  private boolean isFasterThanAt(int at) {
    return failed[at] < Double.POSITIVE_INFINITY && slowdown.lasting() <= FASTER * failed[at];
  }

  private Moment moment() {
    return new Moment(runs, now);
  }

  /** Runs since then, or beats of time if they are more. */
  private double age(Moment moment) {
    return Math.max(runs - moment.runs(), (now - moment.time()) / BEAT_MILLIS);
  }
}
