package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.frugal.Event;
import org.frugal.Reason;
import org.frugal.Result;
import org.frugal.app.bundles.FullCost;
import org.frugal.app.live.PathDiagram.State;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.junit.Test;

/** What the path shows, for chains and for programs that are none. */
public class PathDiagramTest {
  @Test
  public void partsAreRunLeftOrSkipped() {
    Manifest manifest = manifest("stages");
    List<String> parts = new ArrayList<>(manifest.parts().keySet());
    PathDiagram path = PathDiagram.of(manifest, result(parts.subList(0, 2), 1_500_000, 250_000));
    List<State> states = new ArrayList<>();
    path.blocks().forEach(block -> states.add(block.state()));
    assertEquals(List.of(State.RUN, State.EXIT), states.subList(0, 2));
    assertTrue(states.subList(2, states.size()).stream().allMatch(State.SKIPPED::equals));
    assertEquals(1.5, path.blocks().get(0).millis(), 0);
    assertEquals(2, path.run());
  }

  @Test
  public void aPartThatRanTwiceIsOneBlock() {
    Manifest manifest = manifest("stages");
    String part = manifest.parts().keySet().iterator().next();
    PathDiagram path = PathDiagram.of(manifest, result(List.of(part, part), 1_000_000, 2_000_000));
    assertEquals(2, path.blocks().get(0).turns());
    assertEquals(3, path.blocks().get(0).millis(), 0);
    assertEquals(1, path.run());
  }

  @Test
  public void theFullNetworkOfAChainIsTheSumOfItsParts() {
    Manifest manifest = manifest("stages");
    double sum = manifest.parts().values().stream().mapToDouble(part -> part.cost("macs")).sum();
    assertEquals(sum, FullCost.macs(manifest), 0);
    List<String> every = new ArrayList<>(manifest.parts().keySet());
    double all = PathDiagram.of(manifest, result((long) sum, every, new long[every.size()])).spentShare();
    assertEquals(1, all, 1e-12);
  }

  @Test
  public void branchesAndRepeatsCountTheirDearestWay() {
    Manifest manifest = manifest("steps");
    double mostExpensivePart = manifest.parts().values().stream().mapToDouble(part -> part.cost("macs")).max().orElseThrow();
    assertTrue(FullCost.macs(manifest) >= mostExpensivePart);
  }

  @Test
  public void aFullNetworkLooksAtAllRows() {
    // 24 propose, 9 keep, a crop of 4 and a look of 24 for each of three rows, and 24 behind them.
    assertEquals(24 + 9 + 3 * (4 + 24) + 24, FullCost.macs(manifest("boxes")), 0);
  }

  @Test
  public void blocksShareTheWidthInRowsOfEqualLength() {
    assertEquals(new PathLayout(6, 1, 55), PathLayout.of(6, 380, 50, 10));
    assertEquals("seven of 50 do not fit in 380", new PathLayout(6, 2, 55), PathLayout.of(12, 380, 50, 10));
    assertEquals("rows of equal length", 4, PathLayout.of(7, 380, 50, 10).perRow());
    assertEquals("one block is no beam", 100, PathLayout.of(1, 380, 50, 10).blockWidth(), 0);
    assertEquals(1, PathLayout.of(3, 20, 50, 10).perRow());
  }

  @Test
  public void tenDigitsInOrderAreDigits() {
    List<String> digits = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      digits.add("" + i);
    }
    assertTrue(Engine.isDigits(digits));
    assertFalse(Engine.isDigits(digits.subList(0, 9)));
    digits.set(3, "cat");
    assertFalse(Engine.isDigits(digits));
  }

  private static Manifest manifest(String golden) {
    return Bundle.load(Path.of(System.getProperty("frugal.repository"), "tests/goldens/bundles", golden)).manifest();
  }

  private static Result result(List<String> path, long... nanos) {
    return result(10, path, nanos);
  }

  private static Result result(long macs, List<String> path, long... nanos) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < nanos.length; i++) {
      events.add(Event.run(path.get(i), nanos[i]));
    }
    return new Result(Map.of(), path, events, "exit", Reason.RULE, macs, Map.of(), 0, "");
  }
}
