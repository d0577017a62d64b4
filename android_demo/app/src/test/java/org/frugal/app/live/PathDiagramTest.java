package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.frugal.Event;
import org.frugal.Event.Kind;
import org.frugal.Reason;
import org.frugal.Result;
import org.frugal.app.bundles.FullCost;
import org.frugal.app.live.PathDiagram.Block;
import org.frugal.app.live.PathDiagram.Fork;
import org.frugal.app.live.PathDiagram.State;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.junit.Test;

/** What the path shows, of chains and of programs that are none. */
public class PathDiagramTest {
  @Test
  public void partsRunAndAfterTheAnswerAreNotReached() {
    PathDiagram path = PathDiagram.of(manifest("stages"), result(
        List.of("stage_0", "stage_1"), Event.run("stage_0", 1_500_000), Event.run("stage_1", 250_000),
        Event.of(Kind.NOT_REACHED, "stage_2"), Event.of(Kind.NOT_REACHED, "stage_3")));
    assertEquals(List.of(State.RUN, State.RUN, State.NOT_REACHED, State.NOT_REACHED), states(path));
    assertEquals(List.of(false, true, false, false), path.blocks().stream().map(Block::last).toList());
    assertEquals(1.5, path.blocks().get(0).millis(), 0);
    assertEquals(0, path.blocks().get(2).turns());
    assertEquals(2, path.run());
  }

  @Test
  public void aPartThatRanTwiceIsOneBlock() {
    PathDiagram path = PathDiagram.of(manifest("stages"), result(
        List.of("stage_1", "stage_1"), Event.run("stage_1", 1_000_000), Event.run("stage_1", 2_000_000)));
    assertEquals(1, path.blocks().size());
    assertEquals(2, path.blocks().get(0).turns());
    assertEquals(3, path.blocks().get(0).millis(), 0);
    assertTrue(path.blocks().get(0).last());
  }

  @Test
  public void aChoiceStandsBeforeTheWaysThatItPassedBy() {
    // main[4] of this bundle selects among three ways: plain, mixed, and none.
    PathDiagram path = PathDiagram.of(manifest("looks"), result(
        List.of("look", "mixed"), Event.run("look", 1), Event.chosen("main[4]", 1), Event.of(Kind.SKIPPED, "plain"),
        Event.run("mixed", 1)));
    assertEquals(new Fork(1, 3, 1), path.nodes().get(1));
    assertEquals(List.of(State.RUN, State.SKIPPED, State.RUN), states(path));
    assertEquals("plain", ((Block) path.nodes().get(2)).name());
  }

  @Test
  public void aChoiceInsideALoopIsOneWithTheWayThatItTookLast() {
    PathDiagram path = PathDiagram.of(manifest("looks"), result(
        List.of("plain"), Event.chosen("main[4]", 2), Event.of(Kind.SKIPPED, "plain"), Event.chosen("main[4]", 0),
        Event.run("plain", 5)));
    assertEquals(List.of(new Fork(0, 3, 2)), path.nodes().subList(0, 1));
    assertEquals("what was passed by at first has run", List.of(State.RUN), states(path));
  }

  @Test
  public void whatRanIsNotPassedByLaterOn() {
    PathDiagram path = PathDiagram.of(manifest("looks"), result(
        List.of("plain"), Event.run("plain", 5), Event.of(Kind.SKIPPED, "plain")));
    assertEquals(List.of(State.RUN), states(path));
    assertEquals(1, path.blocks().get(0).turns());
  }

  @Test
  public void anotherMachineIsToldFromThisOneWithItsBytes() {
    PathDiagram path = PathDiagram.of(manifest("ahead"), result(
        List.of("first", "far"), Event.run("first", 1), Event.remote("far", 2_000_000, 300, 40),
        Event.remote("far", 1_000_000, 300, 40)));
    assertEquals(List.of(State.RUN, State.REMOTE), states(path));
    assertEquals(680, path.blocks().get(1).bytes());
    assertEquals(3, path.blocks().get(1).millis(), 0);
    PathDiagram alone = PathDiagram.of(manifest("ahead"), result(
        List.of("first", "near"), Event.run("first", 1), Event.failed("far", "absent"), Event.run("near", 1)));
    assertEquals(List.of(State.RUN, State.FAILED, State.RUN), states(alone));
    assertEquals(2, alone.run());
  }

  @Test
  public void theFullNetworkOfAChainIsTheSumOfItsParts() {
    Manifest manifest = manifest("stages");
    double sum = manifest.parts().values().stream().mapToDouble(part -> part.cost("macs")).sum();
    assertEquals(sum, FullCost.macs(manifest), 0);
    Result all = new Result(Map.of(), List.of(), List.of(), "exit", Reason.RULE, (long) sum, Map.of(), 0, "");
    assertEquals(1, PathDiagram.of(manifest, all).spentShare(), 1e-12);
  }

  @Test
  public void branchesAndRepeatsCountTheirMostExpensiveWay() {
    Manifest manifest = manifest("steps");
    double highest = manifest.parts().values().stream().mapToDouble(part -> part.cost("macs")).max().orElseThrow();
    assertTrue(FullCost.macs(manifest) >= highest);
  }

  @Test
  public void aFullNetworkLooksAtAllRows() {
    // 24 propose, 9 keep, a crop of 4 and a look of 24 for each of three rows, and 24 behind them.
    assertEquals(24 + 9 + 3 * (4 + 24) + 24, FullCost.macs(manifest("boxes")), 0);
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

  private static List<State> states(PathDiagram path) {
    return path.blocks().stream().map(Block::state).toList();
  }

  private static Manifest manifest(String golden) {
    return Bundle.load(Path.of(System.getProperty("frugal.repository"), "tests/goldens/bundles", golden)).manifest();
  }

  private static Result result(List<String> path, Event... events) {
    return new Result(Map.of(), path, List.of(events), "exit", Reason.RULE, 10, Map.of(), 0, "");
  }
}
