package org.frugal;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Remote parts that a program can do without: absent, late, in error, and what is kept of them. */
class OtherwiseTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {1, 2}, 1, 2);
  /** Doubles 3 and 4 remotely; otherwise 9 and 5. */
  private static final String PROGRAM = fill("v", "[1, 2]", "[3, 4]") + ", "
      + run("real", "v", "v", fill("v", "[1, 2]", "[9, 5]")) + ", " + END;
  private static final Consumer<JsonObject> NONE = root -> { };

  @TempDir Path scratch;

  private Result resultWith(RemoteParts remote) {
    try (Chain chain = SmallChain.of(scratch, PROGRAM, NONE, ChainOptions.DEFAULT.withRemote(remote))) {
      return chain.run(PIXELS);
    }
  }

  private static void checkGone(Result result, String why) {
    assertArrayEquals(new float[] {9, 5}, result.answer());
    assertEquals(List.of("failed real " + why), SmallChain.words(result));
    assertEquals(List.of(), result.path());
    assertEquals(Map.of("macs", 0.0, "latency_us", 0.0), result.costs());
  }

  @Test
  void whereItAnswersItIsKept() {
    Result result = resultWith(SmallChain.PARTS);
    assertArrayEquals(new float[] {6, 8}, result.answer());
    assertEquals(List.of("remote real"), SmallChain.words(result));
    assertEquals(1, result.macs());
  }

  @Test
  void withoutACallableItIsAbsent() {
    checkGone(resultWith(null), "absent");
    // A part without another way is asked for when the chain is made.
    ChainException error = assertThrows(ChainException.class, () -> SmallChain.of(
        scratch, run("image", "image", "v") + ", " + PROGRAM, NONE, ChainOptions.DEFAULT));
    assertEquals("remote: expected something to run ['image'], received null", error.getMessage());
  }

  @Test
  void whatIsThrownOrOfAnotherShapeIsAnError() {
    checkGone(resultWith((part, inputs) -> {
      throw new IOException("no network");
    }), "error");
    checkGone(resultWith((part, inputs) -> null), "error");
    Tensor wide = Tensor.float32(List.of(1, 3));
    checkGone(resultWith((part, inputs) -> Map.of("y", new RemoteParts.Value(wide, Buffers.allocate(12)))), "error");
  }

  @Test
  void ofOutputsOfWhichOneIsWrongNoneIsKept() {
    Consumer<JsonObject> two = root -> root.get("parts").asObject().get("real").asObject().set("outputs", json(
        "{'y': {'shape': [1, 2], 'type': 'float32'}, 'z': {'shape': [1], 'type': 'float32'}}"));
    String program = fill("v", "[1, 2]", "[3, 4]") + ", "
        + run("real", "v", "v", fill("score", "[1]", "0")).replace("'y': 'v'", "'y': 'v', 'z': 'score'") + ", " + END;
    Tensor tensor = Tensor.float32(List.of(1, 2));
    RemoteParts half = (part, inputs) -> Map.of("y", new RemoteParts.Value(tensor, Buffers.allocate(8)));
    try (Chain chain = SmallChain.of(scratch, program, two, ChainOptions.DEFAULT.withRemote(half))) {
      assertArrayEquals(new float[] {3, 4}, chain.run(PIXELS).answer());
    }
  }

  @Test
  void whereLessTimeIsOverThanItUsuallyTakesItIsNotCalled() {
    AtomicLong now = new AtomicLong();
    // Every look at the clock takes a millisecond: one is over when the step looks.
    ChainOptions ticking = ChainOptions.DEFAULT.withClock(() -> now.addAndGet(1_000_000)).withWarmUp(false);
    AtomicLong calls = new AtomicLong();
    RemoteParts counting = (part, inputs) -> {
      calls.incrementAndGet();
      return SmallChain.PARTS.run(part, inputs);
    };
    Consumer<JsonObject> slow = root -> root.get("parts").asObject().get("real").asObject().get("costs").asObject()
        .set("latency_us", 2000);
    try (Chain chain = SmallChain.of(scratch, PROGRAM, slow, ticking.withRemote(counting))) {
      checkGone(chain.run(PIXELS, Budget.latencyMillis(2.9)), "late");
      assertEquals(0, calls.get());
      assertEquals(List.of("remote real"), SmallChain.words(chain.run(PIXELS, Budget.latencyMillis(3))));
      // Without a latency in the budget it is never late.
      assertEquals(List.of("remote real"), SmallChain.words(chain.run(PIXELS, Budget.macs(1))));
      assertEquals(2, calls.get());
    }
    // A part of which nobody knows how long it takes is late once the time is over.
    try (Chain chain = SmallChain.of(scratch, PROGRAM, NONE, ticking.withRemote(counting))) {
      checkGone(chain.run(PIXELS, Budget.latencyMillis(0.9)), "late");
      assertEquals(List.of("remote real"), SmallChain.words(chain.run(PIXELS, Budget.latencyMillis(1))));
    }
  }

  @Test
  void cancellingIsNoFailure() {
    Cancel cancel = new Cancel();
    cancel.cancel();
    try (Chain chain = SmallChain.of(scratch, PROGRAM)) {
      assertThrows(NoAnswerException.class, () -> chain.run(PIXELS, Budget.UNLIMITED.withCancel(cancel)));
    }
  }
}
