package org.frugal.app.live;

import android.content.Context;
import java.util.ArrayList;
import java.util.List;
import org.frugal.app.Numbers;
import org.frugal.app.R;
import org.frugal.app.live.PathDiagram.Block;
import org.frugal.app.live.PathDiagram.Fork;
import org.frugal.app.live.PathDiagram.Node;

/** A path in words, for who hears it, and the few that stand in the diagram. */
final class PathWords {
  private final Context context;

  PathWords(Context context) {
    this.context = context;
  }

  String describe(PathDiagram path) {
    List<String> said = new ArrayList<>();
    for (Node node : path.nodes()) {
      said.add(node instanceof Fork fork ? context.getString(R.string.fork_taken, fork.way() + 1, fork.ways())
          : block((Block) node));
    }
    return context.getString(
        R.string.path_label, path.run(), path.blocks().size(), path.exit(), String.join(" ", said));
  }

  private String block(Block block) {
    switch (block.state()) {
      case RUN:
        return context.getString(
            R.string.block_run, name(block), Numbers.millis(block.millis()), Numbers.count(block.macs()));
      case REMOTE:
        return context.getString(
            R.string.block_remote, name(block), Numbers.millis(block.millis()), Numbers.bytes(block.bytes()));
      case FAILED:
        return context.getString(R.string.block_failed, name(block));
      case SKIPPED:
        return context.getString(R.string.block_skipped, name(block));
      default:
        return context.getString(R.string.block_not_reached, name(block));
    }
  }

  String name(Block block) {
    return block.turns() > 1 ? context.getString(R.string.block_turns, block.name(), block.turns()) : block.name();
  }

  String way(Fork fork) {
    return context.getString(R.string.fork, fork.way() + 1, fork.ways());
  }
}
