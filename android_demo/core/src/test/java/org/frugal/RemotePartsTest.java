package org.frugal;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.leave;
import static org.frugal.bundle.SmallManifest.repeat;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an application's remote parts are handed and hand back, and what a run makes of their failures. */
class RemotePartsTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {10, 20}, 1, 2);
  private static final String THREE_FOUR = fill("v", "[1, 2]", "[3, 4]");
  private static final String REAL = run("real", "v", "v");
  private static final String INSTEAD = run("real", "v", "v", fill("v", "[1, 2]", "[9, 5]"));
  private static final Consumer<JsonObject> NONE = root -> { };
  private static final Tensor FLOATS = Tensor.float32(List.of(1, 2));

  @TempDir Path scratch;

  private Chain chain(RemoteParts remote, String... steps) {
    return SmallChain.of(scratch, String.join(", ", steps), NONE, ChainOptions.DEFAULT.withRemote(remote));
  }

  private Result result(RemoteParts remote, String... steps) {
    try (Chain chain = chain(remote, steps)) {
      return chain.run(PIXELS);
    }
  }

  private static RemoteParts failing(Exception error) {
    return (part, inputs) -> {
      throw error;
    };
  }

  private static Map<String, RemoteParts.Value> floats(float one, float other) {
    ByteBuffer data = Buffers.allocate(8).putFloat(0, one).putFloat(4, other);
    return Map.of("y", new RemoteParts.Value(FLOATS, data));
  }

  @Test
  void aPartIsHandedItsInputsAsItsTensorsHoldThem() {
    List<String> handed = new ArrayList<>();
    RemoteParts remote = (part, inputs) -> {
      RemoteParts.Value x = inputs.get("x");
      assertEquals(0, x.data().position());
      assertTrue(x.data().isDirect());
      assertEquals(ByteOrder.nativeOrder(), x.data().order());
      handed.add(part + " " + x.tensor().type().label() + " " + x.tensor().shape() + " " + x.data().capacity());
      return SmallChain.PARTS.run(part, inputs);
    };
    // The image is uint8 there, and c is int8, though v is float32 here.
    Result result = result(remote, run("image", "image", "v"), REAL, run("codes", "v", "v"), END);
    assertEquals(List.of("image uint8 [1, 1, 2, 1] 2", "real float32 [1, 2] 8", "codes int8 [1, 2] 2"), handed);
    List<String> bytes = new ArrayList<>();
    result.events().forEach(event -> bytes.add(event.name() + " " + event.inputBytes() + " " + event.outputBytes()));
    assertEquals(List.of("image 2 8", "real 8 8", "codes 2 2"), bytes.subList(0, 3));
  }

  @Test
  void numbersAreConvertedOnTheWayThereAndBack() {
    List<Integer> codes = new ArrayList<>();
    RemoteParts remote = (part, inputs) -> {
      codes.add((int) inputs.get("x").data().get(0));
      codes.add((int) inputs.get("x").data().get(1));
      return Map.of("y", inputs.get("x"));
    };
    // A scale of .5 and a zero of -3: 3.25 / .5 = 6.5 goes to the even 6, and 99 to the largest, which is 65.
    Result result = result(remote, fill("v", "[1, 2]", "[3.25, 99]"), run("codes", "v", "v"), END);
    assertEquals(List.of(3, 127), codes);
    assertArrayEquals(new float[] {3, 65}, result.answer());
  }

  @Test
  void whatIsHandedOverMayBeKept() {
    List<RemoteParts.Value> kept = new ArrayList<>();
    RemoteParts remote = (part, inputs) -> {
      kept.add(inputs.get("x"));
      return SmallChain.PARTS.run(part, inputs);
    };
    result(remote, THREE_FOUR, REAL, REAL, END);
    assertNotSame(kept.get(0).data(), kept.get(1).data());
    assertEquals(List.of(3f, 6f), List.of(kept.get(0).data().getFloat(0), kept.get(1).data().getFloat(0)));
  }

  @Test
  void whatIsHandedBackIsCopiedAndMayBeUsedAgain() {
    ByteBuffer theirs = Buffers.allocate(8);
    AtomicInteger calls = new AtomicInteger();
    RemoteParts remote = (part, inputs) -> {
      theirs.putFloat(0, calls.incrementAndGet()).putFloat(4, 0).position(3);
      return Map.of("y", new RemoteParts.Value(FLOATS, theirs));
    };
    Result result = result(remote, THREE_FOUR, run("real", "v", "w"), REAL,
        "{'op': 'answer', 'name': 'end', 'gives': {'label': 'w', 'numbers': 'v'}}");
    assertEquals(1, result.answer()[0], "the second call writes over the first one's buffer");
    assertEquals(2, result.outputs().get("numbers").numbers()[0]);
    assertEquals(3, theirs.position());
  }

  @Test
  void anErrorIsTheCauseOfTheRefusal() {
    SocketTimeoutException error = new SocketTimeoutException("10 s");
    try (Chain chain = chain(failing(error), THREE_FOUR, REAL, END)) {
      ChainException refusal = assertThrows(ChainException.class, () -> chain.run(PIXELS));
      assertEquals("remote part real: expected outputs, but the application threw "
          + "java.net.SocketTimeoutException: 10 s", refusal.getMessage());
      assertSame(error, refusal.getCause());
      assertFalse(refusal instanceof NoAnswerException);
    }
  }

  @Test
  void aRunBehindOneThatFailedIsWhole() {
    AtomicInteger calls = new AtomicInteger();
    RemoteParts unsteady = (part, inputs) -> {
      if (calls.incrementAndGet() == 1) {
        throw new SocketTimeoutException();
      }
      return SmallChain.PARTS.run(part, inputs);
    };
    try (Chain chain = chain(unsteady, THREE_FOUR, REAL, END)) {
      assertThrows(ChainException.class, () -> chain.run(PIXELS));
      Result result = chain.run(PIXELS);
      assertArrayEquals(new float[] {6, 8}, result.answer());
      assertEquals(List.of("remote real"), SmallChain.words(result));
      assertEquals(1, result.macs());
    }
  }

  @Test
  void aCallThatIsInterruptedLeavesTheThreadInterrupted() {
    RemoteParts remote = failing(new InterruptedException("stop"));
    try (Chain chain = chain(remote, THREE_FOUR, INSTEAD, END)) {
      assertArrayEquals(new float[] {9, 5}, chain.run(PIXELS).answer());
      // Reads it and takes it back.
      assertTrue(Thread.interrupted(), "whoever interrupted the thread is not heard of again");
    }
    try (Chain chain = chain(remote, THREE_FOUR, REAL, END)) {
      assertThrows(ChainException.class, () -> chain.run(PIXELS));
      assertTrue(Thread.interrupted());
    }
    result(failing(new SocketTimeoutException()), THREE_FOUR, INSTEAD, END);
    assertFalse(Thread.interrupted(), "another error is no interruption");
  }

  @Test
  void everyTimeOfARepeatIsTriedOnItsOwn() {
    AtomicInteger calls = new AtomicInteger();
    RemoteParts everySecond = (part, inputs) -> {
      if (calls.incrementAndGet() % 2 == 1) {
        throw new SocketTimeoutException();
      }
      return SmallChain.PARTS.run(part, inputs);
    };
    Result result = result(everySecond, THREE_FOUR, repeat(4, INSTEAD), END);
    // 9 and 5, doubled, and both once more.
    assertArrayEquals(new float[] {18, 10}, result.answer());
    assertEquals(List.of("failed real error", "remote real", "failed real error", "remote real"),
        SmallChain.words(result));
    assertEquals(List.of("real", "real"), result.path());
  }

  @Test
  void whatIsDoneOtherwiseMayAnswerOrLeave() {
    RemoteParts off = failing(new SocketTimeoutException());
    Result early = result(off, THREE_FOUR, run("real", "v", "v", END.replace("end", "early")), END);
    assertEquals(List.of("early", Reason.FINAL), List.of(early.exit(), early.reason()));
    Result left = result(off, THREE_FOUR, fill("score", "[1]", "0"), repeat(5, run("real", "v", "v", leave("0"))),
        END);
    assertEquals(List.of("failed real error", "left main[2].steps[0].otherwise[0]"), SmallChain.words(left));
  }

  @Test
  void otherwiseMayTryElsewhere() {
    RemoteParts half = (part, inputs) -> {
      if (part.equals("real")) {
        throw new SocketTimeoutException();
      }
      return SmallChain.PARTS.run(part, inputs);
    };
    Result result = result(half, THREE_FOUR, run("real", "v", "v", run("codes", "v", "v")), END);
    assertArrayEquals(new float[] {3, 4}, result.answer());
    assertEquals(List.of("failed real error", "remote codes"), SmallChain.words(result));
  }

  @Test
  void aBundleWithoutAnyoneToAskRunsWhatItDoesOtherwise() {
    Result result = result(null, THREE_FOUR, run("real", "v", "v", run("codes", "v", "v", "")), END);
    assertArrayEquals(new float[] {3, 4}, result.answer());
    assertEquals(List.of("failed real absent", "failed codes absent"), SmallChain.words(result));
  }

  @Test
  void aPartThatIsCancelledWhileItRunsEndsTheRunAtItsNextStep() {
    Cancel cancel = new Cancel();
    AtomicInteger calls = new AtomicInteger();
    RemoteParts remote = (part, inputs) -> {
      calls.incrementAndGet();
      cancel.cancel();
      throw new SocketTimeoutException();
    };
    try (Chain chain = chain(remote, THREE_FOUR, run("real", "v", "v", REAL), END)) {
      assertTrue(assertThrows(NoAnswerException.class,
          () -> chain.run(PIXELS, Budget.UNLIMITED.withCancel(cancel))).isCancelled());
      assertEquals(1, calls.get(), "what is done otherwise asks nobody any more");
    }
  }

  @Test
  void aCallTakesItsTimeFromTheDeadline() {
    AtomicLong now = new AtomicLong();
    RemoteParts slow = (part, inputs) -> {
      now.addAndGet(7_000_000);
      return SmallChain.PARTS.run(part, inputs);
    };
    String exit = "{'op': 'exit', 'name': 'early', 'rule': {'rule': 'max_softmax', 'value': 'v', 'threshold': 2}, "
        + "'gives': {'label': 'v'}}";
    ChainOptions options = ChainOptions.DEFAULT.withRemote(slow).withClock(now::get);
    try (Chain chain = SmallChain.of(scratch, String.join(", ", THREE_FOUR, REAL, exit, REAL, END), NONE, options)) {
      Result late = chain.run(PIXELS, Budget.latencyMillis(6));
      assertEquals(List.of("early", Reason.LATENCY), List.of(late.exit(), late.reason()));
      assertArrayEquals(new long[] {7_000_000}, late.partNanos());
      // The manifest says that a call takes no time, so that the second is not given up.
      assertEquals(14, chain.run(PIXELS, Budget.latencyMillis(7)).elapsedMillis());
    }
  }

  @Test
  void onlyTheTypeAndTheShapeOfWhatComesBackCount() {
    // Its scale is the manifest's, whatever the application says.
    Tensor other = new Tensor(List.of(1, 2), TensorType.INT8, 99.0, 7);
    RemoteParts remote = (part, inputs) -> Map.of("y", new RemoteParts.Value(other, inputs.get("x").data()),
        "more", new RemoteParts.Value(FLOATS, Buffers.allocate(8)));
    assertArrayEquals(new float[] {3, 4}, result(remote, THREE_FOUR, run("codes", "v", "v"), END).answer());
    try (Chain chain = chain((part, inputs) -> floats(1, 2), THREE_FOUR, run("codes", "v", "v"), END)) {
      assertEquals("remote part codes: expected int8 [1, 2] for the output 'y', received float32 [1, 2] in 8 bytes",
          assertThrows(ChainException.class, () -> chain.run(PIXELS)).getMessage());
    }
  }
}
