package org.frugal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A class is taught to finished int8 bundles, and they answer as Python's do (tests/goldens/lessons.py). */
class LessonsTest {
  private static float[] floats(JsonValue list) {
    JsonArray array = list.asArray();
    float[] floats = new float[array.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = array.get(i).asFloat();
    }
    return floats;
  }

  private static List<Picture> pictures(JsonObject lesson, String name) {
    int[] shape = TestFiles.wholes(lesson.get("shape"));
    List<Picture> pictures = new ArrayList<>();
    for (JsonValue pixels : lesson.get(name).asArray()) {
      byte[] bytes = TestFiles.bytes(TestFiles.wholes(pixels));
      pictures.add(Picture.of(bytes, shape[0], shape[1], shape[2]));
    }
    return pictures;
  }

  @TestFactory
  Stream<DynamicTest> theBundleOf() {
    List<JsonObject> lessons = new ArrayList<>();
    Json.parse(TestFiles.read("lessons.json")).asArray().forEach(each -> lessons.add(each.asObject()));
    assertFalse(lessons.isEmpty());
    return lessons.stream().map(each -> DynamicTest.dynamicTest(each.getString("family", ""), () -> check(each)));
  }

  private static void check(JsonObject lesson) {
    float tolerance = lesson.get("tolerance").asFloat();
    ChainOptions options = ChainOptions.DEFAULT.withWarmUp(false);
    try (Chain chain = Chain.load(TestFiles.goldens().resolve("families/" + lesson.getString("family", "")), options)) {
      float[] row = chain.teach("new", pictures(lesson, "examples"));
      assertArrayEquals(floats(lesson.get("row")), row, tolerance);
      List<String> labels = new ArrayList<>();
      lesson.get("labels").asArray().forEach(label -> labels.add(label.asString()));
      assertEquals(labels, chain.tables().get(lesson.getString("table", "")).labels());
      List<Picture> pictures = pictures(lesson, "pictures");
      for (int i = 0; i < pictures.size(); i++) {
        Result result = chain.run(pictures.get(i));
        JsonObject answer = lesson.get("answers").asArray().get(i).asObject();
        assertEquals(answer.getString("name", ""), result.name());
        assertArrayEquals(floats(answer.get("numbers")), result.answer(), tolerance);
      }
    }
  }
}
