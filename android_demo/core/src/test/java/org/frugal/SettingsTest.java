package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The operating point and parameters in use: what is set, what is refused, and that a refusal changes nothing. */
class SettingsTest {
  private static final Manifest MANIFEST = Bundle.load(TestFiles.bundle("steps")).manifest();
  private static final Map<String, Numbers> DEFAULTS = Map.of(
      "sure", Numbers.of(2), "apart", Numbers.of(0.2), "start", Numbers.list(List.of(0.1, 0.2, 0.3)));

  private final Settings settings = new Settings(MANIFEST);

  static List<JsonObject> cases() {
    return TestFiles.cases("settings");
  }

  private static Map<String, Numbers> parameters(JsonValue object) {
    if (object == null) {
      return null;
    }
    Map<String, Numbers> parameters = new HashMap<>();
    object.asObject().forEach(member -> parameters.put(member.getName(), numbers(member.getValue())));
    return parameters;
  }

  private static Numbers numbers(JsonValue value) {
    if (!value.isArray()) {
      return Numbers.of(TestFiles.number(value));
    }
    List<Double> numbers = new ArrayList<>();
    value.asArray().forEach(number -> numbers.add(TestFiles.number(number)));
    return Numbers.list(numbers);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bothRuntimesSetAndRefuseAlike(JsonObject line) {
    String point = line.getString("point", null);
    Map<String, Numbers> parameters = parameters(line.get("parameters"));
    if (line.get("refused") != null) {
      ChainException error = assertThrows(ChainException.class, () -> settings.select(point, parameters));
      assertEquals(line.getString("refused", ""), error.getMessage());
      assertEquals("p1", settings.point());
      assertEquals(DEFAULTS, settings.values());
    } else {
      settings.select(point, parameters);
      assertEquals(parameters(line.get("set")), settings.values());
      assertEquals(point == null ? "p1" : point, settings.point());
    }
  }

  @Test
  void onlyAChangeIsOne() {
    Map<String, Numbers> one = Map.of("sure", Numbers.of(1));
    assertFalse(settings.select(null, null));
    assertFalse(settings.select("p1", Map.of()));
    assertTrue(settings.select("p1", one));
    assertFalse(settings.select(null, Map.of("sure", Numbers.of(1))));
    assertTrue(settings.select("p0", one));
    assertTrue(settings.select(null, null));
    assertEquals(DEFAULTS, settings.values());
  }

  @Test
  void aRefusalKeepsWhatWasSelectedBefore() {
    Map<String, Numbers> seven = Map.of("apart", Numbers.of(7));
    settings.select("p0", seven);
    assertThrows(ChainException.class, () -> settings.select("p2", Map.of("apart", Numbers.of(2e30))));
    assertEquals("p0", settings.point());
    assertEquals(Numbers.of(7), settings.values().get("apart"));
    assertFalse(settings.select("p0", seven));
  }

  @Test
  void whatTheCallerChangesLaterDoesNotCount() {
    Map<String, Numbers> mine = new HashMap<>(Map.of("sure", Numbers.of(1)));
    settings.select(null, mine);
    mine.put("sure", Numbers.of(99));
    assertEquals(Numbers.of(1), settings.values().get("sure"));
    assertTrue(settings.select(null, mine));
  }
}
