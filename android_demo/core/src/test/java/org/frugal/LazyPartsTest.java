package org.frugal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.frugal.bundle.Bundle;
import org.frugal.program.OpenParts;
import org.junit.jupiter.api.Test;

/** Parts that are opened by the run that first reaches them: {@code first}, then an exit, then {@code second}. */
class LazyPartsTest {
  private static final Picture PICTURE = Picture.grey(new byte[144], 12, 12);

  /** TensorFlow Lite, and the names of the parts that are open. */
  private static final class Watched implements PartEngine {
    final TreeSet<String> open = new TreeSet<>();
    final List<String> opened = new ArrayList<>();
    private int most;

    @Override
    public PartRunner runner(Bundle bundle, String part) {
      PartRunner lite = OpenParts.open(bundle, ChainOptions.DEFAULT.withLazyParts(true)).byName().get(part);
      return new WatchedPart(part, lite, this);
    }

    void opens(String part) {
      opened.add(part);
      open.add(part);
      most = Math.max(most, open.size());
    }
  }

  private record WatchedPart(String name, PartRunner lite, Watched engine) implements PartRunner {
    @Override
    public void open() {
      if (!lite.isOpen()) {
        engine.opens(name);
      }
      lite.open();
    }

    @Override
    public boolean isOpen() {
      return lite.isOpen();
    }

    @Override
    public void release() {
      engine.open.remove(name);
      lite.release();
    }

    @Override
    public int inputPlace(String input) {
      return lite.inputPlace(input);
    }

    @Override
    public int outputPlace(String output) {
      return lite.outputPlace(output);
    }

    @Override
    public ByteBuffer inputView(String input) {
      return lite.inputView(input);
    }

    @Override
    public ByteBuffer outputView(String output) {
      return lite.outputView(output);
    }

    @Override
    public void run(Object[] inputs, Map<Integer, Object> outputs) {
      lite.run(inputs, outputs);
    }

    @Override
    public void close() {
      engine.open.remove(name);
      lite.close();
    }
  }

  private static Chain chain(Watched engine, boolean warmUp) {
    return Chain.load(TestFiles.bundle("convolutions"),
        ChainOptions.DEFAULT.withEngine(engine).withLazyParts(true).withWarmUp(warmUp));
  }

  @Test
  void aPartThatTheBudgetDoesNotReachIsNeverOpened() {
    Watched engine = new Watched();
    try (Chain chain = chain(engine, false)) {
      assertEquals(List.of(), engine.opened);
      for (int i = 0; i < 3; i++) {
        assertEquals(List.of("first"), chain.run(PICTURE, Budget.macs(10), "p1").path());
      }
      assertEquals(List.of("first"), engine.opened);
      assertEquals(List.of("first", "second"), chain.run(PICTURE, null, "p1").path());
      assertEquals(List.of("first", "second"), engine.opened);
    }
    assertEquals(List.of(), List.copyOf(engine.open));
  }

  @Test
  void theWarmUpHoldsOnePartAtATimeAndKeepsNone() {
    Watched engine = new Watched();
    try (Chain chain = chain(engine, true)) {
      assertEquals(List.of("first", "second"), engine.opened);
      assertEquals(1, engine.most);
      assertEquals(List.of(), List.copyOf(engine.open));
      assertTrue(chain.run(PICTURE, null, "p1").slowdown() > 0, "every part was timed");
    }
  }

  @Test
  void partsThatARunHasOpenedStayAsTheyAreWhenAllAreTimedAgain() {
    Watched engine = new Watched();
    try (Chain chain = chain(engine, false)) {
      float[] before = chain.run(PICTURE, null, "p1").answer();
      assertEquals(List.of("first", "second"), List.copyOf(chain.measure(2).keySet()));
      assertEquals(List.of("first", "second"), engine.opened, "nothing was closed below a view");
      assertArrayEquals(before, chain.run(PICTURE, null, "p1").answer());
    }
  }

  @Test
  void aBundleThatCannotBeFedZerosIsWarmedUpOnItsGoldens() {
    try (Chain chain = Chain.load(TestFiles.bundle("moving"), ChainOptions.DEFAULT.withLazyParts(true))) {
      assertEquals(List.of(), chain.selfTest());
    }
  }

  @Test
  void withoutItAllPartsAreOpenFromTheStart() {
    Watched engine = new Watched();
    ChainOptions options = ChainOptions.DEFAULT.withEngine(engine).withWarmUp(false);
    try (Chain chain = Chain.load(TestFiles.bundle("convolutions"), options)) {
      assertEquals(List.copyOf(chain.bundle().manifest().parts().keySet()), engine.opened);
    }
  }

  @Test
  void whatAnEngineRefusesIsRefusedByTheChain() {
    PartEngine none = (bundle, part) -> {
      throw new BundleException("expected a part for this engine, received another", "parts/first.tflite", part);
    };
    BundleException error = assertThrows(BundleException.class,
        () -> Chain.load(TestFiles.bundle("convolutions"), ChainOptions.DEFAULT.withEngine(none)));
    assertEquals("first", error.field());
  }
}
