package org.frugal;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.SmallManifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One call at a time: a second one is refused at once, and never answered from the first one's numbers. */
class OwnerTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {1, 2}, 1, 2);
  private static final String REFUSAL = "chain: expected one call at a time, received a second one before the first "
      + "had ended: give each thread a chain of its own, from one Bundle";

  @TempDir Path scratch;
  private Chain chain;
  private final List<String> seen = new ArrayList<>();
  private boolean begun;

  /** What is said of a call on a thread of its own; null where it is not refused. */
  private static String onAnotherThread(Callable<?> call) throws Exception {
    return CompletableFuture.supplyAsync(() -> said(call)).get(10, TimeUnit.SECONDS);
  }

  private static String said(Callable<?> call) {
    try {
      call.call();
      return null;
    } catch (Exception refusal) {
      return refusal.getMessage();
    }
  }

  private Object second(String call) {
    switch (call) {
      case "measure":
        return chain.measure(1);
      case "selfTest":
        return chain.selfTest();
      case "close":
        chain.close();
        return null;
      default:
        return chain.run(PIXELS);
    }
  }

  @ParameterizedTest
  @CsvSource({"run,true", "run,false", "measure,true", "measure,false", "selfTest,true", "selfTest,false", "close,true",
      "close,false"})
  void aSecondCallDuringARunIsRefusedAndTheFirstOneStands(String call, boolean anotherThread) {
    RemoteParts parts = (part, inputs) -> {
      if (!begun) {
        begun = true;
        seen.add(anotherThread ? onAnotherThread(() -> second(call)) : said(() -> second(call)));
      }
      return SmallChain.PARTS.run(part, inputs);
    };
    String program = fill("v", "[1, 2]", "[3, 4]") + ", " + SmallManifest.run("real", "v", "v") + ", " + END;
    chain = SmallChain.of(scratch, program, root -> { },
        ChainOptions.DEFAULT.withRemote(parts).withWarmUp(false));
    assertEquals(8, chain.run(PIXELS).answer()[1]);
    assertEquals(List.of(REFUSAL), seen);
    assertEquals(6, chain.run(PIXELS).answer()[0]);
    chain.close();
  }

  /** Else it would be answered with the zeros that remote parts give meanwhile. */
  @Test
  void aRunDuringAWarmUpIsRefused() {
    ChainOptions options = TestFiles.OPTIONS.withClock(() -> {
      if (chain != null && !begun) {
        begun = true;
        seen.add(said(() -> onAnotherThread(() -> chain.run(PIXELS))));
        seen.add(said(() -> chain.run(PIXELS)));
      }
      return System.nanoTime();
    });
    chain = Chain.load(TestFiles.bundle("remote"), options);
    chain.measure(1);
    assertEquals(REFUSAL, seen.get(1));
    assertNull(said(() -> chain.run(PIXELS)));
    chain.close();
  }

  @Test
  void aTableIsNotChangedDuringARun() {
    ChainOptions options = TestFiles.OPTIONS.withClock(() -> {
      if (chain != null && !begun) {
        begun = true;
        Table table = chain.tables().get("classes");
        seen.add(said(() -> onAnotherThread(() -> {
          table.remove("first");
          return null;
        })));
        for (Runnable change : List.<Runnable>of(
            () -> table.add("new", new float[3]), () -> table.rename("first", "new"), () -> table.remove("first"),
            () -> table.load(scratch.resolve("nothing")))) {
          seen.add(said(() -> {
            change.run();
            return null;
          }));
        }
      }
      return System.nanoTime();
    });
    chain = Chain.load(TestFiles.bundle("prototypes"), options);
    Result result = chain.run(Picture.grey(new byte[4], 2, 2));
    assertEquals(List.of(REFUSAL, REFUSAL, REFUSAL, REFUSAL), seen.subList(1, 5));
    Table table = chain.tables().get("classes");
    assertEquals(List.of("first", "second"), table.labels());
    table.rename("first", "else");
    assertEquals(List.of("else", "second"), table.labels());
    assertTrue(result.label() >= -1);
    chain.close();
  }

  @Test
  void threadsMayTakeTurns() throws Exception {
    chain = Chain.load(TestFiles.bundle("stages"));
    for (int turn = 0; turn < 6; turn++) {
      assertNull(onAnotherThread(() -> chain.run(PIXELS)));
    }
    assertThrows(ChainException.class, () -> chain.run(Map.of()));
    assertNull(onAnotherThread(() -> chain.run(PIXELS)));
    assertNull(onAnotherThread(() -> {
      chain.close();
      return null;
    }));
  }

  /** Each asks about a picture of its own: every label is right, or the call was refused. */
  @Test
  void twoThreadsOnOneChainNeverGetAWrongLabel() throws Exception {
    Bundle bundle = Bundle.load(TestFiles.bundle("rules_float"));
    Picture[] pictures = {Picture.grey(new byte[] {0, 9}, 1, 2), Picture.grey(new byte[] {9, 0}, 1, 2)};
    int[] labels = new int[2];
    chain = new Chain(bundle, TestFiles.OPTIONS);
    for (int i = 0; i < 2; i++) {
      labels[i] = chain.run(pictures[i]).label();
    }
    assertTrue(labels[0] != labels[1], "pictures that are told apart");
    CyclicBarrier start = new CyclicBarrier(2);
    List<CompletableFuture<int[]>> asked = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      int which = i;
      asked.add(CompletableFuture.supplyAsync(() -> ask(pictures[which], labels[which], start)));
    }
    for (CompletableFuture<int[]> each : asked) {
      int[] counts = each.get(60, TimeUnit.SECONDS);
      assertEquals(0, counts[1], "wrong labels, beside " + counts[0] + " right ones");
      assertEquals(20_000, counts[0] + counts[2]);
    }
    chain.close();
  }

  /** Right labels, wrong ones, and refusals. */
  private int[] ask(Picture picture, int label, CyclicBarrier start) {
    int[] counts = new int[3];
    try {
      start.await(10, TimeUnit.SECONDS);
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
    for (int i = 0; i < 20_000; i++) {
      try {
        counts[chain.run(picture).label() == label ? 0 : 1]++;
      } catch (ChainException refusal) {
        assertEquals(REFUSAL, refusal.getMessage());
        counts[2]++;
      }
    }
    return counts;
  }
}
