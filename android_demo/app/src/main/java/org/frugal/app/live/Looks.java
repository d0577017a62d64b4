package org.frugal.app.live;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.frugal.Event;
import org.frugal.Event.Corners;
import org.frugal.Result;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Step;

/** Where in the picture a run looked: the crops and glimpses of its events, in order. */
final class Looks {
  private static final Corners WHOLE = new Corners(0, 0, 1, 1);

  private Looks() {}

  /**
   * Crops of a crop lie within it; those of a part's output, which has no place of its own, in the picture as a whole.
   *
   * @return 0..1 over the edges of what the network sees, top above bottom and left before right
   */
  static List<Corners> of(Manifest manifest, Result result) {
    Map<String, Step.Crop> steps = new HashMap<>();
    Step.walk(manifest.main(), step -> {
      if (step instanceof Step.Crop crop) {
        steps.putIfAbsent(crop.output(), crop);
      }
    });
    Map<String, Corners> extents = new HashMap<>();
    List<Corners> looks = new ArrayList<>();
    for (Event event : result.events()) {
      if (event.kind() == Event.Kind.CROP && isFinite(event.corners())) {
        Step.Crop step = steps.get(event.name());
        Corners within = extents.getOrDefault(step.value(), WHOLE);
        Corners look = upright(compose(within, event.corners()));
        extents.put(event.name(), look);
        looks.add(sharpest(look, step.scales()));
      }
    }
    return looks;
  }

  private static boolean isFinite(Corners of) {
    return Double.isFinite(of.top() + of.left() + of.bottom() + of.right());
  }

  private static Corners compose(Corners outer, Corners inner) {
    double height = outer.bottom() - outer.top();
    double width = outer.right() - outer.left();
    return new Corners(
        outer.top() + inner.top() * height, outer.left() + inner.left() * width,
        outer.top() + inner.bottom() * height, outer.left() + inner.right() * width);
  }

  /** Of a glimpse's windows about one centre, each twice as wide as the one before, the smallest: seen sharply. */
  static Corners sharpest(Corners largest, int scales) {
    double share = (1 - Math.pow(0.5, scales - 1)) / 2;
    double height = share * (largest.bottom() - largest.top());
    double width = share * (largest.right() - largest.left());
    return new Corners(
        largest.top() + height, largest.left() + width, largest.bottom() - height, largest.right() - width);
  }

  /** A crop may be mirrored, which is no matter of where it is. */
  private static Corners upright(Corners of) {
    return new Corners(
        Math.min(of.top(), of.bottom()), Math.min(of.left(), of.right()), Math.max(of.top(), of.bottom()),
        Math.max(of.left(), of.right()));
  }
}
