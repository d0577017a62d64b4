package org.frugal.app.live;

/**
 * How far a race is.
 *
 * @param of which bundle, or null before the first race
 * @param count pictures on each lane
 * @param running whether it goes on
 * @param problem why there was none, in a sentence, or null
 */
public record RaceState(String of, int count, Lane chain, Lane whole, boolean running, String problem) {
  public static final RaceState NONE = new RaceState(null, 0, Lane.START, Lane.START, false, null);

  /**
   * A network's part of a race.
   *
   * @param answered pictures
   * @param right of them
   * @param millis that its answers took together
   */
  public record Lane(int answered, int right, double millis) {
    static final Lane START = new Lane(0, 0, 0);
  }

  RaceState stopped(String sentence) {
    return new RaceState(of, count, chain, whole, false, sentence);
  }
}
