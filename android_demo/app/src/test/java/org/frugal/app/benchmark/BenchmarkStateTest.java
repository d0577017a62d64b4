package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;

import java.nio.file.Path;
import java.util.List;
import org.junit.Test;

public class BenchmarkStateTest {
  private static final BenchmarkSettings TWO_MINUTES = BenchmarkSettings.of("a");
  private static final Report REPORT = new Report(Path.of("a.json"), "a", "", 1, 1, List.of(), List.of(), null);

  @Test
  public void progressGoesFromNothingToAllAndNotBeyond() {
    assertEquals(0, BenchmarkState.IDLE.progress(), 0);
    BenchmarkState started = BenchmarkState.IDLE.started(TWO_MINUTES);
    assertEquals(0, started.progress(), 0);
    assertEquals("with what stands idle between turns", 0.25, started.at(Progress.Stage.CHAIN, 36).progress(), 1e-12);
    assertEquals(1, started.at(Progress.Stage.FULL_DEPTH, 500).progress(), 0);
  }

  @Test
  public void progressThatComesLateStartsNothing() {
    BenchmarkState late = BenchmarkState.IDLE.at(Progress.Stage.CHAIN, 3);
    assertNull(late.running());
    assertNull(late.stage());
    assertEquals(0, late.progress(), 0);
  }

  @Test
  public void aNewStartForgetsWhatWentWrongAndTheEndKeepsTheReports() {
    BenchmarkState failed = BenchmarkState.IDLE.with(List.of(REPORT)).stopped("no bundle");
    assertEquals("no bundle", failed.problem());
    assertEquals(List.of(REPORT), failed.reports());
    BenchmarkState again = failed.started(TWO_MINUTES);
    assertNull(again.problem());
    assertSame(TWO_MINUTES, again.running());
    BenchmarkState done = again.finished(List.of(REPORT, REPORT), Path.of("b.json"));
    assertNull(done.running());
    assertEquals(Path.of("b.json"), done.last());
    assertEquals(2, done.reports().size());
  }

  @Test
  public void aCancelledOneHasNeitherReportNorProblem() {
    BenchmarkState cancelled = BenchmarkState.IDLE.started(TWO_MINUTES).stopped(null);
    assertNull(cancelled.last());
    assertNull(cancelled.problem());
    assertNull(cancelled.running());
  }
}
