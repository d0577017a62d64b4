package org.frugal.bundle;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * The text of a manifest with nothing in it that may be missing: grey images of 1 x 2 pixels, two classes, and the
 * remote parts {@code real} (float32 x [1, 2] to y [1, 2]), {@code codes} (int8) and {@code image} ([1, 1, 2, 1] to
 * [1, 2]).
 */
final class SmallManifest {
  private static final String FLOAT = "{'shape': [1, 2], 'type': 'float32'}";
  private static final String INT8 = "{'shape': [1, 2], 'type': 'int8', 'scale': 0.5, 'zero_point': -3}";
  private static final String IMAGE = "{'shape': [1, 1, 2, 1], 'type': 'uint8', 'scale': 1, 'zero_point': 0}";

  private SmallManifest() {}

  private static String part(String input, String output) {
    return "{'file': null, 'inputs': {'x': " + input + "}, 'outputs': {'y': " + output + "}, 'costs': {'macs': 1}}";
  }

  /** The manifest of a program; quotation marks may be single ones. */
  static JsonObject of(String program) {
    return Json.parse(("{'format': 'frugal', 'version': 1, 'name': 'small', 'task': {'labels': ['a', 'b']},"
        + " 'input': {'shape': [1, 2, 1], 'scale': [1], 'offset': [0]},"
        + " 'parts': {'real': " + part(FLOAT, FLOAT) + ", 'codes': " + part(INT8, INT8) + ", 'image': "
        + part(IMAGE, FLOAT) + "}, 'program': " + program + ","
        + " 'operating_points': [{'name': 'only', 'parameters': {}, 'accuracy': 0.5, 'costs': {}, 'samples': 2}],"
        + " 'default_operating_point': 'only'}").replace('\'', '"')).asObject();
  }

  static Manifest read(JsonObject manifest) {
    return ManifestReader.read(manifest.toString().getBytes(StandardCharsets.UTF_8));
  }

  static Manifest read(String program) {
    return read(of(program));
  }

  static Manifest read(String program, Consumer<JsonObject> change) {
    JsonObject manifest = of(program);
    change.accept(manifest);
    return read(manifest);
  }
}
