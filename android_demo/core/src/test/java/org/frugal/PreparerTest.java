package org.frugal;

import static org.frugal.TestFiles.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.GoldenIndex;
import org.frugal.image.PixelRows;
import org.frugal.image.YuvFrame;
import org.frugal.image.YuvPicture;
import org.frugal.image.YuvPicture.Plane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inputs that are prepared before a run: the same answers, of which the clock of the run sees nothing. */
class PreparerTest {
  @ParameterizedTest
  @ValueSource(strings = {"pictures_padded", "pictures_rgb_uint8", "several", "prototypes", "steps"})
  void goldenInputsGiveTheSameNumbersPrepared(String name) {
    Bundle bundle = Bundle.load(TestFiles.bundle(name));
    GoldenIndex index = GoldenIndex.read(bundle);
    List<GoldenIndex.Array> arrays = index.arrays(bundle);
    try (Chain chain = new Chain(bundle, TestFiles.OPTIONS)) {
      for (int i = 0; i < index.cases().size(); i++) {
        GoldenIndex.Case each = index.cases().get(i);
        Map<String, Object> inputs = index.inputs(i, arrays);
        Prepared prepared = new Preparer(bundle, each.program()).prepare(inputs);
        Result expected = chain.run(inputs, null, each.operatingPoint(), each.parameters(), each.program());
        for (int again = 0; again < 2; again++) {
          Result result = chain.run(prepared, null, each.operatingPoint(), each.parameters(), each.program());
          assertEquals(expected.path(), result.path());
          expected.outputs().forEach((output, answer) ->
              assertArrayEquals(answer.numbers(), result.outputs().get(output).numbers()));
        }
      }
      assertTrue(index.cases().size() > 8);
    }
  }

  @Test
  void whatWasPreparedStaysWhenTheNextIs() {
    try (Chain chain = Chain.load(TestFiles.bundle("rules_float"), TestFiles.OPTIONS)) {
      Preparer preparer = new Preparer(chain.bundle());
      Picture one = Picture.grey(bytes(0, 9), 1, 2);
      Picture other = Picture.grey(bytes(9, 0), 1, 2);
      Prepared first = preparer.prepare(one);
      Prepared second = preparer.prepare(Map.of("image", other));
      float[] expected = chain.run(one).answer();
      float[] different = chain.run(other).answer();
      assertTrue(expected[0] != different[0]);
      for (int i = 0; i < 2; i++) {
        assertArrayEquals(expected, chain.run(first, null, null).answer());
        assertArrayEquals(different, chain.run(second, Budget.UNLIMITED, "p0").answer());
      }
    }
  }

  /** A picture that takes 50 ms of this clock to be read: a run of 10 ms leaves at its first exit unless that was done. */
  @Test
  void theClockOfARunDoesNotPayForALargePicture() {
    AtomicLong now = new AtomicLong();
    PixelRows slow = new PixelRows() {
      @Override
      public int rows() {
        return 12;
      }

      @Override
      public int columns() {
        return 12;
      }

      @Override
      public int channels() {
        return 3;
      }

      @Override
      public void read(int row, int column, int count, byte[] to, int at) {
        now.addAndGet(50_000_000 / 12);
      }
    };
    ChainOptions options = TestFiles.OPTIONS.withClock(now::get);
    try (Chain chain = Chain.load(TestFiles.bundle("convolutions"), options)) {
      Budget budget = Budget.latencyMillis(10);
      Result late = chain.run(Map.of("image", slow), budget, "p1", null);
      assertEquals(List.of("early", Reason.LATENCY), List.of(late.exit(), late.reason()));
      assertEquals(50, late.elapsedMillis(), 0.01);
      Result result = chain.run(new Preparer(chain.bundle()).prepare(slow), budget, "p1");
      assertEquals(List.of("end", Reason.FINAL), List.of(result.exit(), result.reason()));
      assertEquals(0, result.elapsedMillis());
    }
  }

  @Test
  void aFrameIsAnsweredAsThePictureOfIt() {
    ByteBuffer luma = ByteBuffer.allocate(24 * 30);
    ByteBuffer chroma = ByteBuffer.allocate(12 * 15);
    for (int i = 0; i < luma.capacity(); i++) {
      luma.put(i, (byte) (37 * i));
      chroma.put(i / 4, (byte) (91 * i));
    }
    Plane y = new Plane(luma, 30, 1);
    Plane uv = new Plane(chroma, 15, 1);
    try (Chain chain = Chain.load(TestFiles.bundle("pictures_padded"), TestFiles.OPTIONS)) {
      Picture picture = new YuvPicture().convert(y, uv, uv, 30, 24, 90);
      Prepared frame = new Preparer(chain.bundle()).prepare(new YuvFrame().take(y, uv, uv, 30, 24, 90));
      assertArrayEquals(chain.run(picture).answer(), chain.run(frame, null, null).answer());
    }
  }

  @Test
  void whatWasPreparedForAnotherBundleOrProgramIsRefused() {
    try (Chain chain = Chain.load(TestFiles.bundle("prototypes"), TestFiles.OPTIONS)) {
      Prepared other = new Preparer(Bundle.load(TestFiles.bundle("rules_float")))
          .prepare(Picture.grey(bytes(0, 9), 1, 2));
      refuses("inputs: expected some prepared for this bundle, received some for another one", chain, other);
      // The same bundle may have been loaded twice.
      Preparer preparer = new Preparer(Bundle.load(TestFiles.bundle("prototypes")), "point");
      Prepared hint = preparer.prepare(Map.of("hint", new float[] {3, 0, -4}));
      refuses("inputs: expected the inputs ['image'], received some prepared for ['hint']", chain, hint);
      assertEquals("hinted", chain.run(hint, null, null, null, "point").exit());
      refuses("inputs: expected the inputs ['image'], received null", chain, null);
      assertThrows(ChainException.class, () -> new Preparer(chain.bundle(), "nothing"));
    }
  }

  private static void refuses(String words, Chain chain, Prepared given) {
    assertEquals(words, assertThrows(ChainException.class, () -> chain.run(given, null, null)).getMessage());
  }
}
