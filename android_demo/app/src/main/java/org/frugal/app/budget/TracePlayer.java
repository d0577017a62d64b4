package org.frugal.app.budget;

import android.os.Handler;
import java.util.List;
import org.frugal.app.Watched;

/** Steps through the decisions along a trace, ten a second. Main thread only; outlives the screen. */
public final class TracePlayer {
  static final long STEP_MILLIS = 100;

  /**
   * What is on display.
   *
   * @param step index of the frame, or -1 before the first
   */
  public record State(String description, List<Trace.Frame> frames, int step, boolean playing, String problem) {
    static final State EMPTY = new State("", List.of(), -1, false, null);

    State at(int next) {
      return new State(description, frames, next, playing && next < frames.size() - 1, problem);
    }
  }

  private final Watched<State> state = new Watched<>(State.EMPTY);
  private final Handler main;
  private final Runnable tick = this::tick;

  public TracePlayer(Handler main) {
    this.main = main;
  }

  public Watched<State> state() {
    return state;
  }

  /** Another trace, or the same one decided under another policy; play-back goes on where it was. */
  public void load(String description, List<Trace.Frame> frames) {
    State now = state.get();
    boolean same = description.equals(now.description()) && frames.size() == now.frames().size();
    state.set(new State(description, frames, same ? now.step() : -1, same && now.playing(), null));
  }

  public void show(String problem) {
    State now = state.get();
    stop();
    state.set(new State(now.description(), now.frames(), now.step(), false, problem));
  }

  /** Plays from where it stopped, or from the start when it is through. */
  public void play() {
    State now = state.get();
    if (now.frames().isEmpty() || now.playing()) {
      return;
    }
    int from = now.step() >= now.frames().size() - 1 ? -1 : now.step();
    state.set(new State(now.description(), now.frames(), from, true, null));
    tick();
  }

  public void stop() {
    main.removeCallbacks(tick);
    State now = state.get();
    state.set(new State(now.description(), now.frames(), now.step(), false, now.problem()));
  }

  private void tick() {
    State now = state.get();
    if (now.playing()) {
      state.set(now.at(now.step() + 1));
      main.postDelayed(tick, STEP_MILLIS);
    }
  }
}
