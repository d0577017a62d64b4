package org.frugal.bundle;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.atLeast;
import static org.frugal.bundle.SmallManifest.fill;
import static org.frugal.bundle.SmallManifest.leave;
import static org.frugal.bundle.SmallManifest.repeat;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.frugal.BundleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much work a program is: steps and cells counted by hand, each bound at its last number. */
class ProgramSizeTest {
  private static final String ZERO = fill("score", "[1]", "0");

  private static final Manifest MANIFEST = SmallManifest.read("[" + END + "]");

  private static List<Step> program(String... steps) {
    return SmallManifest.read("[" + String.join(", ", steps) + "]").main();
  }

  private static void check(List<Step> program) {
    ProgramSize.check(program, MANIFEST.values(), "main");
  }

  /** Checks the cells of some steps by how often they may be repeated, and what is said of once more. */
  private static void cells(int expected, String... steps) {
    List<Step> program = program(steps);
    long times = (1 << 26) / expected;
    List<Step> fits = List.of(new Step.Repeat((int) times, program));
    List<Step> larger = List.of(new Step.Repeat((int) times + 1, program));
    assertDoesNotThrow(() -> ProgramSize.checkCells(MANIFEST, fits, "programs.main"));
    BundleException error = assertThrows(BundleException.class,
        () -> ProgramSize.checkCells(MANIFEST, larger, "programs.main"));
    assertEquals("manifest.json: programs.main: expected at most 67108864 elements read and written between parts, "
        + "received " + (times + 1) * expected, error.getMessage());
  }

  @Test
  void everyStepReadsAndWritesWhatItReadsAndWrites() {
    cells(1, ZERO);
    cells(3, fill("three", "[3]", "[1, 2, 3]"));
    cells(2, END);
    cells(2 + 3, END.replace("'label': 'v'", "'label': 'v', 'numbers': 'three'"));
    // A rule's value, and what an exit gives.
    cells(1 + 2, "{'op': 'exit', 'name': 'e', " + atLeast("0") + ", 'gives': {'label': 'v'}}");
    cells(1, leave("0"));
    cells(1, "{'op': 'branch', " + atLeast("0") + ", 'then': []}");
    cells(2, "{'op': 'select', 'value': 'v', 'cases': [[], []]}");
    // Both ways of a branch count, and so do all cases.
    cells(1 + 3 + 4, "{'op': 'branch', " + atLeast("0") + ", 'then': [" + fill("three", "[3]", "0")
        + "], 'otherwise': [" + fill("at", "[4]", "0") + "]}");
    cells(2 + 1 + 2, "{'op': 'select', 'value': 'v', 'cases': [[" + ZERO + "], [" + fill("w", "[1, 2]", "0") + "]]}");
    cells(5 * 3, repeat(5, fill("three", "[3]", "0")));
    cells(2 * (1 + 5 * 3), repeat(2, ZERO + ", " + repeat(5, fill("three", "[3]", "0"))));
    // What is done otherwise counts, the remote part itself does not.
    cells(4, run("real", "v", "v", fill("at", "[4]", "0")));
  }

  @Test
  void aCropReadsItsImageItsPlaceAndItsWindows() {
    // Two pixels, four numbers of a place, and two pixels cut.
    cells(2 + 4 + 2, "{'op': 'crop', 'value': 'image', 'at': 'at', 'output': 'piece', 'size': [1, 2], 'mode': 'box'}");
    // Two pixels, two numbers, and windows of 1, 4, 16 and 64 times 3 x 1 pixels.
    cells(2 + 2 + 3 * 85, "{'op': 'crop', 'value': 'image', 'at': 'spot', 'output': 'piece', 'size': [3, 1], "
        + "'mode': 'glimpse', 'scales': 4}");
  }

  @Test
  void stepsThatReadNoNumbersCountNothing() {
    assertDoesNotThrow(() -> ProgramSize.checkCells(
        MANIFEST, List.of(new Step.Repeat(Integer.MAX_VALUE, program(run("real", "v", "v"),
            "{'op': 'select', 'parameter': 'k', 'cases': [[]]}"))), "programs.main"));
  }

  @ParameterizedTest
  @CsvSource({"1,1", "2,5", "3,21", "4,85", "8,21845"})
  void theWindowsOfAGlimpseGrowFourfold(int scales, int windows) {
    Step.Crop crop = new Step.Crop("v", "at", "p", 3, 5, Step.CropMode.GLIMPSE, scales, 0, Map.of());
    assertEquals(BigInteger.valueOf(3L * 5 * 2 * windows), ProgramSize.windowPixels(crop, List.of(1, 9, 9, 2)));
  }

