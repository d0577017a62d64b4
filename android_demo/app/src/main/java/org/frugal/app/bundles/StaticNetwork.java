package org.frugal.app.bundles;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import org.frugal.app.Plain;
import org.frugal.bundle.Manifest;

/**
 * A network without exits that was measured on the same images as a bundle's operating points: tools/furnish.py writes
 * them into the provenance.
 *
 * @param name what it is, in the bundle's words
 * @param accuracy 0..1
 * @param macs multiply-adds for every picture
 */
public record StaticNetwork(String name, double accuracy, double macs) {
  /**
   * The cheapest one that is at least as accurate as an operating point, both on the same images.
   *
   * @return null where the bundle knows of none: a provenance may hold anything
   */
  static StaticNetwork asAccurate(Manifest manifest, String point) {
    try {
      JsonObject compared = Json.parse(manifest.provenance()).asObject().get("static_networks").asObject();
      double wanted = compared.get("points").asObject().get(point).asDouble();
      StaticNetwork best = null;
      for (JsonValue each : compared.get("networks").asArray()) {
        StaticNetwork network = of(each.asObject());
        boolean better = best == null || network.macs < best.macs;
        if (network.accuracy >= wanted && network.macs > 0 && better) {
          best = network;
        }
      }
      return best;
    } catch (RuntimeException none) {
      return null;
    }
  }

  private static StaticNetwork of(JsonObject entry) {
    return new StaticNetwork(
        Plain.name(entry.get("name").asString()), entry.get("accuracy").asDouble(), entry.get("macs").asDouble());
  }
}
