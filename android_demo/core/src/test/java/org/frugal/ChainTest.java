package org.frugal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Numbers;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of a chain: its budgets against a clock of the test's own, and whatever it refuses. */
class ChainTest {
  private static final long MILLI = 1_000_000;
  private static final Picture PIXELS = Picture.grey(new byte[] {1, 2}, 1, 2);

  @TempDir Path scratch;

  private static Chain chain(String name) {
    return Chain.load(TestFiles.bundle(name), TestFiles.OPTIONS);
  }

  private static void refuses(String words, Runnable call) {
    ChainException error = assertThrows(ChainException.class, call::run);
    assertTrue(error.getMessage().contains(words), error.getMessage());
  }

  @Test
  void aDeadlineStopsAtTheExitFromWhichItDoesNotReachTheNext() {
    AtomicLong now = new AtomicLong();
    // Every look at the clock takes a microsecond: a part takes one, and so does each exit.
    ChainOptions ticking = TestFiles.OPTIONS.withClock(() -> now.addAndGet(1000));
    try (Chain chain = Chain.load(TestFiles.bundle("stages"), ticking)) {
      assertEquals("exit_1", chain.run(PIXELS, Budget.latencyMillis(0.001)).exit());
      Result result = chain.run(PIXELS, Budget.latencyMillis(0.010));
      assertEquals(Reason.LATENCY, result.reason());
      assertEquals("exit_4", result.exit());
      assertEquals(4, result.path().size());
      assertEquals(Reason.FINAL, chain.run(PIXELS, Budget.latencyMillis(1)).reason());
      // With a microsecond a part ahead (its measured median), one exit earlier.
      assertEquals(0.001, chain.measure(3).get("stage_0"), 1e-9);
      assertEquals("exit_3", chain.run(PIXELS, Budget.latencyMillis(0.0095)).exit());
    }
  }

