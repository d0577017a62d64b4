package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every golden bundle answers here as it did in Python: the same path, events, exit, reason and int8 numbers; so do
 * those of the APK, and networks of users' own, where Python's tests have packed some. More bundles are tested with
 * {@code -Dfrugal.bundles=FOLDER:FOLDER}.
 */
class SelfTestTest {
  @TempDir Path scratch;

  /** Zeros would fail in it: its parts are warmed up on what the goldens feed them. */
  @Test
  void theBundleThatCannotBeFedZerosLoadsAsAnAppLoadsIt() {
    try (Chain chain = Chain.load(TestFiles.bundle("moving"))) {
      assertEquals(5, chain.measure(2).size());
      assertEquals(List.of(), chain.selfTest());
    }
  }

  @TestFactory
  Stream<DynamicTest> theGoldensOf() throws IOException {
    List<Path> bundles = new ArrayList<>(TestFiles.goldenBundles());
    bundles.addAll(TestFiles.familyBundles());
    bundles.addAll(TestFiles.appBundles());
    bundles.addAll(TestFiles.ownBundles());
    assertFalse(bundles.isEmpty());
    for (String folder : System.getProperty("frugal.bundles", "").split(":")) {
      if (!folder.isEmpty()) {
        bundles.add(Path.of(folder));
      }
    }
    return bundles.stream().map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> check(path)));
  }

  /** By XNNPACK's kernels and without them, all parts open or each when it is reached: all are right. */
  private static void check(Path path) {
    // A family's server half is not here: its goldens are those of a device alone.
    ChainOptions plain = path.getParent().getFileName().toString().equals("families")
        ? ChainOptions.DEFAULT.withWarmUp(false) : TestFiles.OPTIONS;
    ChainOptions other = plain.withXnnpack(false).withLazyParts(true);
    for (ChainOptions options : List.of(plain, other)) {
      try (Chain chain = Chain.load(path, options)) {
        if (chain.bundle().manifest().goldens() != null) {
          assertEquals(List.of(), chain.selfTest(), "XNNPACK " + options.xnnpack());
        }
      }
    }
  }

  private void selfTestFinds(String problem, Consumer<JsonObject> change) throws Exception {
    Path folder = scratch.resolve("copy" + System.nanoTime());
    CopiedBundle copy = CopiedBundle.of("convolutions", folder);
    copy.edit("golden/index.json", index -> change.accept(index.get("cases").asArray().get(0).asObject()));
    try (Chain chain = Chain.load(folder)) {
      assertEquals(1, chain.selfTest().size());
      assertTrue(chain.selfTest().get(0).contains(problem), chain.selfTest().get(0));
    }
  }

  @Test
  void theSelfTestFindsEveryDifference() throws Exception {
    selfTestFinds("golden 0: expected the label 2 of label, received", golden -> output(golden).set("label", 2));
    selfTestFinds("expected the events [skipped 'second'], received [not_reached 'second']", golden ->
        golden.get("events").asArray().get(0).asObject().set("kind", "skipped"));
    selfTestFinds("expected the events [], received [not_reached 'second']",
        golden -> golden.set("events", Json.array()));
    selfTestFinds("expected the exit 'end', received 'early'", golden -> golden.set("exit", "end"));
    selfTestFinds("expected the reason 'final', received 'rule'", golden -> golden.set("reason", "final"));
    selfTestFinds("expected the path ['second'], received ['first']",
        golden -> golden.set("path", Json.array().add("second")));
    // An int8 answer has to be the same; probabilities may be a little off.
    selfTestFinds("expected numbers of label within 0, received", golden -> nudge(golden.remove("tolerance"), "numbers", 1e-5f));
    selfTestFinds("expected probabilities of label within 0.001, received",
        golden -> nudge(golden.remove("tolerance"), "probabilities", 0.002f));
    selfTestFinds("expected numbers of label within 0.25, received",
        golden -> nudge(golden.set("tolerance", 0.25), "numbers", 0.5f));
  }

  @Test
  void theToleranceOfACaseStandsForBothKindsOfNumbers() throws Exception {
    Path folder = scratch.resolve("tolerant");
    CopiedBundle.of("convolutions", folder).edit("golden/index.json", index -> {
      JsonObject golden = index.get("cases").asArray().get(0).asObject().set("tolerance", 0.25);
      nudge(golden, "numbers", 0.2f);
      nudge(golden, "probabilities", 0.2f);
    });
    try (Chain chain = Chain.load(folder)) {
      assertEquals(List.of(), chain.selfTest());
    }
    CopiedBundle copy = CopiedBundle.of("convolutions", scratch.resolve("senseless"));
    copy.edit("golden/index.json", index -> index.get("cases").asArray().get(0).asObject().set("tolerance", -1));
    BundleException error = assertThrows(BundleException.class, () -> Chain.load(copy.folder()));
    assertTrue(error.getMessage().contains("cases[0].tolerance"), error.getMessage());
  }

  @Test
  void aBundleThatFailsItsSelfTestIsNoChainWhereThatIsAsked() throws Exception {
    ChainOptions asked = TestFiles.OPTIONS.withSelfTest(true);
    Chain.load(TestFiles.bundle("convolutions"), asked).close();
    CopiedBundle copy = CopiedBundle.of("convolutions", scratch.resolve("failing"));
    copy.edit("golden/index.json", index -> {
      for (int i : new int[] {0, 2}) {
        output(index.get("cases").asArray().get(i).asObject()).set("label", 2);
      }
    });
    try (Chain chain = Chain.load(copy.folder(), TestFiles.OPTIONS)) {
      assertEquals(2, chain.selfTest().size());
    }
    BundleException error = assertThrows(BundleException.class, () -> Chain.load(copy.folder(), asked));
    assertEquals(List.of(copy.folder().toString(), "goldens"), List.of(error.file(), error.field()));
    String said = "expected a bundle that passes its self-test here, received one that fails 2 of its cases: golden 0: ";
    assertTrue(error.problem().startsWith(said + "expected the label 2 of label, received"), error.problem());
    copy.edit("manifest.json", manifest -> manifest.set("goldens", Json.NULL));
    Chain.load(copy.folder(), asked).close();
  }

  private static void nudge(JsonObject golden, String name, float by) {
    JsonArray numbers = output(golden).get(name).asArray();
    numbers.set(0, numbers.get(0).asFloat() + by);
  }

  private static JsonObject output(JsonObject golden) {
    return golden.get("outputs").asObject().get("label").asObject();
  }
}
