package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.Part;
import org.frugal.bundle.Step;
import org.frugal.program.Meter;
import org.junit.jupiter.api.Test;

/** Paths are made once and told apart by what was run. */
class PathsTest {
  private static final Manifest MANIFEST = manifest(40);
  private final Paths paths = new Paths(MANIFEST, MANIFEST.main());

  private static Manifest manifest(int count) {
    Map<String, Part> parts = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      Map<String, Double> costs = Map.of("macs", (double) i, "energy_uj", 0.5);
      parts.put("part_" + i, new Part(null, "serving_default", Map.of(), Map.of(), List.of(), 0, costs));
    }
    Map<String, List<Step>> programs = Map.of("main", List.of(crop(Map.of("macs", 100.0)), crop(Map.of())));
    return new Manifest(
        "paths", null, null, Map.of(), Map.of(), Map.of(), parts, Map.of(), Map.of(), programs, List.of(), "macs",
        "only", null, null, "{}");
  }

  private static Step crop(Map<String, Double> costs) {
    return new Step.Crop("image", "at", "piece", 1, 1, Step.CropMode.BOX, 1, 0, costs);
  }

  private Paths.Path path(int... parts) {
    Meter meter = new Meter();
    meter.start(0, null);
    for (int part : parts) {
      meter.note(part);
    }
    return paths.of(meter);
  }

  @Test
  void namesAndCosts() {
    assertEquals(List.of("part_3", "part_1", "part_3"), path(3, 1, 3).names());
    assertEquals(Map.of("macs", 7.0, "energy_uj", 1.5), path(3, 1, 3).costs());
    assertEquals(Map.of("macs", 0.0, "energy_uj", 0.0), path().costs());
  }

  @Test
  void cropsThatCostAreNoPartsOfThePath() {
    assertEquals(List.of("part_3", "part_1"), path(3, 40, 1, 40).names());
    assertEquals(Map.of("macs", 204.0, "energy_uj", 1.0), path(3, 40, 1, 40).costs());
  }

  @Test
  void theSamePathIsTheSameObject() {
    Paths.Path first = path(1, 2);
    path(2, 1);
    assertSame(first, path(1, 2));
  }

  @Test
  void pathsOfOneHashAreToldApart() {
    // (31 + 0) * 31 + 31 = (31 + 1) * 31 + 0
    assertEquals(List.of("part_0", "part_31"), path(0, 31).names());
    assertEquals(List.of("part_1", "part_0"), path(1, 0).names());
  }

  @Test
  void aLongRunIsNotedWhole() {
    assertEquals(1000, path(new int[1000]).names().size());
  }

  @Test
  void aChainThatTakesManyPathsKeepsAFew() {
    Paths.Path first = path(0, 0);
    for (int i = 0; i < 40; i++) {
      for (int k = 0; k < 40; k++) {
        path(i, k, 1);
      }
    }
    assertEquals(first, path(0, 0));
  }
}
