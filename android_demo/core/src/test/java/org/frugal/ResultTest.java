package org.frugal;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.json;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.frugal.Event.Corners;
import org.frugal.Event.Kind;
import org.frugal.bundle.SmallBundle;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Results, answers and events: which output stands for all, what probabilities are, and what a caller may keep. */
class ResultTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {1, 2}, 1, 2);
  private static final ChainOptions COLD = ChainOptions.DEFAULT.withWarmUp(false);
  private static final Answer VECTOR = new Answer(new float[] {7, 8}, TensorType.FLOAT32, -1, null, null, null);
  private static final Answer CAT =
      new Answer(new float[] {3, 1}, TensorType.INT8, 0, "cat", new float[] {0.88f, 0.12f}, null);
  private static final Answer DOG =
      new Answer(new float[] {0, 1}, TensorType.INT8, 1, "dog", new float[] {0, 1}, null);

  @TempDir Path scratch;

  private static Result of(List<Event> events, Answer... answers) {
    Map<String, Answer> outputs = new LinkedHashMap<>();
    for (Answer answer : answers) {
      outputs.put("o" + outputs.size(), answer);
    }
    return new Result(outputs, List.of(), events, "end", Reason.FINAL, 0, Map.of(), 2_500_000, "only");
  }

  private Result run(String program, Consumer<JsonObject> change) {
    try (Chain chain = SmallChain.of(scratch, program, change, COLD)) {
      return chain.run(PIXELS);
    }
  }

  @Test
  void theFirstOutputOfLabelsStandsForAll() {
    Result result = of(List.of(), VECTOR, CAT, DOG);
    assertEquals(List.of(0, "cat"), List.of(result.label(), result.name()));
    assertArrayEquals(new float[] {3, 1}, result.answer());
    assertArrayEquals(new float[] {0.88f, 0.12f}, result.probabilities());
    assertEquals("dog", of(List.of(), VECTOR, DOG, CAT).name());
  }

  @Test
  void withoutLabelsTheFirstOutputIsTheAnswer() {
    Result result = of(List.of(), VECTOR, new Answer(new float[] {9}, TensorType.FLOAT32, -1, null, null, null));
    assertEquals(-1, result.label());
    assertNull(result.name());
    assertNull(result.probabilities());
    assertArrayEquals(new float[] {7, 8}, result.answer());
    assertFalse(VECTOR.hasLabel());
    assertTrue(CAT.hasLabel(), "the first class is one too");
  }

  @Test
  void timesAreThoseOfPartsThatRan() {
    Result result = of(List.of(
        Event.run("a", 5), Event.failed("b", "late"), Event.crop("c", new Corners(0, 0, 1, 1)),
        Event.remote("d", 7, 1, 2), Event.of(Kind.NOT_REACHED, "e"), Event.run("a", 6)), CAT);
    assertArrayEquals(new long[] {5, 7, 6}, result.partNanos());
    assertEquals(2.5, result.elapsedMillis());
  }

  @Test
  void anEventSaysWhatItsKindHasAndNothingElse() {
    assertEquals(new Event(Kind.RUN, "p", 5, 0, 0, null, -1, -1, null), Event.run("p", 5));
    assertEquals(new Event(Kind.REMOTE, "p", 5, 8, 4, null, -1, -1, null), Event.remote("p", 5, 8, 4));
    assertEquals(new Event(Kind.FAILED, "p", 0, 0, 0, "late", -1, -1, null), Event.failed("p", "late"));
    assertEquals(new Event(Kind.CASE, "main[1]", 0, 0, 0, null, 2, -1, null), Event.chosen("main[1]", 2));
    assertEquals(new Event(Kind.ROW, "main[1]", 0, 0, 0, null, -1, 2, null), Event.row("main[1]", 2));
    assertEquals(
        new Event(Kind.STOPPED, "main[1]", 0, 0, 0, "macs", -1, -1, null), Event.stopped("main[1]", Reason.MACS));
    Corners corners = new Corners(0, 1, 2, 3);
    assertEquals(new Event(Kind.CROP, "v", 0, 0, 0, null, -1, -1, corners), Event.crop("v", corners));
    List<String> ran = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      labels.add(kind.label());
      if (Event.of(kind, "x").hasRun()) {
        ran.add(kind.label());
      }
    }
    assertEquals(List.of("run", "remote"), ran);
    assertEquals(List.of("run", "remote", "failed", "case", "skipped", "left", "crop", "row", "stopped", "not_reached"),
        labels);
  }

  @Test
  void reasonsAreTheWordsOfTheFormat() {
    List<String> labels = new ArrayList<>();
    for (Reason reason : Reason.values()) {
      labels.add(reason.label());
    }
    assertEquals(List.of("rule", "final", "latency", "macs", "energy", "bytes"), labels);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"[0, 0]|0|0.5|0.5", "[1, 0]|0|0.7310586|0.26894143", "[-1000, 1000]|1|0|1",
      "[1000, 1000]|0|0.5|0.5", "[3, 3.6931472]|1|0.33333334|0.6666667"})
  void logitsBecomeProbabilities(String logits, int label, float first, float second) {
    Result result = run(fill("v", "[1, 2]", logits) + ", " + END, root -> { });
    assertArrayEquals(new float[] {first, second}, result.probabilities(), 1e-7f);
    assertEquals(label, result.label());
    assertEquals(label == 0 ? "a" : "b", result.name());
  }

  @Test
  void probabilitiesStayAsTheyAre() {
    Consumer<JsonObject> none = root -> root.get("outputs").asObject().set(
        "label", json("{'kind': 'labels', 'labels': ['a', 'b'], 'activation': 'none'}"));
    Result result = run(fill("v", "[1, 2]", "[0.25, 0.5]") + ", " + END, none);
    assertArrayEquals(new float[] {0.25f, 0.5f}, result.probabilities());
    assertArrayEquals(new float[] {0.25f, 0.5f}, result.answer());
    assertTrue(result.probabilities() != result.answer(), "each is an array of its own");
  }

  @Test
  void whatACallerChangesInAnAnswerIsNoOnesElse() {
    try (Chain chain = SmallChain.of(scratch, fill("v", "[1, 2]", "[1, 2]") + ", " + END, root -> { }, COLD)) {
      Result first = chain.run(PIXELS);
      first.answer()[0] = 99;
      first.probabilities()[0] = 99;
      Result second = chain.run(PIXELS);
      assertArrayEquals(new float[] {1, 2}, second.answer());
      assertEquals(0.26894143f, second.probabilities()[0], 1e-7f);
      assertThrows(UnsupportedOperationException.class, () -> second.outputs().put("more", VECTOR));
      assertThrows(UnsupportedOperationException.class, () -> second.events().clear());
    }
  }

  @Test
  void theCostsOfAResultAreInEveryUnitOfTheManifest() {
    Result result = run(fill("v", "[1, 2]", "[1, 2]") + ", " + END, root -> { });
    assertEquals(Map.of("macs", 0.0, "latency_us", 0.0), result.costs());
    assertEquals(List.of(0L, "only"), List.of(result.macs(), result.operatingPoint()));
  }

  @Test
  void aClosedChainRefusesWhatever() {
    String program = fill("v", "[1, 2]", "[1, 2]") + ", " + SmallBundle.run("v", "v") + ", " + END;
    Chain chain = Chain.load(SmallBundle.of(scratch, program, root -> { }), COLD);
    assertEquals("end", chain.run(PIXELS).exit());
    chain.close();
    String closed = "chain: expected an open one, received one that has been closed";
    for (Executable call : List.<Executable>of(
        () -> chain.run(PIXELS), () -> chain.measure(1), chain::selfTest, () -> chain.run(Map.of("image", PIXELS)))) {
      assertEquals(closed, assertThrows(ChainException.class, call).getMessage());
    }
    chain.close();
  }

  @Test
  void optionsHaveAsManyThreadsAsTensorFlowLiteTakes() {
    assertEquals(1024, ChainOptions.DEFAULT.withThreads(1024).threads());
    for (int threads : new int[] {-1, 1025}) {
      assertEquals("threads: expected a whole number from 1 to 1024, received " + threads,
          assertThrows(ChainException.class, () -> ChainOptions.DEFAULT.withThreads(threads)).getMessage());
    }
    assertEquals(List.of(1, true), List.of(ChainOptions.DEFAULT.threads(), ChainOptions.DEFAULT.warmUp()));
    long before = ChainOptions.DEFAULT.clock().getAsLong();
    assertTrue(ChainOptions.DEFAULT.clock().getAsLong() - before >= 0);
  }
}
