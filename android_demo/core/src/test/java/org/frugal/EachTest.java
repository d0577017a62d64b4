package org.frugal;

import static org.frugal.bundle.SmallManifest.atLeast;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.leave;
import static org.frugal.bundle.SmallManifest.repeat;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs that go over the rows 1, 5 and 2, 6 and 3, 7: what runs, what is billed, and where it stops. */
class EachTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {10, 20}, 1, 2);
  private static final Consumer<JsonObject> TABLES = root -> {
    for (String name : List.of("table", "doubles")) {
      root.get("values").asObject().set(name, json("{'shape': [1, 3, 2], 'type': 'float32'}"));
    }
    root.get("values").asObject().set("done", json("{'shape': [1, 1], 'type': 'float32'}"))
        .set("column", json("{'shape': [1, 3], 'type': 'float32'}"));
  };
  private static final String TABLE = fill("table", "[1, 3, 2]", "[1, 5, 2, 6, 3, 7]");
  private static final String TWICE = run("real", "v", "w");
  private static final String STACKS = "'stacks': {'doubles': 'w'}, 'done': 'done'";
  private static final String COUNT = run("count", "score", "score");

  @TempDir Path scratch;

  private static String each(String rows, String fields, String steps) {
    return "{'op': 'each', 'rows': {" + rows + "}, 'steps': [" + steps + "], " + fields + "}";
  }

  private static String each(String steps) {
    return each("'v': 'table'", STACKS, steps);
  }

  private static String answer(String value) {
    return "{'op': 'answer', 'name': 'end', 'gives': {'numbers': '" + value + "'}}";
  }

  private Chain chain(String... steps) {
    return SmallChain.of(scratch, String.join(", ", steps), TABLES);
  }

  private Result result(String... steps) {
    try (Chain chain = chain(steps)) {
      return chain.run(PIXELS);
    }
  }

  @Test
  void everyRowIsRunAndWhatItGivesIsStacked() {
    Result result = result(TABLE, each(TWICE), answer("doubles"));
    assertArrayEquals(new float[] {2, 10, 4, 12, 6, 14}, result.answer());
    assertEquals(List.of("real", "real", "real"), result.path());
    assertEquals(3, result.macs());
    assertEquals(
        List.of("row main[1] 0", "remote real", "row main[1] 1", "remote real", "row main[1] 2", "remote real"),
        SmallChain.words(result));
  }

  /** Rows of one number, of which the second is at least 6. */
  @Test
  void aLeaveIsOfTheEachAndNotOfTheRepeatAroundIt() {
    String column = fill("column", "[1, 3]", "[5, 6, 7]");
    String step = each("'score': 'column', 'v': 'table'", STACKS, TWICE + ", " + leave("6"));
    Result result = result(TABLE, column, repeat(2, step), answer("doubles"));
    assertArrayEquals(new float[] {2, 10, 0, 0, 0, 0}, result.answer());
    assertEquals(2, SmallChain.words(result).stream().filter("left main[2].steps[0].steps[1]"::equals).count());
    assertArrayEquals(new float[] {1}, result(TABLE, column, step, answer("done")).answer());
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "1.5, 0", "2, 1", "3, 2", "4, 3", "9, 3"})
  void aRowIsBegunWhereTheBudgetReachesItsEndAndTheAnswer(double macs, int done) {
    try (Chain chain = chain(TABLE, each(TWICE), fill("score", "[1]", "0"), COUNT, answer("done"))) {
      Result result = chain.run(PIXELS, Budget.macs(macs));
      assertArrayEquals(new float[] {done}, result.answer());
      assertEquals(Reason.FINAL, result.reason());
      assertEquals(done < 3, SmallChain.words(result).contains("stopped main[1] macs"));
    }
  }

  @Test
  void anExitBeforeItAsksForOneRowOnly() {
    String early = "{'op': 'exit', 'name': 'early', " + atLeast("9") + ", 'gives': {'numbers': 'score'}}";
    try (Chain chain = chain(
        TABLE, fill("score", "[1]", "0"), COUNT, early, each(TWICE), COUNT, answer("doubles"))) {
      assertEquals("early", chain.run(PIXELS, Budget.macs(2.5)).exit());
      assertEquals("end", chain.run(PIXELS, Budget.macs(3)).exit());
    }
  }

  @Test
  void anExitInsideAnswersForAll() {
    String exit = "{'op': 'exit', 'name': 'enough', " + atLeast("2") + ", 'gives': {'numbers': 'w'}}";
    String step = each("'v': 'table'", STACKS, TWICE + ", " + COUNT + ", " + exit);
    try (Chain chain = chain(TABLE, fill("score", "[1]", "0"), step, answer("doubles"))) {
      Result result = chain.run(PIXELS);
      assertEquals("enough", result.exit());
      assertArrayEquals(new float[] {4, 12}, result.answer());
      // Another row costs two: with three that of the first one is all there is.
      Result late = chain.run(PIXELS, Budget.macs(3));
      assertEquals(List.of("enough", Reason.MACS), List.of(late.exit(), late.reason()));
      assertArrayEquals(new float[] {2, 10}, late.answer());
    }
  }

  @Test
  void whatIsLateStopsBetweenRows() {
    AtomicLong now = new AtomicLong();
    ChainOptions ticking = ChainOptions.DEFAULT.withRemote(SmallChain.PARTS).withClock(() -> now.addAndGet(1_000_000));
    try (Chain chain = SmallChain.of(scratch, TABLE + ", " + each(TWICE) + ", " + answer("done"), TABLES, ticking)) {
      // The run begins at 0, and looks at the clock twice before a row, and before and behind the part in it.
      assertArrayEquals(new float[] {0}, chain.run(PIXELS, Budget.latencyMillis(1)).answer());
      Result result = chain.run(PIXELS, Budget.latencyMillis(7));
      assertArrayEquals(new float[] {2}, result.answer());
      assertTrue(SmallChain.words(result).contains("stopped main[1] latency"), result.events().toString());
    }
  }

  /** The part before the each cancels the run, and no other part comes behind it. */
  @Test
  void aRowAndAKeepBeginOnlyInARunThatIsNotCancelled() {
    Cancel cancel = new Cancel();
    ChainOptions options = ChainOptions.DEFAULT.withWarmUp(false).withRemote((part, inputs) -> {
      cancel.cancel();
      return SmallChain.PARTS.run(part, inputs);
    });
    String look = run("image", "image", "v");
    String keep = "{'op': 'keep', 'boxes': 'boxes', 'scores': 'score', 'threshold': 0, 'overlap': 1, 'most': 1,"
        + " 'outputs': {'count': 'done'}}";
    Consumer<JsonObject> boxes = TABLES.andThen(root -> root.get("values").asObject()
        .set("boxes", json("{'shape': [1, 1, 4], 'type': 'float32'}")));
    String before = String.join(", ", TABLE, fill("boxes", "[1, 1, 4]", "0"), fill("score", "[1]", "1"), look);
    for (String step : List.of(each(fill("w", "[1, 2]", "0")), keep)) {
      try (Chain chain = SmallChain.of(scratch, before + ", " + step + ", " + answer("done"), boxes, options)) {
        assertTrue(chain.run(PIXELS, Budget.UNLIMITED).answer()[0] > 0);
        NoAnswerException error =
            assertThrows(NoAnswerException.class, () -> chain.run(PIXELS, Budget.UNLIMITED.withCancel(cancel)));
        assertTrue(error.isCancelled());
      }
    }
  }

  @Test
  void itMayRenewWhatItGoesOverAndBeginAgain() {
    String renews = each("'v': 'table'", "'stacks': {'table': 'w'}", TWICE);
    try (Chain chain = chain(TABLE, repeat(3, renews), answer("table"))) {
      for (int i = 0; i < 2; i++) {
        assertArrayEquals(new float[] {8, 40, 16, 48, 24, 56}, chain.run(PIXELS).answer());
      }
    }
  }

  /** Of each outer row the inner ones double the table, so it is 8 times as much for the second time around. */
  @Test
  void anOuterOneGoesOnOverTheRowsThatAnInnerOneRenews() {
    String inner = each("'w': 'table'", "'stacks': {'table': 'w'}", run("real", "w", "w"));
    String outer = each("'v': 'table'", "'stacks': {'doubles': 'v'}", inner);
    assertArrayEquals(new float[] {1, 5, 2, 6, 3, 7}, result(TABLE, outer, answer("doubles")).answer());
    assertArrayEquals(new float[] {8, 40, 16, 48, 24, 56}, result(TABLE, outer, answer("table")).answer());
    Result twice = result(TABLE, repeat(2, outer), answer("doubles"));
    assertArrayEquals(new float[] {8, 40, 16, 48, 24, 56}, twice.answer());
    assertEquals(2 * 3 * 3, twice.path().size());
  }
}
