package org.frugal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.Numbers;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Runs under budgets and with parameters end here as they did in Python. */
class RunsTest {
  private static final Map<String, Chain> CHAINS = new HashMap<>();
  /** What was given to a bundle, each once, in the order of its goldens. */
  private static final Map<String, List<Map<String, Object>>> INPUTS = new HashMap<>();

  @AfterAll
  static void close() {
    CHAINS.values().forEach(Chain::close);
    CHAINS.clear();
  }

  @Test
  void everyRunEndsAsInPython() {
    int runs = 0;
    for (JsonValue each : Json.parse(TestFiles.read("runs.json")).asArray()) {
      JsonObject run = each.asObject();
      Result result = run(run);
      assertEquals(run.getString("exit", ""), result.exit(), run.toString());
      assertEquals(run.getString("reason", ""), result.reason().label(), run.toString());
      assertEquals(run.getInt("label", -1), result.label(), run.toString());
      assertEquals(run.getLong("macs", -1), result.macs(), run.toString());
      assertEquals(strings(run.get("path")), result.path(), run.toString());
      checkEvents(run, result);
      checkAnswer(run, result);
      runs++;
    }
    assertTrue(runs > 100, runs + " runs");
  }

  private static Result run(JsonObject run) {
    String bundle = run.getString("bundle", "");
    Chain chain = CHAINS.computeIfAbsent(bundle, name -> Chain.load(TestFiles.bundle(name), TestFiles.OPTIONS));
    List<Map<String, Object>> inputs = INPUTS.computeIfAbsent(bundle, name -> inputs(chain.bundle()));
    Map<String, Numbers> parameters = new HashMap<>();
    run.get("parameters").asObject().forEach(member -> parameters.put(member.getName(), numbers(member.getValue())));
    JsonObject budget = run.get("budget").asObject();
    Budget allowed = budget.isEmpty() ? null
        : new Budget(
            number(budget, "latency_ms"), number(budget, "macs"), number(budget, "energy_uj"), null,
            number(budget, "bytes_sent"), number(budget, "deadline_ms"));
    return chain.run(inputs.get(run.getInt("case", -1)), allowed, null, parameters);
  }

  private static List<Map<String, Object>> inputs(Bundle bundle) {
    GoldenIndex index = GoldenIndex.read(bundle);
    List<GoldenIndex.Array> arrays = index.arrays(bundle);
    Set<Map<String, Object>> inputs = new LinkedHashSet<>();
    for (int i = 0; i < index.cases().size(); i++) {
      inputs.add(index.inputs(i, arrays));
    }
    return new ArrayList<>(inputs);
  }

  private static void checkAnswer(JsonObject run, Result result) {
    TensorType type = result.outputs().values().iterator().next().type();
    double tolerance = type == TensorType.FLOAT32 ? 1e-5 : 0;
    List<JsonValue> expected = run.get("answer").asArray().values();
    assertEquals(expected.size(), result.answer().length);
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).asDouble(), result.answer()[i], tolerance, run.toString());
    }
  }

  private static void checkEvents(JsonObject run, Result result) {
    List<Event> received = new ArrayList<>(result.events());
    received.removeIf(Event::hasRun);
    List<JsonValue> expected = run.get("events").asArray().values();
    assertEquals(expected.size(), received.size(), run.toString());
    for (int i = 0; i < received.size(); i++) {
      JsonObject event = expected.get(i).asObject();
      Event.Corners corners = received.get(i).corners();
      if (corners != null) {
        double[] numbers = {corners.top(), corners.left(), corners.bottom(), corners.right()};
        assertArrayEquals(TestFiles.numbers(event.get("corners")), numbers, 1e-5, run.toString());
      }
      assertEquals(
          List.of(
              event.getString("kind", ""), event.getString("name", ""), event.getString("why", ""),
              event.getInt("case", -1), event.getInt("row", -1), event.get("corners") != null),
          List.of(
              received.get(i).kind().label(), received.get(i).name(),
              received.get(i).why() == null ? "" : received.get(i).why(), received.get(i).way(),
              received.get(i).row(), corners != null),
          run.toString());
    }
  }

  private static Double number(JsonObject object, String name) {
    return object.get(name) == null ? null : object.get(name).asDouble();
  }

  private static Numbers numbers(JsonValue value) {
    if (value.isNumber()) {
      return Numbers.of(value.asDouble());
    }
    List<Double> numbers = new ArrayList<>();
    value.asArray().forEach(number -> numbers.add(number.asDouble()));
    return Numbers.list(numbers);
  }

  private static List<String> strings(JsonValue list) {
    List<String> strings = new ArrayList<>();
    list.asArray().forEach(item -> strings.add(item.asString()));
    return strings;
  }
}
