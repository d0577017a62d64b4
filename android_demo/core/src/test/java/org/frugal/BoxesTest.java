package org.frugal;

import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.json;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.frugal.Event.Corners;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers that are boxes, with masks and without: what is said of each, and what the self-test finds of it. */
class BoxesTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {10, 20}, 1, 2);
  private static final String BOXES = fill("boxes", "[1, 2, 4]", "[0, 0.25, 0.5, 1, 0.5, 0, 1, 2]");
  private static final String SCORES = fill("scores", "[1, 2]", "[0.75, 0.1]");

  @TempDir Path scratch;

  private static void value(JsonObject root, String name, String tensor) {
    root.get("values").asObject().set(name, json(tensor));
  }

  /** Declares what boxes need, and the output {@code things}. */
  private static Consumer<JsonObject> things(String fields) {
    return root -> {
      value(root, "boxes", "{'shape': [1, 2, 4], 'type': 'float32'}");
      value(root, "scores", "{'shape': [1, 2], 'type': 'float32'}");
      value(root, "masks", "{'shape': [1, 2, 1, 3], 'type': 'float32'}");
      root.get("outputs").asObject()
          .set("things", json("{'labels': ['cat', 'dog'], 'scores': 'scores', " + fields + "}"));
    };
  }

  private Result result(String fields, String... steps) {
    String end = "{'op': 'answer', 'name': 'end', 'gives': {'things': 'boxes'}}";
    String program = BOXES + ", " + SCORES + ", " + String.join(", ", steps) + (steps.length == 0 ? "" : ", ") + end;
    try (Chain chain = SmallChain.of(scratch, program, things(fields))) {
      return chain.run(PIXELS);
    }
  }

  @Test
  void withoutClassesAndCountAllAreOfTheFirst() {
    Result result = result("'kind': 'boxes'");
    Answer answer = result.outputs().get("things");
    assertEquals(
        List.of(
            new Box(new Corners(0, 0.25, 0.5, 1), 0.75f, 0, "cat", null),
            new Box(new Corners(0.5, 0, 1, 2), 0.1f, 0, "cat", null)),
        answer.boxes());
    assertArrayEquals(new float[] {0, 0.25f, 0.5f, 1, 0.5f, 0, 1, 2}, answer.numbers());
    assertEquals(TensorType.FLOAT32, answer.type());
    assertEquals(answer.boxes(), result.boxes());
    assertThrows(UnsupportedOperationException.class, () -> answer.boxes().clear());
    // There is no label of the whole.
    assertEquals(-1, result.label());
    assertNull(result.name());
    assertNull(result.probabilities());
    assertEquals(false, answer.hasLabel());
  }

  @ParameterizedTest
  @CsvSource({"-3, 0", "0.5, 0", "1, 1", "1.5, 2", "7, 2"})
  void aCountIsHeldWithinTheRows(double number, int count) {
    Result result = result("'kind': 'boxes', 'count': 'score'", fill("score", "[1]", "" + number));
    assertEquals(count, result.boxes().size());
    assertEquals(4 * count, result.answer().length);
  }

  @Test
  void aClassIsTheNearestLabelThatThereIs() {
    Result result = result("'kind': 'boxes', 'classes': 'w'", fill("w", "[1, 2]", "[0.75, -1]"));
    assertEquals(List.of("dog", "cat"), result.boxes().stream().map(Box::name).toList());
    result = result("'kind': 'boxes', 'classes': 'w'", fill("w", "[1, 2]", "[0.5, 17]"));
    assertEquals(List.of(0, 1), result.boxes().stream().map(Box::label).toList());
  }

  @Test
  void masksAreNumbersOfEachBox() {
    String masks = fill("masks", "[1, 2, 1, 3]", "[0, -1e30, 1e30, 1, -1, 0.5]");
    List<Box> boxes = result("'kind': 'masks', 'masks': 'masks'", masks).boxes();
    assertArrayEquals(new float[] {0.5f, 0, 1}, boxes.get(0).mask()[0]);
    assertArrayEquals(new float[] {0.7310586f, 0.26894143f, 0.62245935f}, boxes.get(1).mask()[0], 1e-7f);
    boxes = result("'kind': 'masks', 'masks': 'masks', 'activation': 'none'", masks).boxes();
    assertArrayEquals(new float[][] {{1, -1, 0.5f}}, boxes.get(1).mask());
  }

  @Test
  void aKeepIsBilledAndItsBoxesAreAnswered() {
    String keep = "{'op': 'keep', 'boxes': 'boxes', 'scores': 'scores', 'threshold': 0.5, 'overlap': 0.5, 'most': 1,"
        + " 'outputs': {'boxes': 'best', 'scores': 'score', 'count': 'many'}, 'costs': {'macs': 7}}";
    Consumer<JsonObject> declared = things("'kind': 'boxes'").andThen(root -> {
      value(root, "best", "{'shape': [1, 1, 4], 'type': 'uint8', 'scale': 0.25, 'zero_point': 1}");
      value(root, "score", "{'shape': [1, 1], 'type': 'float32'}");
      value(root, "many", "{'shape': [1, 1], 'type': 'int32'}");
      root.get("outputs").asObject().set("things",
          json("{'kind': 'boxes', 'labels': ['cat'], 'scores': 'score', 'count': 'many'}"));
    });
    String end = "{'op': 'answer', 'name': 'end', 'gives': {'things': 'best'}}";
    try (Chain chain = SmallChain.of(scratch, String.join(", ", BOXES, SCORES, keep, keep, end), declared)) {
      Result result = chain.run(PIXELS);
      assertEquals(List.of(new Box(new Corners(0, 0.25, 0.5, 1), 0.75f, 0, "cat", null)), result.boxes());
      assertEquals(TensorType.UINT8, result.outputs().get("things").type());
      assertEquals(14, result.macs());
      assertEquals(Map.of("macs", 14.0, "latency_us", 0.0), result.costs());
      assertEquals(List.of(), result.path());
    }
  }

  /** Changes the first golden that has two boxes of the output {@code things}. */
  private List<String> selfTest(Consumer<JsonObject> change) throws Exception {
    CopiedBundle copy = CopiedBundle.of("boxes", scratch.resolve("copy" + System.nanoTime()));
    copy.edit("golden/index.json", index -> {
      for (int i = 0; ; i++) {
        JsonObject things = index.get("cases").asArray().get(i).asObject().get("outputs").asObject().get("things")
            .asObject();
        if (things.get("boxes").asArray().size() > 1) {
          change.accept(things);
          return;
        }
      }
    });
    try (Chain chain = Chain.load(copy.folder())) {
      return chain.selfTest();
    }
  }

  private void selfTestFinds(String problem, Consumer<JsonObject> change) throws Exception {
    List<String> problems = selfTest(change);
    assertEquals(1, problems.size(), problems.toString());
    assertTrue(problems.get(0).contains(problem), problems.get(0));
  }

  private static JsonObject second(JsonObject output) {
    return output.get("boxes").asArray().get(1).asObject();
  }

  @Test
  void theSelfTestLooksAtEveryBox() throws Exception {
    assertEquals(
        List.of(), selfTest(output -> second(output).set("score", second(output).getDouble("score", 0) + 1e-4)));
    selfTestFinds("expected scores of things within 0.001, received",
        output -> second(output).set("score", second(output).getDouble("score", 0) + 0.01));
    selfTestFinds("expected the label [1, 0, 0] of things, received [1, 1, 0]",
        output -> second(output).set("label", 0));
    selfTestFinds("expected masks of things within 0.001, received", output -> {
      JsonArray mask = second(output).get("mask").asArray();
      mask.set(2, mask.get(2).asDouble() + 0.01);
    });
    selfTestFinds("expected numbers of things within 0.001, received", output -> {
      JsonArray numbers = output.get("numbers").asArray();
      numbers.set(5, numbers.get(5).asDouble() + 0.01);
    });
    // Labels, numbers, scores and masks.
    assertEquals(
        4, selfTest(output -> output.set("boxes", Json.array()).set("numbers", Json.array())).size());
  }
}
