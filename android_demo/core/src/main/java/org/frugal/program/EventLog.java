package org.frugal.program;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.frugal.Event;
import org.frugal.Event.Corners;
import org.frugal.Event.Kind;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Step;

/**
 * What happened in a run. While it goes on only numbers are noted, beside events that are made once; {@link #events}
 * makes the list that a result keeps.
 */
public final class EventLog {
  private static final int CORNERS = 4;

  private final Event[] skipped;
  private final Event[] notReached;
  private final boolean[] reached;
  /** Numbers of the parts that the program may run, in the order of its text. */
  private final int[] inText;
  private Event[] events = new Event[16];
  private long[] nanos = new long[16];
  private double[] corners = new double[CORNERS];
  private int count;
  private int crops;

  /** Parts are known by their number in the manifest. */
  EventLog(Manifest manifest, List<Step> program) {
    List<String> names = new ArrayList<>(manifest.parts().keySet());
    skipped = names.stream().map(name -> Event.of(Kind.SKIPPED, name)).toArray(Event[]::new);
    notReached = names.stream().map(name -> Event.of(Kind.NOT_REACHED, name)).toArray(Event[]::new);
    reached = new boolean[names.size()];
    inText = parts(names, program);
  }

  /** Numbers of the parts that steps run, inside other steps too, each once, in the order of the text. */
  static int[] parts(List<String> names, List<Step> steps) {
    LinkedHashSet<Integer> parts = new LinkedHashSet<>();
    Step.walk(steps, step -> {
      if (step instanceof Step.Run run) {
        parts.add(names.indexOf(run.part()));
      }
    });
    return parts.stream().mapToInt(Integer::intValue).toArray();
  }

  void start() {
    count = 0;
    crops = 0;
    Arrays.fill(reached, false);
  }

  /** Notes an event that has no part. */
  void note(Event event) {
    if (count == events.length) {
      events = Arrays.copyOf(events, 2 * count);
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    events[count++] = event;
  }

  /** Notes that a part ran or failed; what it took is 0 if it did not run. */
  void reached(int part, Event event, long took) {
    reached[part] = true;
    note(event);
    nanos[count - 1] = took;
  }

  void skipped(int[] parts) {
    for (int part : parts) {
      reached[part] = true;
      note(skipped[part]);
    }
  }

  void cropped(Event event, double top, double left, double bottom, double right) {
    note(event);
    int at = CORNERS * crops++;
    if (at == corners.length) {
      corners = Arrays.copyOf(corners, 2 * at);
    }
    corners[at] = top;
    corners[at + 1] = left;
    corners[at + 2] = bottom;
    corners[at + 3] = right;
  }

  /**
   * How many times longer the parts that ran here took than expected; NaN where that is unknown.
   *
   * @param expected part to nanoseconds
   */
  public double slowdown(Map<String, Double> expected) {
    double took = 0;
    double usual = 0;
    for (int i = 0; i < count; i++) {
      Double median = events[i].kind() == Kind.RUN ? expected.get(events[i].name()) : null;
      if (median != null) {
        took += nanos[i];
        usual += median;
      }
    }
    return took > 0 && usual > 0 ? took / usual : Double.NaN;
  }

  /** All of the last run, and what it did not reach. */
  public List<Event> events() {
    List<Event> list = new ArrayList<>(count);
    int crop = 0;
    for (int i = 0; i < count; i++) {
      Event event = events[i];
      if (event.kind() == Kind.RUN) {
        event = Event.run(event.name(), nanos[i]);
      } else if (event.kind() == Kind.REMOTE) {
        event = Event.remote(event.name(), nanos[i], event.inputBytes(), event.outputBytes());
      } else if (event.kind() == Kind.CROP) {
        int at = CORNERS * crop++;
        event = Event.crop(
            event.name(), new Corners(corners[at], corners[at + 1], corners[at + 2], corners[at + 3]));
      }
      list.add(event);
    }
    for (int part : inText) {
      if (!reached[part]) {
        list.add(notReached[part]);
      }
    }
    return Collections.unmodifiableList(list);
  }
}