  /** The longest way and all steps, against walking them. */
  @Test
  void stepsAreCountedAsOftenAsTheyAreRepeated() {
    Random random = new Random(14);
    int refused = 0;
    for (int round = 0; round < 400; round++) {
      List<Step> program = steps(random, 4);
      long longest = longest(program);
      long repeated = repeated(program);
      String expected = longest > 10_000 ? "expected at most 10000 steps a run, received " + longest
          : repeated > 100_000 ? "expected at most 100000 steps, each as often as it is repeated, received " + repeated
          : "";
      String said = "";
      try {
        check(program);
      } catch (BundleException error) {
        said = error.problem();
        refused++;
      }
      assertEquals(expected, said);
    }
    assertTrue(refused > 20 && refused < 380, refused + " refused");
  }

  private static List<Step> steps(Random random, int depth) {
    Step fill = new Step.Fill("score", List.of(1), new Setting.Constant(Numbers.of(0)));
    List<Step> steps = new ArrayList<>(Collections.nCopies(random.nextInt(4), fill));
    for (int i = random.nextInt(3); i > 0 && depth > 0; i--) {
      List<Step> one = steps(random, depth - 1);
      steps.add(random.nextBoolean() ? new Step.Repeat(random.nextInt(60) + 1, one)
          : new Step.Select("v", null, List.of(one, steps(random, depth - 1), List.of(fill))));
    }
    return steps;
  }

  private static long longest(List<Step> steps) {
    long count = 0;
    for (Step step : steps) {
      long inside = 0;
      for (Step.Inner inner : step.inner()) {
        inside = Math.max(inside, longest(inner.steps()));
      }
      count += 1 + inside * (step instanceof Step.Repeat repeat ? repeat.times() : 1);
    }
    return count;
  }

  private static long repeated(List<Step> steps) {
    long count = 0;
    for (Step step : steps) {
      for (int i = step instanceof Step.Repeat repeat ? repeat.times() : 1; i > 0; i--) {
        for (Step.Inner inner : step.inner()) {
          count += repeated(inner.steps());
        }
      }
      count++;
    }
    return count;
  }

  @Test
  void programsAreNestedSixteenDeepAndNoMore() {
    List<Step> inner = program(ZERO);
    for (int i = 0; i < 16; i++) {
      inner = List.of(new Step.Repeat(1, inner));
    }
    List<Step> sixteen = inner;
    assertDoesNotThrow(() -> check(sixteen));
    BundleException error = assertThrows(BundleException.class,
        () -> check(List.of(new Step.Branch(null, List.of(), sixteen))));
    assertEquals("expected at most 16 steps inside each other, received more", error.problem());
  }

  @Test
  void eachesOfOneRowCountAsTwoAtAnyDepth() {
    List<Step> inner = Collections.nCopies(40, program(ZERO).get(0));
    for (int i = 0; i < 8; i++) {
      inner = List.of(new Step.Each(Map.of("row", "nobody"), null, inner, Map.of("stack", "row"), null));
    }
    List<Step> eight = inner;
    // 1 + 2 * (1 + 2 * ... (1 + 2 * 40)): 40 * 2^8 + 2^8 - 1.
    BundleException error = assertThrows(BundleException.class, () -> check(eight));
    assertEquals("expected at most 10000 steps a run, received 10495", error.problem());
    assertDoesNotThrow(() -> check(eight.get(0).inner().get(0).steps()));
  }

  @Test
  void numbersThatNoMachineHoldsAreCountedAllTheSame() {
    List<Step> inner = program(ZERO);
    for (int i = 0; i < 10; i++) {
      inner = List.of(new Step.Repeat(1000, inner));
    }
    List<Step> deep = inner;
    BundleException error = assertThrows(BundleException.class, () -> check(deep));
    // 1 + 1000 * (1 + 1000 * ... (1 + 1000)): ten digits of 1 in distances of three, and those of the fill.
    assertEquals("expected at most 10000 steps a run, received 1001001001001001001001001001001", error.problem());
    error = assertThrows(BundleException.class,
        () -> ProgramSize.elements(Collections.nCopies(8, 1000), 1 << 26, "values.v.shape"));
    assertEquals("manifest.json: values.v.shape: expected at most 67108864 elements, received 1"
        + "000".repeat(8), error.getMessage());
    assertEquals(BigInteger.valueOf(1_000_000), ProgramSize.elements(List.of(1000, 1000), 1_000_000, "f"));
  }
}
