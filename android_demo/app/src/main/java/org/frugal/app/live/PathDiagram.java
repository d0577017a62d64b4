package org.frugal.app.live;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.Event;
import org.frugal.Result;
import org.frugal.app.Plain;
import org.frugal.app.bundles.FullCost;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Step;

/**
 * The way that an answer took, in the order in which it was taken; what the program could have run as well stands where
 * it was passed by, or at the end. Drawn from the events of a result alone, whatever the network.
 *
 * @param exit name of the exit or answer
 * @param spentShare of the full network's multiply-adds, 0..1
 * @param spentMacs multiply-adds of what was run
 */
public record PathDiagram(List<Node> nodes, String exit, double spentShare, double spentMacs) {
  /** Something on the way. */
  public sealed interface Node permits Block, Fork {}

  /** What became of a part. */
  public enum State {
    RUN,
    /** Run on another machine. */
    REMOTE,
    /** It was to run on another machine, which could not be reached in time; another way was taken. */
    FAILED,
    /** A choice went another way. */
    SKIPPED,
    /** The answer was given before it. */
    NOT_REACHED
  }

  /**
   * One part.
   *
   * @param last whether it ran as the last one: behind it the answer was given
   * @param millis that it took in this run, all its turns together; 0 where it did not run
   * @param macs of one turn
   * @param turns how often it ran
   * @param bytes sent to another machine and back, all turns together
   */
  public record Block(
      String name, State state, boolean last, double millis, double macs, int turns, long bytes) implements Node {
    public boolean hasRun() {
      return state == State.RUN || state == State.REMOTE;
    }
  }

  /**
   * A choice of one of several ways.
   *
   * @param way that was taken last, from 0
   * @param ways how many there are
   * @param turns how often it was made
   */
  public record Fork(int way, int ways, int turns) implements Node {}

  /** The diagram of an answer. */
  public static PathDiagram of(Manifest manifest, Result result) {
    Map<String, Node> nodes = new LinkedHashMap<>();
    for (Event event : result.events()) {
      if (event.kind() == Event.Kind.CASE) {
        Fork before = (Fork) nodes.get(event.name());
        int turns = before == null ? 1 : before.turns() + 1;
        nodes.put(event.name(), new Fork(event.way(), ways(manifest, event.name()), turns));
      } else if (state(event.kind()) != null) {
        // A part and a choice cannot be taken for each other: the one's name is a path through the program.
        Node before = nodes.get("part " + event.name());
        nodes.put("part " + event.name(), next((Block) before, event, manifest));
      }
    }
    double full = FullCost.macs(manifest);
    return new PathDiagram(
        withLast(nodes, result), Plain.name(result.exit()), full > 0 ? result.macs() / full : 1, result.macs());
  }

  private static State state(Event.Kind kind) {
    switch (kind) {
      case RUN:
        return State.RUN;
      case REMOTE:
        return State.REMOTE;
      case FAILED:
        return State.FAILED;
      case SKIPPED:
        return State.SKIPPED;
      case NOT_REACHED:
        return State.NOT_REACHED;
      default:
        return null;
    }
  }

  /** A part with one more event: what ran once has run, wherever else it was skipped. */
  private static Block next(Block before, Event event, Manifest manifest) {
    State now = state(event.kind());
    boolean ran = before != null && before.hasRun();
    State state = ran && !event.hasRun() ? before.state() : now;
    int turns = (ran ? before.turns() : 0) + (event.hasRun() ? 1 : 0);
    double millis = (ran ? before.millis() : 0) + event.nanos() / 1e6;
    long bytes = (ran ? before.bytes() : 0) + event.inputBytes() + event.outputBytes();
    double macs = manifest.parts().get(event.name()).cost(FullCost.MACS);
    return new Block(Plain.name(event.name()), state, false, millis, macs, turns, bytes);
  }

  private static List<Node> withLast(Map<String, Node> nodes, Result result) {
    int count = result.path().size();
    String last = count == 0 ? null : "part " + result.path().get(count - 1);
    List<Node> list = new ArrayList<>();
    nodes.forEach((key, node) -> list.add(key.equals(last) ? last((Block) node) : node));
    return list;
  }

  private static Block last(Block of) {
    return new Block(of.name(), of.state(), true, of.millis(), of.macs(), of.turns(), of.bytes());
  }

  /** How many ways the select at a path of a program has. */
  private static int ways(Manifest manifest, String path) {
    int[] found = {0};
    manifest.programs().forEach((name, steps) -> find(steps, name, path, found));
    return found[0];
  }

  private static void find(List<Step> steps, String where, String path, int[] found) {
    for (int i = 0; i < steps.size(); i++) {
      String here = where + "[" + i + "]";
      if (here.equals(path) && steps.get(i) instanceof Step.Select select) {
        found[0] = select.cases().size();
      }
      for (Step.Inner inner : steps.get(i).inner()) {
        find(inner.steps(), here + "." + inner.key(), path, found);
      }
    }
  }

  /** The parts, without the choices between them. */
  public List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    nodes.forEach(node -> {
      if (node instanceof Block block) {
        blocks.add(block);
      }
    });
    return blocks;
  }

  /** How many parts ran at least once. */
  public long run() {
    return blocks().stream().filter(Block::hasRun).count();
  }
}
