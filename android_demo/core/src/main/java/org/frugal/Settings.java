package org.frugal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.OperatingPoint;
import org.frugal.bundle.Manifest.Parameter;
import org.frugal.bundle.ManifestCheck;
import org.frugal.bundle.Numbers;

/** Which operating point and parameters are in use: looked up when they change, not at every run. */
final class Settings {
  private final Manifest manifest;
  private final Map<String, OperatingPoint> points = new LinkedHashMap<>();
  private Map<String, Numbers> overrides = Map.of();
  private String point;
  private Map<String, Numbers> values;

  Settings(Manifest manifest) {
    this.manifest = manifest;
    manifest.operatingPoints().forEach(each -> points.put(each.name(), each));
    point = manifest.defaultOperatingPoint();
    values = evaluate(point, overrides);
  }

  /** The name of the operating point in use. */
  String point() {
    return point;
  }

  /** Parameter name to its present value. */
  Map<String, Numbers> values() {
    return values;
  }

  /**
   * Selects an operating point (null is the default) and settings on top of it (null is none).
   *
   * @return whether anything changed
   * @throws ChainException an unknown point or parameter, or a value out of bounds; what was in use stays
   */
  boolean select(String newPoint, Map<String, Numbers> newOverrides) {
    String chosen = newPoint == null ? manifest.defaultOperatingPoint() : newPoint;
    Map<String, Numbers> on = newOverrides == null ? Map.of() : newOverrides;
    if (chosen.equals(point) && on.equals(overrides)) {
      return false;
    }
    on.forEach(Settings::checkFinite);
    values = evaluate(chosen, on);
    point = chosen;
    overrides = new HashMap<>(on);
    return true;
  }

  private Map<String, Numbers> evaluate(String name, Map<String, Numbers> on) {
    OperatingPoint chosen = points.get(name);
    if (chosen == null) {
      List<String> names = new ArrayList<>(points.keySet());
      throw new ChainException(
          "operating point: expected one of " + Words.list(names) + ", received "
              + Words.shown(Words.quote(name)));
    }
    Map<String, Numbers> evaluated = new HashMap<>();
    manifest.parameters().forEach((key, parameter) -> evaluated.put(key, parameter.defaults()));
    evaluated.putAll(chosen.parameters());
    on.forEach((key, value) -> evaluated.put(key, checked(key, value)));
    return evaluated;
  }

  private static void checkFinite(String name, Numbers value) {
    if (value == null || value.values() == null) {
      throw notFinite(name, "null");
    }
    for (Double number : value.values()) {
      if (number == null || !Double.isFinite(number)) {
        throw notFinite(name, number == null ? "null" : Words.real(number));
      }
    }
  }

  private static ChainException notFinite(String name, String received) {
    return new ChainException(
        "parameter " + name + ": expected a finite number or a list of them, received " + received);
  }

  private Numbers checked(String name, Numbers value) {
    Parameter parameter = name == null ? null : manifest.parameters().get(name);
    if (parameter == null) {
      throw new ChainException(
          "parameters: expected some of " + Words.list(manifest.parameters().keySet())
              + ", received " + (name == null ? "null" : Words.shown(Words.quote(name))));
    }
    String problem = ManifestCheck.settingProblem(parameter, value);
    if (problem != null) {
      throw new ChainException("parameter " + name + ": " + problem);
    }
    return value;
  }
}
