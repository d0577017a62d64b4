package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.frugal.BundleException;
import org.frugal.CopiedBundle;
import org.frugal.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goldens that no run of their bundle can give are refused when it is loaded. */
class GoldenCheckTest {
  @TempDir Path scratch;

  private static JsonValue index(String bundle) {
    return Json.parse(TestFiles.read("bundles/" + bundle + "/golden/index.json"));
  }

  private static void check(String bundle, JsonValue index) {
    byte[] manifest = TestFiles.read("bundles/" + bundle + "/manifest.json").getBytes(StandardCharsets.UTF_8);
    GoldenCheck.check(ManifestReader.read(manifest), index.toString().getBytes(StandardCharsets.UTF_8));
  }

  static List<JsonObject> cases() {
    return TestFiles.cases("goldens");
  }

  /** The table is read by Python's tests too: both runtimes name the same field in the same words. */
  @ParameterizedTest
  @MethodSource("cases")
  void bothRuntimesRefuseAlike(JsonObject line) {
    String bundle = line.getString("bundle", "");
    JsonValue index = index(bundle);
    check(bundle, index);
    RefusalsTest.set(index, line.getString("place", ""), line.getString("json", null));
    BundleException error = assertThrows(BundleException.class, () -> check(bundle, index));
    assertEquals("golden/index.json", error.file());
    assertEquals(line.getString("field", line.getString("place", "")), error.field(), error.getMessage());
    assertEquals(line.getString("problem", ""), error.problem());
  }

  @Test
  void aLabelThatNoOutputHasRefusesTheBundleAlthoughEveryDigestIsRight() throws Exception {
    CopiedBundle copy = CopiedBundle.of("convolutions", scratch.resolve("bundle"));
    copy.edit("golden/index.json", index -> RefusalsTest.set(index, "cases[0].outputs.label.label", "99"));
    BundleException error = assertThrows(BundleException.class, () -> Bundle.load(copy.folder()));
    assertEquals("golden/index.json: cases[0].outputs.label.label: expected a label below 3, received 99",
        error.getMessage());
  }

  /** Half a million of them are looked up in a moment: only the first that is unknown is put into words. */
  @Test
  void namesThatNobodyKnowsCostNoSentenceEach() {
    JsonValue index = index("stages");
    JsonArray path = index.asObject().get("cases").asArray().get(0).asObject().get("path").asArray();
    for (int i = 0; i < 500_000; i++) {
      path.add("stage_0");
    }
    BundleException error = assertThrows(BundleException.class, () -> check("stages", withStrange(index, path)));
    assertEquals("cases[0].path[" + (path.size() - 1) + "]", error.field());
  }

  private static JsonValue withStrange(JsonValue index, JsonArray path) {
    path.add("x");
    return index;
  }
}
