package org.frugal;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.JsonObject;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.frugal.bundle.SmallBundle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An allowance of bytes that are sent to remote parts, and what they cost ahead. */
class BytesSentTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {10, 20}, 1, 2);
  private static final String THREE_FOUR = fill("v", "[1, 2]", "[3, 4]");
  private static final String REAL = run("real", "v", "v");
  private static final String INSTEAD = run("real", "v", "v", fill("v", "[1, 2]", "[9, 5]"));

  @TempDir Path scratch;

  private Chain chain(RemoteParts remote, String... steps) {
    return SmallChain.of(
        scratch, String.join(", ", steps), root -> { }, ChainOptions.DEFAULT.withRemote(remote));
  }

  private static String exit(String value) {
    return "{'op': 'exit', 'name': 'early', 'rule': {'rule': 'max_softmax', 'value': '" + value
        + "', 'threshold': 2}, 'gives': {'label': '" + value + "'}}";
  }

  @Test
  void anExitAnswersWhereTheBytesDoNotReach() {
    try (Chain chain = chain(SmallChain.PARTS, THREE_FOUR, exit("v"), REAL, END)) {
      // Two float32 numbers are sent.
      Result early = chain.run(PIXELS, Budget.UNLIMITED.withBytesSent(7));
      assertEquals(List.of("early", Reason.BYTES), List.of(early.exit(), early.reason()));
      assertEquals("end", chain.run(PIXELS, Budget.UNLIMITED.withBytesSent(8)).exit());
    }
    // Where there is another way, what may not be sent need not be.
    try (Chain chain = chain(SmallChain.PARTS, THREE_FOUR, exit("v"), INSTEAD, END)) {
      Result other = chain.run(PIXELS, Budget.UNLIMITED.withBytesSent(7));
      assertEquals(List.of("end", Reason.FINAL), List.of(other.exit(), other.reason()));
      assertEquals(List.of("failed real bytes"), SmallChain.words(other));
      assertArrayEquals(new float[] {9, 5}, other.answer());
    }
  }

  /** It may have a file, and be quick here: that says nothing about the way there and back. */
  @Test
  void aPartThatRunsElsewhereCountsWithWhatTheManifestSays() {
    String steps = String.join(", ", THREE_FOUR, exit("v"), run("relu", "v", "v"), END);
    Path folder = SmallBundle.of(scratch, steps, root -> root.get("parts").asObject().get("relu").asObject()
        .get("costs").asObject().set("latency_us", 5000));
    ChainOptions still = ChainOptions.DEFAULT.withRemote(SmallChain.PARTS).withClock(() -> 0);
    try (Chain chain = Chain.load(folder, still)) {
      assertEquals(List.of("early", Reason.LATENCY),
          List.of(chain.run(PIXELS, Budget.latencyMillis(4.9)).exit(),
              chain.run(PIXELS, Budget.latencyMillis(4.9)).reason()));
      assertEquals("end", chain.run(PIXELS, Budget.latencyMillis(5)).exit());
    }
  }

  @Test
  void whatIsSentAddsUpAndThenTheOtherWayIsGone() {
    try (Chain chain = chain(SmallChain.PARTS, THREE_FOUR, INSTEAD, INSTEAD, END)) {
      Result result = chain.run(PIXELS, Budget.UNLIMITED.withBytesSent(15));
      assertEquals(List.of("remote real", "failed real bytes"), SmallChain.words(result));
      assertArrayEquals(new float[] {9, 5}, result.answer());
      assertArrayEquals(new float[] {12, 16}, chain.run(PIXELS, Budget.UNLIMITED.withBytesSent(16)).answer());
      assertArrayEquals(new float[] {12, 16}, chain.run(PIXELS).answer());
    }
  }

  @Test
  void whatFailsWasSentAllTheSame() {
    AtomicInteger calls = new AtomicInteger();
    RemoteParts failing = (part, inputs) -> {
      calls.incrementAndGet();
      throw new SocketTimeoutException();
    };
    try (Chain chain = chain(failing, THREE_FOUR, INSTEAD, INSTEAD, END)) {
      Result result = chain.run(PIXELS, Budget.UNLIMITED.withBytesSent(15));
      assertEquals(List.of("failed real error", "failed real bytes"), SmallChain.words(result));
      assertEquals(1, calls.get());
    }
  }

  @Test
  void whereThereIsNoOtherWayTheRunEndsWithoutAnAnswer() {
    try (Chain chain = chain(SmallChain.PARTS, THREE_FOUR, REAL, REAL, END)) {
      NoAnswerException error = assertThrows(
          NoAnswerException.class, () -> chain.run(PIXELS, Budget.UNLIMITED.withBytesSent(15)));
      assertEquals("bytes", error.reason());
      assertFalse(error.isCancelled());
      assertEquals("run: expected to send no more than the budget's bytes, received real, which needs more",
          error.getMessage());
      assertArrayEquals(new float[] {12, 16}, chain.run(PIXELS, Budget.UNLIMITED.withBytesSent(16)).answer());
    }
  }

  @Test
  void rowsStopWhereTheBytesDoNotReach() {
    String count = run("count", "row", "row");
    String each = "{'op': 'each', 'rows': {'row': 'v'}, 'steps': [" + count + "], 'stacks': {'w': 'row'}, "
        + "'done': 'done'}";
    Consumer<JsonObject> rows = root -> root.get("values").asObject()
        .set("row", json("{'shape': [1], 'type': 'float32'}"))
        .set("done", json("{'shape': [1, 1], 'type': 'float32'}"));
    String end = "{'op': 'answer', 'name': 'end', 'gives': {'label': 'w', 'numbers': 'done'}}";
    try (Chain chain = SmallChain.of(scratch, String.join(", ", THREE_FOUR, each, end), rows)) {
      Result result = chain.run(PIXELS, Budget.UNLIMITED.withBytesSent(7));
      assertArrayEquals(new float[] {4, 0}, result.answer());
      assertEquals(List.of("row main[1] 0", "remote count", "stopped main[1] bytes"), SmallChain.words(result));
      assertArrayEquals(new float[] {4, 5}, chain.run(PIXELS, Budget.UNLIMITED.withBytesSent(8)).answer());
    }
  }
}
