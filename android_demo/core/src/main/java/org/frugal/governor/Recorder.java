package org.frugal.governor;

import java.util.ArrayList;
import java.util.List;

/**
 * A governor that writes down what it is shown, so that its decisions can be made again, elsewhere and to the last. It
 * is used in the place of the one that it begins anew. Belongs to one thread.
 */
public final class Recorder {
  private final Governor governor;
  private final List<Object> events = new ArrayList<>();
  private final List<Decision> decisions = new ArrayList<>();

  public Recorder(Governor governor) {
    this.governor = governor;
    governor.reset();
  }

  /**
   * Shows a run to the governor.
   *
   * @throws org.frugal.ChainException it is refused, and not written down
   */
  public void observe(Observation run) {
    governor.observe(run);
    events.add(run);
  }

  /** Picks the point for the next image; what is no finite number counts as unknown. */
  public Decision decide(Reading reading) {
    Reading finite = new Reading(
        finite(reading.battery()), reading.charging(), reading.powerSaving(), reading.thermalStatus(),
        finite(reading.thermalHeadroom()), reading.manual(), finite(reading.timeMillis()),
        reading.offline(), reading.metered());
    Decision decision = governor.decide(finite);
    events.add(finite);
    decisions.add(decision);
    return decision;
  }

  /** JSON has no word for a number that is not finite. */
  private static Double finite(Double number) {
    return number == null || !Double.isFinite(number) ? null : number;
  }

  /** All that has happened so far. */
  public Recording recording(String description) {
    return new Recording(
        description, List.copyOf(events), governor.points(), governor.policy(), List.copyOf(decisions));
  }
}
