package org.frugal;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.frugal.bundle.SmallBundle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parts that run here: what they are given and give, what they are measured on, and how a deadline uses it. */
class LocalPartsTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {1, 2}, 1, 2);
  private static final Consumer<JsonObject> NONE = root -> { };
  private static final String LOOK = run("image", "image", "v");
  private static final String MINUS = fill("v", "[1, 2]", "[-1, 3]");
  private static final String EXIT = "{'op': 'exit', 'name': 'early', 'rule': {'rule': 'max_softmax', 'value': 'v', "
      + "'threshold': 9, 'activation': 'none'}, 'gives': {'label': 'v'}}";
  private static final ChainOptions COLD = ChainOptions.DEFAULT.withWarmUp(false).withRemote(SmallChain.PARTS);

  @TempDir Path scratch;

  private Chain chain(String program, Consumer<JsonObject> change, ChainOptions options) {
    return Chain.load(SmallBundle.of(scratch, program, change), options);
  }

  private Result result(String program) {
    try (Chain chain = chain(program, NONE, COLD)) {
      return chain.run(PIXELS);
    }
  }

  private static String gives(String outputs) {
    return "{'op': 'answer', 'name': 'end', 'gives': {" + outputs + "}}";
  }

  @Test
  void aPartReadsAndWritesValues() {
    Result result = result(MINUS + ", " + SmallBundle.run("v", "w") + ", " + gives("'label': 'w', 'numbers': 'v'"));
    assertArrayEquals(new float[] {0, 3}, result.answer());
    assertArrayEquals(new float[] {-1, 3}, result.outputs().get("numbers").numbers());
    assertEquals(List.of("relu"), result.path());
    assertEquals(Map.of("macs", 10.0, "latency_us", 0.0), result.costs());
  }

  @Test
  void aPartMayWriteWhatItReads() {
    assertArrayEquals(new float[] {0, 3}, result(MINUS + ", " + SmallBundle.run("v", "v") + ", " + END).answer());
  }

  @Test
  void whatAPartWroteStaysWhenItRunsAgain() {
    // The first result is read behind the second run.
    Result result = result(MINUS + ", " + SmallBundle.run("v", "w") + ", " + fill("v", "[1, 2]", "[5, -6]") + ", "
        + SmallBundle.run("v", "v") + ", " + gives("'label': 'w', 'numbers': 'v'"));
    assertArrayEquals(new float[] {0, 3}, result.answer());
    assertArrayEquals(new float[] {5, 0}, result.outputs().get("numbers").numbers());
    assertEquals(List.of("relu", "relu"), result.path());
    assertEquals(20, result.macs());
  }

  @Test
  void whatAPartReadsAndWritesIsConverted() {
    // c holds codes of .5 whose zero is -3: 3 is 3 and 99 becomes 65, the largest.
    Result result = result(fill("c", "[1, 2]", "[3, 99]") + ", " + SmallBundle.run("c", "c") + ", "
        + gives("'numbers': 'c'"));
    assertArrayEquals(new float[] {3, 65}, result.outputs().get("numbers").numbers());
  }

  @Test
  void aRunTakesNoNumbersOfTheRunBefore() {
    String program = LOOK + ", " + SmallBundle.run("v", "v") + ", " + END;
    try (Chain chain = chain(program, NONE, COLD)) {
      Result first = chain.run(PIXELS);
      Result second = chain.run(Picture.grey(new byte[] {9, 7}, 1, 2));
      assertArrayEquals(new float[] {9, 7}, second.answer());
      assertArrayEquals(new float[] {1, 2}, first.answer(), "an answer is the caller's own");
    }
  }

  @Test
  void measuringCountsTheClockAndTakesManifestsWordForRemoteParts() {
    AtomicLong now = new AtomicLong();
    Consumer<JsonObject> slow = root -> root.get("parts").asObject().get("count").asObject().get("costs").asObject()
        .set("latency_us", 1500);
    try (Chain chain = chain(MINUS + ", " + SmallBundle.run("v", "v") + ", " + END, slow,
        COLD.withClock(() -> now.addAndGet(2_000_000)))) {
      // Between two looks are two milliseconds, whatever the part took.
      Map<String, Double> medians = chain.measure(3);
      assertEquals(Map.of("real", 0.0, "codes", 0.0, "image", 0.0, "count", 1.5, "relu", 2.0), medians);
      assertEquals(List.of("real", "codes", "image", "count", "relu"), List.copyOf(medians.keySet()));
    }
  }

  @Test
  void aSlowPartIsTimedForAFifthOfASecond() {
    List<Long> looks = new ArrayList<>();
    AtomicLong now = new AtomicLong();
    ChainOptions slow = COLD.withClock(() -> {
      looks.add(now.addAndGet(60_000_000));
      return now.get();
    });
    try (Chain chain = chain(MINUS + ", " + END, NONE, slow)) {
      looks.clear();
      assertEquals(60, chain.measure(100).get("relu"));
      // One look at the beginning, two a run and one behind each: of the second at 360 ms it has been long enough.
      assertEquals(7, looks.size());
      looks.clear();
      chain.measure(1);
      assertEquals(3, looks.size());
    }
  }

  @Test
  void aDeadlineCountsWithTheMedianOfAPart() {
    AtomicLong now = new AtomicLong();
    String program = MINUS + ", " + EXIT + ", " + SmallBundle.run("v", "v") + ", " + END;
    ChainOptions ticking = COLD.withClock(() -> now.addAndGet(1_000_000));
    try (Chain chain = chain(program, NONE, ticking)) {
      // The exit looks one millisecond after the start. Nothing is known of the part yet.
      assertEquals("end", chain.run(PIXELS, Budget.latencyMillis(1)).exit());
      chain.measure(5);
      assertEquals("end", chain.run(PIXELS, Budget.latencyMillis(2)).exit());
      Result late = chain.run(PIXELS, Budget.latencyMillis(1.9));
      assertEquals(List.of("early", Reason.LATENCY), List.of(late.exit(), late.reason()));
      assertEquals(List.of("not_reached relu"), SmallChain.words(late));
    }
  }

  @Test
  void aWarmChainHasMeasured() {
    AtomicLong now = new AtomicLong();
    String program = MINUS + ", " + EXIT + ", " + SmallBundle.run("v", "v") + ", " + END;
    ChainOptions ticking = ChainOptions.DEFAULT.withClock(() -> now.addAndGet(1_000_000));
    try (Chain chain = chain(program, NONE, ticking)) {
      assertEquals("early", chain.run(PIXELS, Budget.latencyMillis(1.9)).exit());
    }
  }

  @Test
  void partsAreMeasuredOnWhatGoldensFeedThem() {
    Path folder = SmallBundle.of(scratch, LOOK + ", " + SmallBundle.run("v", "v") + ", " + END, NONE);
    List<String> asked = new ArrayList<>();
    RemoteParts remote = (part, inputs) -> {
      asked.add(part);
      return SmallChain.PARTS.run(part, inputs);
    };
    String golden = "{'inputs': {'image': 0}, 'operating_point': 'only', 'path': ['image', 'relu'], 'events': [], "
        + "'exit': 'end', 'reason': 'final', 'outputs': {'label': {'numbers': [4, 5], 'label': 1, 'probabilities': "
        + "[0.26894143, 0.7310586]}}}";
    SmallBundle.addGoldens(folder, new byte[] {4, 5}, golden);
    try (Chain chain = Chain.load(folder, ChainOptions.DEFAULT.withRemote(remote))) {
      assertEquals(List.of(), asked, "meanwhile remote parts give zeros");
      assertEquals(List.of(), chain.selfTest());
      assertEquals(List.of("image"), asked);
    }
  }

  @Test
  void aGoldenThatCannotRunIsToldWithItsNumber() throws Exception {
    CopiedBundle copy = CopiedBundle.of("convolutions", scratch.resolve("copy"));
    copy.edit("golden/index.json", index ->
        index.get("arrays").asArray().get(1).asObject().set("shape", Json.array(11, 13)));
    String said = "golden/index.json: cases[2]: input image: image: expected 12 x 12 pixels, for this bundle does not "
        + "resize, received 11 x 13";
    try (Chain chain = Chain.load(copy.folder(), COLD)) {
      assertEquals(said, assertThrows(BundleException.class, chain::selfTest).getMessage());
      assertEquals("end", chain.run(Picture.grey(new byte[144], 12, 12), null, "p1").exit());
    }
    assertEquals(said, assertThrows(BundleException.class,
        () -> Chain.load(copy.folder(), COLD.withSelfTest(true))).getMessage());
  }

  @Test
  void energyIsAllowedWhereEveryPartCarriesIt() {
    Consumer<JsonObject> energy = root -> root.get("parts").asObject().forEach(part -> part.getValue().asObject()
        .set("costs", json("{'macs': 1, 'energy_uj': 2.5}")));
    String program = MINUS + ", " + SmallBundle.run("v", "v") + ", " + EXIT + ", " + SmallBundle.run("v", "v") + ", "
        + END;
    try (Chain chain = chain(program, energy, COLD)) {
      assertEquals(Reason.ENERGY, chain.run(PIXELS, Budget.energyMicrojoules(4.9)).reason());
      Result whole = chain.run(PIXELS, Budget.energyMicrojoules(5));
      assertEquals(Reason.FINAL, whole.reason());
      assertEquals(Map.of("macs", 2.0, "energy_uj", 5.0), whole.costs());
      assertTrue(whole.elapsedNanos() > 0);
    }
  }
}
