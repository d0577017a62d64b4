package org.frugal.app.live;

import java.util.List;
import org.frugal.Chain;
import org.frugal.Picture;
import org.frugal.Result;
import org.frugal.app.live.RaceState.Lane;

/**
 * A chain and its static network answer the same pictures, each as many as it can in the same time: now one runs, now
 * the other, so that what slows the phone slows both. It ends when one of them is through. Belongs to the worker's thread.
 */
final class Race implements AutoCloseable {
  /** What one step of a race takes of each one's time: two answers of the static network. */
  private static final int ANSWERS = 2;
  private static final int WARM_UP = 3;

  private final String of;
  private final List<Picture> pictures;
  private final List<String> labels;
  private final Runner chain;
  private final Runner whole;
  private double sliceMillis;

  private static final class Runner {
    final Chain network;
    final String point;
    Lane lane = Lane.START;

    Runner(Chain network, String point) {
      this.network = network;
      this.point = point;
    }
  }

  /**
   * @param point of the chain
   * @param labels what is on the pictures
   */
  Race(String of, Chain chain, String point, Chain whole, List<Picture> pictures, List<String> labels) {
    this.of = of;
    this.pictures = pictures;
    this.labels = labels;
    this.chain = new Runner(chain, point);
    this.whole = new Runner(whole, whole.bundle().manifest().defaultOperatingPoint());
  }

  /** The next step. */
  RaceState step() {
    if (sliceMillis == 0) {
      warmUp();
    }
    double until = Math.max(chain.lane.millis(), whole.lane.millis()) + sliceMillis;
    run(chain, until);
    run(whole, until);
    return new RaceState(of, pictures.size(), chain.lane, whole.lane, !isThrough(chain) && !isThrough(whole), null);
  }

  private void warmUp() {
    double last = 0;
    for (int i = 0; i < WARM_UP; i++) {
      chain.network.run(pictures.get(0), null, chain.point);
      last = whole.network.run(pictures.get(0), null, whole.point).elapsedMillis();
    }
    sliceMillis = ANSWERS * last;
  }

  private void run(Runner runner, double until) {
    while (runner.lane.millis() < until && !isThrough(runner)) {
      int next = runner.lane.answered();
      Result result = runner.network.run(pictures.get(next), null, runner.point);
      int right = labels.get(next).equals(result.name()) ? 1 : 0;
      runner.lane = new Lane(
          next + 1, runner.lane.right() + right, runner.lane.millis() + result.elapsedMillis());
    }
  }

  private boolean isThrough(Runner runner) {
    return runner.lane.answered() == pictures.size();
  }

  @Override
  public void close() {
    chain.network.close();
    whole.network.close();
  }
}
