package org.frugal.bundle;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * The text of a manifest with nothing in it that may be missing: grey images of 1 x 2 pixels, the outputs {@code label}
 * (of two) and {@code numbers}, a value or two of every shape, and the remote parts {@code real} (float32 x [1, 2] to y
 * [1, 2]), {@code codes} (int8), {@code image} ([1, 1, 2, 1] to [1, 2]) and {@code count} ([1] to [1]).
 */
public final class SmallManifest {
  private static final String FLOAT = "{'shape': [1, 2], 'type': 'float32'}";
  private static final String INT8 = "{'shape': [1, 2], 'type': 'int8', 'scale': 0.5, 'zero_point': -3}";
  private static final String IMAGE = "{'shape': [1, 1, 2, 1], 'type': 'uint8', 'scale': 1, 'zero_point': 0}";
  private static final String SCORE = "{'shape': [1], 'type': 'float32'}";
  private static final String VALUES = "{'image': {'shape': [1, 1, 2, 1], 'type': 'float32'}, 'v': " + FLOAT
      + ", 'w': " + FLOAT + ", 'c': " + INT8 + ", 'photo': " + IMAGE + ", 'score': " + SCORE + ","
      + " 'three': {'shape': [3], 'type': 'float32'}, 'at': {'shape': [4], 'type': 'float32'},"
      + " 'spot': {'shape': [2], 'type': 'float32'}, 'piece': {'shape': [1, 1, 2, 1], 'type': 'float32'}}";

  /** Answers with {@code v}. */
  public static final String END = "{'op': 'answer', 'name': 'end', 'gives': {'label': 'v'}}";

  private SmallManifest() {}

  private static String part(String input, String output) {
    return "{'file': null, 'inputs': {'x': " + input + "}, 'outputs': {'y': " + output
        + "}, 'costs': {'macs': 1, 'latency_us': 0}}";
  }

  /** JSON with single quotation marks. */
  public static JsonValue json(String text) {
    return Json.parse(text.replace('\'', '"'));
  }

  /** The manifest of a main program, which is a list of steps. */
  public static JsonObject of(String program) {
    return json("{'format': 'frugal', 'version': 2, 'name': 'small',"
        + " 'inputs': {'image': {'kind': 'image', 'scale': [1], 'offset': [0]}}, 'values': " + VALUES + ","
        + " 'outputs': {'label': {'kind': 'labels', 'labels': ['a', 'b']}, 'numbers': {'kind': 'vector'}},"
        + " 'parts': {'real': " + part(FLOAT, FLOAT) + ", 'codes': " + part(INT8, INT8) + ", 'image': "
        + part(IMAGE, FLOAT) + ", 'count': " + part(SCORE, SCORE) + "}, 'programs': {'main': " + program + "},"
        + " 'operating_points': [{'name': 'only', 'parameters': {}, 'accuracy': 0.5, 'costs': {'macs': 1}, 'samples': 2}],"
        + " 'default_operating_point': 'only'}").asObject();
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

  /** A step that runs a part remotely. */
  public static String run(String part, String input, String output) {
    return "{'op': 'run', 'part': '" + part + "', 'inputs': {'x': '" + input + "'}, 'outputs': {'y': '" + output
        + "'}, 'on': 'remote'}";
  }

  /** The same with something to do otherwise. */
  public static String run(String part, String input, String output, String otherwise) {
    String step = run(part, input, output);
    return step.substring(0, step.length() - 1) + ", 'otherwise': [" + otherwise + "]}";
  }

  /** A step that fills a value. */
  public static String fill(String output, String shape, String content) {
    return "{'op': 'fill', 'output': '" + output + "', 'shape': " + shape + ", 'content': " + content + "}";
  }

  /** A rule on the value {@code score}. */
  public static String atLeast(String threshold) {
    return "'rule': {'rule': 'at_least', 'value': 'score', 'threshold': " + threshold + "}";
  }

  /** A step that repeats others. */
  public static String repeat(int times, String steps) {
    return "{'op': 'repeat', 'times': " + times + ", 'steps': [" + steps + "]}";
  }

  /** A step that leaves a repeat where {@code score} is at least a threshold. */
  public static String leave(String threshold) {
    return "{'op': 'leave', " + atLeast(threshold) + "}";
  }
}
