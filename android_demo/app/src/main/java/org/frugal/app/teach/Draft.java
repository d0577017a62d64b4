package org.frugal.app.teach;

import java.util.ArrayList;
import java.util.List;
import org.frugal.Event.Corners;

/** What a person has put together of a new class: its name, and pictures of it. */
record Draft(String name, List<Example> examples) {
  static final int LEAST = 3;
  static final int MOST = 10;
  static final Draft EMPTY = new Draft("", List.of());

  /** What a draft still lacks, the first thing of all. */
  enum Lack {
    NOTHING,
    ROOM,
    NAME,
    OTHER_NAME,
    PICTURES,
    BOX
  }

  /** The name as it becomes a label. */
  String label() {
    return name.strip();
  }

  Draft withName(String next) {
    return new Draft(next, examples);
  }

  Draft with(Example more) {
    List<Example> all = new ArrayList<>(examples);
    all.add(more);
    return new Draft(name, List.copyOf(all));
  }

  Draft without(int place) {
    List<Example> all = new ArrayList<>(examples);
    all.remove(place);
    return new Draft(name, List.copyOf(all));
  }

  Draft withBox(int place, Corners box) {
    List<Example> all = new ArrayList<>(examples);
    all.set(place, all.get(place).withBox(box));
    return new Draft(name, List.copyOf(all));
  }

  /**
   * What it lacks before it can be learned.
   *
   * @param labels those that the table has now
   */
  Lack lack(Teachable what, List<String> labels) {
    if (labels.size() >= what.capacity()) {
      return Lack.ROOM;
    } else if (examples.size() < LEAST) {
      return Lack.PICTURES;
    } else if (what.asksBox() && firstWithoutBox() >= 0) {
      return Lack.BOX;
    } else if (label().isEmpty()) {
      return Lack.NAME;
    }
    return labels.contains(label()) ? Lack.OTHER_NAME : Lack.NOTHING;
  }

  /** The first picture that has no box, or -1. */
  int firstWithoutBox() {
    for (int i = 0; i < examples.size(); i++) {
      if (examples.get(i).box() == null) {
        return i;
      }
    }
    return -1;
  }
}
