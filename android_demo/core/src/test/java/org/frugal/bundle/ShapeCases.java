package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Shapes of an operator's results by hand: what its rule is shown, written as text. Shapes are lists as {@code [1, 2]},
 * one behind the other; {@code -} is an input that is left out.
 */
final class ShapeCases {
  /** The word for inputs that do not fit. */
  static final String MISFIT = "misfit";

  private ShapeCases() {}

  /** The shapes of a text. */
  static List<long[]> shapes(String text) {
    List<long[]> shapes = new ArrayList<>();
    for (String word : text == null ? new String[0] : text.replace(", ", ",").trim().split(" ")) {
      shapes.add(word.equals("-") ? null : numbers(word.substring(1, word.length() - 1)));
    }
    return shapes;
  }

  static long[] numbers(String text) {
    return text == null || text.isEmpty() ? new long[0]
        : Arrays.stream(text.split("[, ]+")).mapToLong(Long::parseLong).toArray();
  }

  /**
   * What a rule sees.
   *
   * @param constants {@code position=[numbers]}, one behind the other; positions that are not named are computed
   */
  static PartOperands operands(String shapes, String constants, String options, String results) {
    Map<Integer, long[]> known = new HashMap<>();
    for (String word : constants == null ? new String[0] : constants.replace(", ", ",").trim().split(" ")) {
      String[] ends = word.split("=");
      known.put(Integer.valueOf(ends[0]), shapes(ends[1]).get(0));
    }
    List<long[]> given = shapes(shapes);
    return new PartOperands(given, known::get, numbers(options), List.of(numbers(options)), shapes(results));
  }

  static String shown(List<long[]> shapes) {
    return shapes.stream().map(Arrays::toString).collect(Collectors.joining(" "));
  }

  /** Checks one case; {@code expected} is {@link #MISFIT} or the results' shapes. */
  static void check(String rule, String shapes, String constants, String options, String results, String expected) {
    PartOperands operands = operands(shapes, constants, options, results);
    String what = rule + " " + shapes + " " + constants + " " + options;
    if (MISFIT.equals(expected)) {
      assertThrows(PartOperands.Misfit.class, () -> PartShapes.results(rule, operands), what);
    } else {
      assertEquals(expected, shown(PartShapes.results(rule, operands)), what);
    }
  }
}
