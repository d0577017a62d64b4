package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.SamplePictures;
import org.junit.Test;

/** The static networks that a bundle knows of, and what the app's bundles bring; no Android. */
public class StaticNetworkTest {
  private static final Path ASSETS = Path.of(System.getProperty("frugal.repository"), "android_demo/app/src/main/assets");

  /** A manifest of this provenance; nothing else of it is looked at. */
  private static Manifest manifest(String provenance) {
    return new Manifest(
        "a", null, null, null, null, null, null, null, null, null, null, null, null, null, null, provenance);
  }

  private static StaticNetwork found(String point) {
    return StaticNetwork.asAccurate(manifest("{\"static_networks\": {\"images\": 10, "
        + "\"points\": {\"fast\": 0.8, \"usual\": 0.9, \"best\": 0.95}, \"networks\": ["
        + "{\"name\": \"whole\", \"accuracy\": 0.93, \"macs\": 30}, "
        + "{\"name\": \"short\", \"accuracy\": 0.8, \"macs\": 10}, "
        + "{\"name\": \"middle\", \"accuracy\": 0.9, \"macs\": 20}]}}"), point);
  }

  @Test
  public void theCheapestThatIsAsAccurate() {
    assertEquals(new StaticNetwork("short", 0.8, 10), found("fast"));
    assertEquals(new StaticNetwork("middle", 0.9, 20), found("usual"));
    assertNull("none is", found("best"));
    assertNull("a point that was not measured", found("other"));
  }

  @Test
  public void aProvenanceMayHoldAnything() {
    for (String other : List.of(
        "{}", "{\"static_networks\": 3}", "{\"static_networks\": {\"points\": {\"a\": 1}, \"networks\": [1]}}",
        "{\"static_networks\": {\"points\": {\"a\": 0}, \"networks\": "
            + "[{\"name\": \"n\", \"accuracy\": 1, \"macs\": 0}]}}")) {
      assertNull(other, StaticNetwork.asAccurate(manifest(other), "a"));
    }
  }

  @Test
  public void theAppsBundlesHaveSamplesAndKnowStaticNetworks() {
    for (String name : List.of("epnet_max_min_hidden", "epnet_multi_scale", "lite0_cifar10", "max_min_digits")) {
      Bundle bundle = Bundle.load(ASSETS.resolve("bundles/" + name + ".zip"));
      assertTrue(name, SamplePictures.of(bundle).size() >= 100);
      assertNotNull(name, CostPoint.of(bundle.manifest()).get(0).beside());
    }
  }

  @Test
  public void whichOfTheirPointsAnotherOneBeats() {
    Map<String, List<String>> beaten = new TreeMap<>();
    for (String name : List.of("epnet_max_min_hidden", "epnet_multi_scale", "lite0_cifar10", "max_min_digits")) {
      List<CostPoint> points = CostPoint.of(Bundle.load(ASSETS.resolve("bundles/" + name + ".zip")).manifest());
      beaten.put(name, points.stream().filter(CostPoint::dominated).map(CostPoint::name).toList());
    }
    List<String> full = List.of("full");
    assertEquals(
        Map.of("epnet_max_min_hidden", List.of(), "epnet_multi_scale", full, "lite0_cifar10", full,
            "max_min_digits", full),
        beaten);
  }
}
