package org.frugal;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.frugal.bundle.Numbers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several programs of one bundle: each reads its own inputs, and all run with the settings of now. */
class ProgramsTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {10, 20}, 1, 2);
  private static final String LOOK = run("image", "image", "v");

  @TempDir Path scratch;

  /** With the programs {@code text}, which hands an input of two numbers on, and {@code knob}, which reads nothing. */
  private static void others(JsonObject root) {
    root.get("inputs").asObject().set("text", json("{'kind': 'vector'}"));
    root.get("values").asObject().set("text", json("{'shape': [1, 2], 'type': 'float32'}"));
    root.set("parameters", json("{'k': {'default': 0, 'minimum': 0, 'maximum': 9}}"));
    String crop = "{'op': 'crop', 'value': 'image', 'at': 'at', 'output': 'piece', 'size': [1, 2], 'mode': 'box', "
        + "'costs': {'macs': 7}}";
    root.get("programs").asObject()
        .set("text", json("[{'op': 'answer', 'name': 'end', 'gives': {'label': 'text'}}]"))
        .set("knob", json("[" + fill("v", "[1, 2]", "{'parameter': 'k'}") + ", " + END + "]"))
        .set("crop", json("[" + fill("at", "[4]", "[0, 0, 1, 1]") + ", " + crop + ", "
            + "{'op': 'answer', 'name': 'end', 'gives': {'numbers': 'piece'}}]"));
  }

  private Chain chain(ChainOptions options) {
    return SmallChain.of(scratch, LOOK + ", " + END, ProgramsTest::others, options);
  }

  private Chain chain() {
    return chain(ChainOptions.DEFAULT.withRemote(SmallChain.PARTS));
  }

  private static Result result(Chain chain, String program, Map<String, ?> given) {
    return chain.run(given, null, null, null, program);
  }

  @Test
  void aProgramIsGivenTheInputsThatItReads() {
    try (Chain chain = chain()) {
      assertArrayEquals(new float[] {10, 20}, chain.run(PIXELS).answer());
      Map<String, Object> both = Map.of("image", PIXELS, "text", new float[] {3, 4});
      assertArrayEquals(new float[] {10, 20}, chain.run(both).answer());
      assertArrayEquals(new float[] {3, 4}, result(chain, "text", both).answer());
      // Nobody looks at what a program does not read.
      assertArrayEquals(new float[] {10, 20}, chain.run(Map.of("image", PIXELS, "text", "what")).answer());
      assertArrayEquals(new float[] {0, 0}, result(chain, "knob", Map.of()).answer());
      assertArrayEquals(new float[] {0, 0}, result(chain, "knob", both).answer());
      assertEquals(List.of("image"), chain.bundle().manifest().inputs("crop"));
      assertArrayEquals(new float[] {10, 20}, chain.run(PIXELS, null, null, null, "crop").answer());
    }
  }

  @Test
  void othersAreRefusedByName() {
    String expected = "inputs: expected the inputs ";
    Map<String, String> said = new TreeMap<>();
    try (Chain chain = chain()) {
      for (String program : List.of("main", "text", "knob", "nobody")) {
        said.put(program, assertThrows(
            ChainException.class, () -> result(chain, program, Map.of("sound", PIXELS))).getMessage());
      }
      assertEquals(Map.of(
          "main", expected + "['image'], received ['sound']", "text", expected + "['text'], received ['sound']",
          "knob", expected + "[], received ['sound']",
          "nobody", "program: expected one of ['crop', 'knob', 'main', 'text'], received 'nobody'"), said);
      assertEquals(expected + "[], received Picture", assertThrows(ChainException.class,
          () -> chain.run(PIXELS, null, null, null, "knob")).getMessage());
    }
  }

  @Test
  void theOneInputOfABundleMayBeGivenToAProgramThatDoesNotReadIt() {
    Consumer<JsonObject> alone = root -> root.get("programs").asObject()
        .set("knob", json("[" + fill("v", "[1, 2]", "5") + ", " + END + "]"));
    try (Chain chain = SmallChain.of(scratch, LOOK + ", " + END, alone)) {
      assertArrayEquals(new float[] {5, 5}, chain.run(PIXELS, null, null, null, "knob").answer());
    }
  }

  @Test
  void settingsHoldForEveryProgramThatIsRunWithThem() {
    Map<String, Numbers> four = Map.of("k", Numbers.of(4));
    try (Chain chain = chain()) {
      assertArrayEquals(new float[] {0, 0}, result(chain, "knob", Map.of()).answer());
      chain.run(PIXELS, null, null, four);
      assertArrayEquals(new float[] {4, 4}, chain.run(Map.of(), null, null, four, "knob").answer());
      assertArrayEquals(new float[] {0, 0}, result(chain, "knob", Map.of()).answer());
    }
  }

  @Test
  void aProgramHasEventsAndCostsOfItsOwn() {
    try (Chain chain = chain()) {
      Result crop = chain.run(PIXELS, null, null, null, "crop");
      assertEquals(List.of("crop piece"), SmallChain.words(crop));
      assertEquals(7, crop.macs());
      assertEquals(Map.of("macs", 7.0, "latency_us", 0.0), crop.costs());
      assertEquals(List.of(), crop.path());
      assertEquals(Map.of("macs", 1.0, "latency_us", 0.0), chain.run(PIXELS).costs());
    }
  }

  @Test
  void remotePartsAreAskedForWhereAProgramIsFirstRun() {
    AtomicInteger calls = new AtomicInteger();
    Consumer<JsonObject> far = root -> root.get("programs").asObject()
        .set("far", json("[" + LOOK + ", " + END + "]"));
    try (Chain chain = SmallChain.of(scratch, fill("v", "[1, 2]", "5") + ", " + END, far, ChainOptions.DEFAULT)) {
      assertArrayEquals(new float[] {5, 5}, chain.run(PIXELS).answer());
      assertEquals("remote: expected something to run ['image'], received null", assertThrows(
          ChainException.class, () -> chain.run(PIXELS, null, null, null, "far")).getMessage());
    }
    RemoteParts counting = (part, inputs) -> {
      calls.incrementAndGet();
      return SmallChain.PARTS.run(part, inputs);
    };
    try (Chain chain = SmallChain.of(
        scratch, fill("v", "[1, 2]", "5") + ", " + END, far, ChainOptions.DEFAULT.withRemote(counting))) {
      assertArrayEquals(new float[] {10, 20}, chain.run(PIXELS, null, null, null, "far").answer());
      assertEquals(1, calls.get());
    }
  }
}
