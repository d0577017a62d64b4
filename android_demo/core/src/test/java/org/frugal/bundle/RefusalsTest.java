package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.frugal.BundleException;
import org.frugal.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Manifests that are refused, each with its field named: one change of a golden bundle's manifest each. */
class RefusalsTest {
  /**
   * A change and what is said of it.
   *
   * @param place the field to set, such as {@code programs.main[3].rule}
   * @param json what to set it to; null takes it away
   */
  private record Case(String bundle, String place, String json, String field, String problem) {}

  private static JsonValue manifest(String bundle) {
    return Json.parse(TestFiles.read("bundles/" + bundle + "/manifest.json"));
  }

  /** Sets a field to some JSON; null takes it away. */
  static void set(JsonValue root, String place, String json) {
    String[] keys = place.replaceAll("\\[(\\d+)\\]", ".$1").split("\\.");
    JsonValue parent = root;
    for (int i = 0; i < keys.length - 1; i++) {
      parent = parent.isArray() ? parent.asArray().get(Integer.parseInt(keys[i])) : parent.asObject().get(keys[i]);
    }
    String last = keys[keys.length - 1];
    if (parent.isArray() && json == null) {
      parent.asArray().remove(Integer.parseInt(last));
    } else if (parent.isArray()) {
      parent.asArray().set(Integer.parseInt(last), Json.parse(json));
    } else if (json == null) {
      parent.asObject().remove(last);
    } else {
      parent.asObject().set(last, Json.parse(json));
    }
  }

  private static void load(JsonValue manifest) {
    ManifestCheck.check(ManifestReader.read(manifest.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static void check(Case change) {
    JsonValue manifest = manifest(change.bundle);
    load(manifest);
    set(manifest, change.place, change.json);
    BundleException error = assertThrows(BundleException.class, () -> load(manifest));
    assertEquals(change.field, error.field(), error.getMessage());
    assertEquals(change.problem, error.problem());
    assertEquals("manifest.json", error.file());
  }

  static List<JsonObject> cases() {
    return TestFiles.cases("refusals");
  }

  /** The table is read by Python's tests too: both runtimes name the same field in the same words. */
  @ParameterizedTest
  @MethodSource("cases")
  void bothRuntimesRefuseAlike(JsonObject line) {
    String place = line.getString("place", "");
    check(new Case(line.getString("bundle", ""), place, line.getString("json", null), line.getString("field", place),
        line.getString("problem", "")));
  }

  @Test
  void aProgramThatRunsTooLongOrIsNestedTooDeep() {
    JsonValue manifest = manifest("steps");
    String step = manifest.asObject().get("programs").asObject().get("main").asArray().get(0).toString();
    String inner = step;
    for (int i = 0; i < 17; i++) {
      inner = "{\"op\": \"repeat\", \"times\": 1, \"steps\": [" + inner + "]}";
    }
    check(new Case("steps", "programs.main[0]", inner, "programs.main",
        "expected at most 16 steps inside each other, received more"));
    String thousand = "{\"op\": \"repeat\", \"times\": 1000, \"steps\": [" + step + "]}";
    String tenThousand = "{\"op\": \"repeat\", \"times\": 10, \"steps\": [" + thousand + "]}";
    // 1 + 10 * (1 + 1000), and of the others 1 + 1 + 1 + 1 + (1 + 3 * 3) + (1 + 1) + (1 + 1) + 1.
    check(new Case("steps", "programs.main[0]", tenThousand, "programs.main",
        "expected at most 10000 steps a run, received 10030"));
  }

  @Test
  void aRepeatThatAlwaysAnswersHasNoWayToItsEnd() {
    String answer = "{\"op\": \"answer\", \"name\": \"early\", \"gives\": {\"label\": \"state\"}}";
    check(new Case("steps", "programs.main[5].steps[2]", answer, "programs.main[5].steps",
        "expected a way to its end, but every way answers before"));
    check(new Case("steps", "programs.main[7]", answer, "programs.main[8]",
        "expected nothing behind an answer, received a step"));
  }

  @Test
  void whatIsWrittenOnOneWayOnlyCannotBeRead() {
    check(new Case("steps", "programs.main[6].otherwise", "[]", "programs.main[8].gives.label",
        "expected a value that every way here has written, received 'logits'"));
  }

  @Test
  void anotherVersionIsRefusedBeforeItsFieldsAreLookedAt() {
    String again = "convert the model again";
    check(new Case("steps", "version", "1", "version", "expected version 2, received 1: " + again));
    String newer = "expected version 2, received 3: update the runtime or ";
    check(new Case("steps", "version", "3", "version", newer + again));
    for (String odd : List.of("0", "-1", "2.0", "\"2\"", "null")) {
      JsonValue manifest = manifest("steps");
      set(manifest, "version", odd);
      BundleException error = assertThrows(BundleException.class, () -> load(manifest));
      assertEquals("version", error.field());
      assertEquals("expected a whole number from 1, received " + odd.replace('"', '\'').replace("null", "None"),
          error.problem());
    }
  }
}
