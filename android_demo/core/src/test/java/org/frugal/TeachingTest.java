package org.frugal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lessons that Python was taught too (tests/goldens/taught.py), and how several examples make one row. */
class TeachingTest extends Prototypes {
  @TempDir Path scratch;

  private static List<JsonObject> lessons() {
    List<JsonObject> lessons = new ArrayList<>();
    Json.parse(TestFiles.read("teach.json")).asArray().forEach(each -> lessons.add(each.asObject()));
    return lessons;
  }

  private static float[] floats(JsonValue list) {
    float[] floats = new float[list.asArray().size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = list.asArray().get(i).asFloat();
    }
    return floats;
  }

  /** Two rows of two pixels each. */
  private static Picture picture(JsonValue rows) {
    int[] upper = TestFiles.wholes(rows.asArray().get(0));
    int[] lower = TestFiles.wholes(rows.asArray().get(1));
    return Picture.grey(TestFiles.bytes(upper[0], upper[1], lower[0], lower[1]), 2, 2);
  }

  private void teach(JsonObject lesson) {
    if (lesson.get("rename") != null) {
      table.rename(lesson.getString("rename", ""), lesson.getString("to", ""));
      return;
    } else if (lesson.get("remove") != null) {
      table.remove(lesson.getString("remove", ""));
      return;
    }
    String program = lesson.getString("program", "");
    List<Object> examples = new ArrayList<>();
    for (JsonValue given : lesson.get("given").asArray()) {
      examples.add(program.equals("point") ? Map.of("hint", floats(given.asArray().get(0))) : picture(given));
    }
    float[] row = chain.teach(lesson.getString("teach", ""), examples, null, null, program);
    assertArrayEquals(floats(lesson.get("row")), row, lesson.toString());
    assertArrayEquals(row, table.rows()[table.size() - 1]);
  }

  private void checkAnswers(JsonObject lesson) {
    List<String> labels = new ArrayList<>();
    lesson.get("labels").asArray().forEach(label -> labels.add(label.asString()));
    assertEquals(labels, table.labels());
    for (int i = 0; i < lesson.get("pictures").asArray().size(); i++) {
      Result result = chain.run(picture(lesson.get("pictures").asArray().get(i)));
      JsonObject answer = lesson.get("answers").asArray().get(i).asObject();
      assertEquals(answer.getString("name", ""), result.name(), lesson.toString());
      assertArrayEquals(floats(answer.get("numbers")), result.answer(), 1e-6f, lesson.toString());
    }
  }

  @Test
  void everyLessonEndsAsInPythonAndIsSavedInTheSameBytes() throws IOException {
    List<JsonObject> lessons = lessons();
    for (JsonObject lesson : lessons.subList(0, lessons.size() - 1)) {
      teach(lesson);
      checkAnswers(lesson);
    }
    assertEquals(5, table.size());
    Path file = scratch.resolve("rows");
    table.save(file);
    byte[] saved = Base64.getDecoder().decode(lessons.get(lessons.size() - 1).getString("saved", ""));
    assertEquals(
        new String(saved, StandardCharsets.ISO_8859_1),
        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
  }

  @Test
  void aFileThatPythonSavedIsLoaded() throws IOException {
    List<JsonObject> lessons = lessons();
    byte[] saved = Base64.getDecoder().decode(lessons.get(lessons.size() - 1).getString("saved", ""));
    Files.write(scratch.resolve("rows"), saved);
    table.load(scratch.resolve("rows"));
    checkAnswers(lessons.get(lessons.size() - 2));
  }

  @Test
  void aRowIsTheMeanInFloat64OverTheExamples() {
    // In float32 the sum would be 2^24 + 1 - 2^24 = 0 or 2.
    List<float[]> rows = List.of(new float[] {1 << 24, 3}, new float[] {1, 4}, new float[] {-(1 << 24), 5});
    assertArrayEquals(new float[] {1 / 3f, 4}, Teaching.combined(rows, false));
    assertArrayEquals(new float[] {0.25f}, Teaching.combined(List.of(new float[] {0.25f}), false));
  }

  @Test
  void orItsDirection() {
    assertArrayEquals(new float[] {0.6f, -0.8f}, Teaching.combined(List.of(new float[] {3, -4}), true));
    assertArrayEquals(new float[] {1, 0},
        Teaching.combined(List.of(new float[] {3, 4}, new float[] {3, -4}), true));
    ChainException error = assertThrows(ChainException.class,
        () -> Teaching.combined(List.of(new float[] {3, 4}, new float[] {-3, -4}), true));
    assertEquals("teach: expected examples whose mean has a length above 0, received 0", error.getMessage());
    // Squares of float32 numbers neither vanish nor overflow in float64.
    assertArrayEquals(new float[] {1}, Teaching.combined(List.of(new float[] {Float.MIN_VALUE}), true));
    assertArrayEquals(new float[] {-1}, Teaching.combined(List.of(new float[] {-Float.MAX_VALUE}), true));
  }

  @Test
  void aLessonWithoutALengthAddsNoRow() {
    List<Object> examples = List.of(
        Map.of("hint", new float[] {3, 0, -4}), Map.of("hint", new float[] {-3, 0, 4}));
    assertThrows(ChainException.class, () -> chain.teach("none", examples, null, null, "point"));
    assertEquals(List.of("first", "second"), table.labels());
  }
}