  @Test
  void deadlinesFollowADeviceThatGetsSlower() {
    long[] clock = {0, MILLI};
    ChainOptions ticking = ChainOptions.DEFAULT.withClock(() -> clock[0] += clock[1]);
    Picture picture = Picture.grey(new byte[144], 12, 12);
    try (Chain chain = Chain.load(TestFiles.bundle("convolutions"), ticking)) {
      assertEquals(1, chain.run(picture, null, "p1").slowdown());
      clock[1] = 2 * MILLI;
      // The exit asks after 6 ms. The median of load, 1 ms, would be in time; twice of it is not, as six of 11 tell.
      List<Reason> reasons = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Result result = chain.run(picture, Budget.latencyMillis(7.5), "p1");
        assertEquals(2, result.slowdown());
        reasons.add(result.reason());
      }
      List<Reason> expected = new ArrayList<>(Collections.nCopies(6, Reason.FINAL));
      expected.addAll(List.of(Reason.LATENCY, Reason.LATENCY));
      assertEquals(expected, reasons);
      chain.measure(5);
      assertEquals(Reason.FINAL, chain.run(picture, Budget.latencyMillis(8), "p1").reason());
    }
  }

  @Test
  void aResultSaysWhatWasRun() {
    try (Chain chain = chain("stages")) {
      Result result = chain.run(PIXELS);
      assertEquals("b", result.name());
      assertEquals(1, result.label());
      assertArrayEquals(new float[] {1, 2}, result.answer());
      // softmax(1, 2) = (1, e) / (1 + e)
      assertArrayEquals(new float[] {0.26894143f, 0.7310586f}, result.probabilities(), 1e-6f);
      assertEquals("stage_9", result.path().get(9));
      assertEquals(10, result.partNanos().length);
      assertEquals(550, result.macs());
      assertEquals("only", result.operatingPoint());
      assertTrue(result.elapsedMillis() > 0);
      assertThrows(UnsupportedOperationException.class, () -> result.path().add("x"));
      assertThrows(UnsupportedOperationException.class, () -> result.costs().put("x", 1.0));
    }
  }

  @Test
  void anEnergyBudgetNeedsPartsThatCarryEnergy() {
    try (Chain chain = chain("stages")) {
      refuses("budget energy_uj: expected null, for this bundle's parts carry no energy_uj, received 1.0",
          () -> chain.run(PIXELS, Budget.energyMicrojoules(1)));
    }
    for (double wrong : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      refuses("budget latency_ms: expected a positive finite number", () -> Budget.latencyMillis(wrong));
    }
  }

  @Test
  void wrongPointsAndParametersLeaveThePresentOnes() {
    try (Chain chain = chain("steps")) {
      Picture image = Picture.grey(new byte[20], 5, 4);
      refuses("operating point: expected one of ['p0', 'p1', 'p2'], received 'best'",
          () -> chain.run(image, null, "best"));
      refuses("parameters: expected some of ['sure', 'apart', 'start'], received 'kappa'",
          () -> chain.run(image, null, null, Map.of("kappa", Numbers.of(1))));
      refuses("parameter start: expected a list of 3 numbers, received a number",
          () -> chain.run(image, null, null, Map.of("start", Numbers.of(1))));
      refuses("parameter sure: expected -1e+30 to 1e+30, received 2e+30",
          () -> chain.run(image, null, null, Map.of("sure", Numbers.of(2e30))));
      refuses("parameter sure: expected a finite number",
          () -> chain.run(image, null, null, Map.of("sure", Numbers.of(Double.NaN))));
      assertEquals("p1", chain.run(image).operatingPoint());
      assertEquals("p2", chain.run(image, null, "p2").operatingPoint());
      assertEquals("p1", chain.run(image).operatingPoint());
    }
  }

  @Test
  void otherImagesAreRefused() {
    try (Chain chain = chain("stages")) {
      refuses("image: expected a Picture, received null", () -> chain.run((Picture) null));
      refuses("image: expected 1 x 2 pixels, for this bundle does not resize, received 2 x 2",
          () -> chain.run(Picture.grey(new byte[4], 2, 2)));
      refuses("image: expected 1 channel(s) or a picture in grey or RGB, received 2 channels",
          () -> chain.run(Picture.of(new byte[4], 1, 2, 2)));
      refuses("image: expected float32 of shape [1, 2, 1], received [2, 1, 1]",
          () -> chain.run(Picture.normalised(new float[2], 2, 1, 1)));
      refuses("finite numbers, received NaN or infinity",
          () -> chain.run(Picture.normalised(new float[] {1, Float.NaN}, 1, 2, 1)));
      refuses("received 3 for [1, 2, 1]", () -> Picture.grey(new byte[3], 1, 2));
    }
  }

  @Test
  void remotePartsNeedSomethingToRunThemAndAreChecked() {
    Path path = TestFiles.bundle("remote");
    refuses("remote: expected something to run ['far'], received null", () -> Chain.load(path));
    runsRemotely("expected outputs, but the application threw java.io.IOException: no network", (part, inputs) -> {
      throw new IOException("no network");
    });
    runsRemotely("expected a value for the output 'doubled', received none", (part, inputs) -> Map.of());
    Tensor wide = Tensor.float32(List.of(1, 3));
    runsRemotely("expected float32 [1, 2] for the output 'doubled', received float32 [1, 3] in 12 bytes",
        (part, inputs) -> Map.of("doubled", new RemoteParts.Value(wide, Buffers.allocate(12))));
  }

  private static void runsRemotely(String words, RemoteParts remote) {
    try (Chain chain = Chain.load(TestFiles.bundle("remote"), TestFiles.OPTIONS.withRemote(remote))) {
      refuses("remote part far: " + words, () -> chain.run(Picture.grey(new byte[] {2, 2}, 1, 2)));
    }
  }

  @Test
  void aBundleWithoutGoldensOrWithOnesThatMakeNoSenseSaysSo() throws Exception {
    CopiedBundle copy = CopiedBundle.of("convolutions", scratch.resolve("bundle"));
    copy.edit("golden/index.json", index -> index.get("arrays").asArray().get(1).asObject().set("offset", 1 << 30));
    BundleException error = assertThrows(BundleException.class, () -> Chain.load(copy.folder()).selfTest());
    assertEquals("arrays[1].offset", error.field());
    copy.edit("golden/index.json", index -> index.set("extra", 1));
    error = assertThrows(BundleException.class, () -> Chain.load(copy.folder()).selfTest());
    assertEquals("golden/index.json", error.file());
    copy.edit("manifest.json", manifest -> manifest.set("goldens", Json.NULL));
    error = assertThrows(BundleException.class, () -> Chain.load(copy.folder()).selfTest());
    assertEquals("manifest.json: goldens: expected goldens, received null", error.getMessage());
  }

  @Test
  void chainsOfOneBundleRunOnThreadsOfTheirOwn() {
    Bundle bundle = Bundle.load(TestFiles.bundle("convolutions"));
    List<List<String>> problems = IntStream.range(0, 4).parallel().mapToObj(thread -> {
      try (Chain chain = new Chain(bundle, TestFiles.OPTIONS)) {
        return chain.selfTest();
      }
    }).collect(Collectors.toList());
    assertEquals(Collections.nCopies(4, List.of()), problems);
  }

  @Test
  void aRunThatIsCancelledEndsAtItsNextStep() {
    Cancel cancel = new Cancel();
    RemoteParts cancelling = (part, inputs) -> {
      cancel.cancel();
      return TestFiles.twice(part, inputs);
    };
    Picture image = Picture.grey(new byte[] {2, 2}, 1, 2);
    try (Chain chain = Chain.load(TestFiles.bundle("remote"), TestFiles.OPTIONS.withRemote(cancelling))) {
      // The remote part is the last step: the answer is there.
      assertEquals("end", chain.run(image, Budget.UNLIMITED.withCancel(cancel)).exit());
      NoAnswerException error = assertThrows(
          NoAnswerException.class, () -> chain.run(image, Budget.UNLIMITED.withCancel(cancel)));
      assertTrue(error.isCancelled());
      assertEquals("run: expected an answer, received a cancellation before there was one", error.getMessage());
      assertEquals("end", chain.run(image, Budget.UNLIMITED.withCancel(new Cancel())).exit());
    }
    AtomicLong looks = new AtomicLong();
    Cancel later = new Cancel();
    ChainOptions counting = TestFiles.OPTIONS.withClock(() -> {
      if (looks.incrementAndGet() == 10) {
        later.cancel();
      }
      return 0;
    });
    try (Chain chain = Chain.load(TestFiles.bundle("stages"), counting)) {
      looks.set(0);
      assertTrue(assertThrows(
          NoAnswerException.class, () -> chain.run(PIXELS, Budget.UNLIMITED.withCancel(later))).isCancelled());
    }
  }

  @Test
  void timeThatIsOverBeforeTheFirstExitEndsARunASecondLater() {
    AtomicLong now = new AtomicLong();
    ChainOptions slow = TestFiles.OPTIONS.withClock(() -> now.addAndGet(250_000_000L));
    try (Chain chain = Chain.load(TestFiles.bundle("stages"), slow)) {
      // Within the second of grace the way to the first exit is gone, and behind it a run answers as late as it is.
      assertEquals("exit_1", chain.run(PIXELS, Budget.latencyMillis(0.001)).exit());
    }
    ChainOptions slower = TestFiles.OPTIONS.withClock(() -> now.addAndGet(2_000_000_000L));
    try (Chain chain = Chain.load(TestFiles.bundle("stages"), slower)) {
      NoAnswerException error = assertThrows(
          NoAnswerException.class, () -> chain.run(PIXELS, Budget.latencyMillis(500)));
      assertFalse(error.isCancelled());
      assertEquals(
          "run: expected an answer within 1500 ms, received none after 2000 ms",
          error.getMessage());
      assertEquals(Reason.LATENCY, chain.run(PIXELS, Budget.latencyMillis(1500)).reason());
      assertEquals(Reason.FINAL, chain.run(PIXELS).reason());
    }
  }

  @Test
  void parametersThatAreNullAreRefused() {
    try (Chain chain = chain("steps")) {
      Picture image = Picture.grey(new byte[20], 5, 4);
      refuses("parameter sure: expected a finite number or a list of them, received null",
          () -> chain.run(image, null, null, Collections.singletonMap("sure", null)));
      refuses("received null",
          () -> chain.run(image, null, null, Collections.singletonMap(null, Numbers.of(1))));
    }
  }

  @Test
  void optionsAreChecked() {
    refuses("threads: expected a whole number from 1 to 1024, received 0", () -> ChainOptions.DEFAULT.withThreads(0));
    try (Chain chain = Chain.load(
        TestFiles.bundle("convolutions"), ChainOptions.DEFAULT.withThreads(2).withXnnpack(false))) {
      assertEquals(List.of(), chain.selfTest());
      refuses("runs: expected a whole number of at least 1, received 0", () -> chain.measure(0));
    }
  }
}
