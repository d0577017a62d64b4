package org.frugal.app.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.frugal.Result;
import org.frugal.app.Plain;
import org.frugal.app.bundles.FullCost;
import org.frugal.bundle.Manifest;

/**
 * The way that an answer took, as a row of blocks in the order of the manifest.
 *
 * @param exit name of the exit or answer
 * @param spentShare of the full network's multiply-adds, 0..1
 * @param spentMacs multiply-adds of the parts run
 */
public record PathDiagram(List<Block> blocks, String exit, double spentShare, double spentMacs) {
  /** What became of a part. */
  public enum State {
    RUN,
    /** Run, and the last: behind it the answer was given. */
    EXIT,
    SKIPPED
  }

  /**
   * One part.
   *
   * @param millis that it took in this run, all its turns together; 0 when skipped
   * @param macs of one turn
   * @param turns how often it ran
   */
  public record Block(String name, State state, double millis, double macs, int turns) {}

  /** The diagram of an answer. */
  public static PathDiagram of(Manifest manifest, Result result) {
    String last = result.path().isEmpty() ? null : result.path().get(result.path().size() - 1);
    long[] partNanos = result.partNanos();
    List<Block> blocks = new ArrayList<>();
    for (Map.Entry<String, Manifest.Part> part : manifest.parts().entrySet()) {
      String name = part.getKey();
      int turns = 0;
      long nanos = 0;
      for (int i = 0; i < result.path().size(); i++) {
        if (result.path().get(i).equals(name)) {
          turns++;
          nanos += partNanos[i];
        }
      }
      State state = turns == 0 ? State.SKIPPED : name.equals(last) ? State.EXIT : State.RUN;
      blocks.add(new Block(Plain.name(name), state, nanos / 1e6, part.getValue().cost("macs"), turns));
    }
    double full = FullCost.macs(manifest);
    return new PathDiagram(blocks, Plain.name(result.exit()), full > 0 ? result.macs() / full : 1, result.macs());
  }

  /** How many parts ran at least once. */
  public long run() {
    return blocks.stream().filter(block -> block.turns() > 0).count();
  }
}
