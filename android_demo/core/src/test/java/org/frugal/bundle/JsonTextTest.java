package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import com.eclipsesource.json.WriterConfig;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.frugal.BundleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JSON texts of every kind: what is written is read, limits are counted outside of texts, damage is only refused. */
class JsonTextTest {
  private final Random random = new Random(41);

  private static JsonValue parse(String text) {
    return JsonText.parse(text.getBytes(StandardCharsets.UTF_8), "JSON").value();
  }

  private static String refusal(String text) {
    return refusal(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String refusal(byte[] data) {
    try {
      JsonText.parse(data, "JSON");
      return null;
    } catch (JsonForm.FormException error) {
      assertEquals("", error.path);
      assertTrue(error.getMessage().startsWith("expected JSON, but reading failed: "), error.getMessage());
      return error.getMessage().substring("expected JSON, but reading failed: ".length());
    }
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      int kind = random.nextInt(5);
      int c = kind == 0 ? random.nextInt(32) : kind == 1 ? "\"\\/{}[],:".charAt(random.nextInt(9))
          : kind == 2 ? 0x1f600 + random.nextInt(60) : kind == 3 ? 0x80 + random.nextInt(0x500)
          : 'a' + random.nextInt(26);
      text.appendCodePoint(c);
    }
    return text.toString();
  }

  private JsonValue value(int depth) {
    switch (random.nextInt(depth > 0 ? 7 : 5)) {
      case 0:
        return Json.NULL;
      case 1:
        return Json.value(random.nextBoolean());
      case 2:
        return Json.value(random.nextInt());
      case 3:
        return Json.value((random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(40) - 20));
      case 4:
        return Json.value(text());
      case 5:
        JsonArray array = new JsonArray();
        for (int i = random.nextInt(4); i > 0; i--) {
          array.add(value(depth - 1));
        }
        return array;
      default:
        JsonObject object = new JsonObject();
        Set<String> names = new HashSet<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          String name = text();
          if (names.add(name)) {
            object.add(name, value(depth - 1));
          }
        }
        return object;
    }
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    for (int round = 0; round < 5000; round++) {
      JsonValue value = value(4);
      assertEquals(value, parse(value.toString()));
      assertEquals(value, parse(value.toString(WriterConfig.PRETTY_PRINT)));
    }
  }

  /** Texts changed anywhere: read or refused in one sentence, and nothing else is thrown. */
  @Test
  void damagedTextsAreOnlyRefused() {
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] data = value(3).toString().getBytes(StandardCharsets.UTF_8);
      for (int i = random.nextInt(3); i >= 0 && data.length > 0; i--) {
        String signs = "{}[],:\"\\0123456789eE+-.tfnu";
        data[random.nextInt(data.length)] = random.nextInt(3) == 0 ? (byte) random.nextInt(256)
            : (byte) signs.charAt(random.nextInt(signs.length()));
      }
      refused += refusal(data) == null ? 0 : 1;
    }
    assertTrue(refused > 5000 && refused < 20_000, refused + " refused");
  }

  /** A manifest changed anywhere is a manifest or no bundle: no other error comes out of it. */
  @Test
  void damagedManifestsAreOnlyRefused() {
    String good = SmallManifest.of("[" + SmallManifest.run("image", "image", "v") + ", " + SmallManifest.END + "]")
        .toString();
    ManifestCheck.check(ManifestReader.read(good.getBytes(StandardCharsets.UTF_8)));
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
      byte[] data = good.getBytes(StandardCharsets.UTF_8);
      for (int i = random.nextInt(2); i >= 0; i--) {
        int place = random.nextInt(data.length);
        // Characters of the text itself keep more of it JSON than any bytes would.
        data[place] = data[random.nextInt(data.length)];
      }
      try {
        ManifestCheck.check(ManifestReader.read(data));
      } catch (BundleException error) {
        assertEquals("manifest.json", error.file());
        refused++;
      }
    }
    assertTrue(refused > 2000 && refused < 3000, refused + " refused");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"{\"a\": 1, \"a\": 2}|a", "[{\"b\": {}}, {\"a\": 1, \"b\": 1, \"a\": 1}]|a",
      "{\"x\": {\"in\": 1, \"in\": 1}, \"x\": 1}|in", "{\"\": 1, \"\": 2}|''", "{\"\\n\": 1, \"\\u000a\": 2}|\\n"})
  void aFieldThatStandsTwiceIsNamed(String json, String name) {
    assertEquals("the field '" + name + "' stands twice", refusal(json));
  }

  @Test
  void fieldsOfOtherObjectsAreOthers() {
    assertNull(refusal("[{\"a\": 1}, {\"a\": 1, \"A\": {\"a\": 2}}]"));
  }

  @Test
  void limitsAreNotCountedInsideOfTexts() {
    String brackets = "[".repeat(100) + "1".repeat(100) + "{".repeat(100) + ",".repeat(100);
    assertNull(refusal("\"" + brackets + "\""));
    assertNull(refusal("[\"\\\"" + brackets + "\", \"\\\\\", 1]"));
    // A text that ends in an escaped backslash ends there.
    assertEquals("more than 64 lists and objects inside each other", refusal("[\"\\\\\", " + "[".repeat(64)));
    // One that never ends goes on to the end, and one behind it is none.
    assertTrue(refusal("\"" + brackets).startsWith("Unexpected end of input"), refusal("\"" + brackets));
    assertTrue(refusal("\"abc\\").startsWith("Unexpected end of input"), refusal("\"abc\\"));
  }

  @Test
  void closingBracketsMakeRoomAgain() {
    String deep = "[".repeat(63) + "]".repeat(63);
    assertNull(refusal("[" + deep + ", " + deep + "]"));
    assertEquals("more than 64 lists and objects inside each other", refusal("[[" + deep + "]]"));
    // Those that close nothing are no room.
    assertEquals("more than 64 lists and objects inside each other", refusal("]".repeat(50) + "[".repeat(65)));
  }

  @Test
  void numbersOfManyDigitsAreRefusedBeforeTheyAreRead() {
    String many = "1234567890".repeat(6) + "1234";
    assertNull(refusal(many));
    assertEquals("a number of more than 64 characters", refusal(many + "5"));
    assertEquals("a number of more than 64 characters", refusal("[0." + many + "]"));
    assertNull(refusal("[" + many + "," + many + "]"));
    assertEquals("a number of more than 64 characters", refusal("1e" + "0".repeat(70)));
  }

  @Test
  void anExceptionSaysWhatWasToBeRead() {
    String said = assertThrows(JsonForm.FormException.class,
        () -> JsonText.parse(new byte[] {'{'}, "an index of goldens")).getMessage();
    assertTrue(said.startsWith("expected an index of goldens, but reading failed: "), said);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"123456789012345678901234567890|123456789012345678901234567890", "-7|-7",
      "1e2|100.0", "0.1|0.1", "1e-7|1e-07", "\"it's\"|\"it's\"", "[[], {}]|[[], {}]",
      "{\"a\": {\"b\": [true]}}|{'a': {'b': [True]}}"})
  void valuesAreShownAsPythonWritesThem(String json, String shown) {
    assertEquals(shown, JsonText.shown(Json.parse(json)));
  }
}
