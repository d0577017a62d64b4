package org.frugal.bundle;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.repeat;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.eclipsesource.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which inputs a program reads, step by step; every value of the small manifest is an input here. */
class ProgramInputsTest {
  private static void everythingIsGiven(JsonObject root) {
    root.get("values").asObject().forEach(
        value -> root.get("inputs").asObject().set(value.getName(), json("{'kind': 'vector'}")));
    root.get("outputs").asObject().set(
        "boxes", json("{'kind': 'boxes', 'labels': ['x'], 'scores': 'w', 'classes': 'c', 'count': 'score'}"));
  }

  private static List<String> inputs(String... steps) {
    return SmallManifest.read("[" + String.join(", ", steps) + "]", ProgramInputsTest::everythingIsGiven)
        .inputs("main");
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "{'op': 'exit', 'name': 'e', 'rule': {'rule': 'entropy', 'value': 'v', 'threshold': 0}, 'gives': {'label': 'w'}}",
      "{'op': 'run', 'part': 'real', 'inputs': {'x': 'v', 'z': 'w'}, 'outputs': {'y': 'c'}}",
      "{'op': 'crop', 'value': 'v', 'at': 'w', 'output': 'piece', 'size': [1, 1]}",
      "{'op': 'keep', 'boxes': 'v', 'scores': 'w', 'threshold': 0, 'overlap': 0, 'most': 1, 'outputs': {'rows': 'c'}}",
      "{'op': 'each', 'rows': {'at': 'v'}, 'count': 'w', 'steps': [], 'stacks': {'c': 'w'}, 'done': 'three'}",
      "{'op': 'each', 'rows': {'at': 'v'}, 'steps': [{'op': 'leave', 'rule': {'rule': 'at_least', 'value': 'w',"
          + " 'threshold': 0}}], 'stacks': {'c': 'v'}}"})
  void whatAStepReadsAndNotWhatItWrites(String step) {
    String filled = step.replace("'steps': []", "'steps': [" + SmallManifest.fill("three", "[3]", "0") + "]");
    assertEquals(List.of("v", "w"), inputs(filled, "{'op': 'answer', 'name': 'end', 'gives': {'numbers': 'v'}}"));
  }

  @Test
  void whatIsBesideBoxesIsReadWithThem() {
    assertEquals(List.of("v", "w", "c", "score"),
        inputs("{'op': 'answer', 'name': 'end', 'gives': {'boxes': 'v'}}"));
  }

  @Test
  void stepsInsideOthersReadToo() {
    String branch = "{'op': 'branch', 'rule': {'rule': 'at_least', 'value': 'score', 'threshold': 0}, 'then': ["
        + repeat(2, run("codes", "c", "w")) + "], 'otherwise': [" + run("image", "photo", "w", run("real", "w", "v"))
        + "]}";
    String select = "{'op': 'select', 'value': 'three', 'cases': [[], [" + run("real", "at", "v") + "]]}";
    assertEquals(List.of("v", "w", "c", "photo", "score", "three", "at"), inputs(branch, select, END));
    assertEquals(List.of("v"), inputs("{'op': 'select', 'parameter': 'k', 'cases': [[]]}", END));
  }
}
