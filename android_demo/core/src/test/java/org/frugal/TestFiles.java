package org.frugal;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;

/** Where the files lie that both runtimes are tested with (tests/goldens, made by its make.py). */
public final class TestFiles {
  /** Remote parts double what they are given, in Python's tests too. */
  static final ChainOptions OPTIONS = ChainOptions.DEFAULT.withRemote(TestFiles::twice).withWarmUp(false);

  private TestFiles() {}

  public static Path goldens() {
    return Path.of(System.getProperty("frugal.repository"), "tests", "goldens");
  }

  static List<Path> goldenBundles() throws IOException {
    return folders("bundles");
  }

  /** A converted network of every family: small, int8, and its images go every way. */
  static List<Path> familyBundles() throws IOException {
    return folders("families");
  }

  /** What lies in the APK, a .zip each. */
  static List<Path> appBundles() throws IOException {
    Path folder = Path.of(System.getProperty("frugal.repository"), "android_demo/app/src/main/assets/bundles");
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().collect(Collectors.toList());
    }
  }

  /** What tests/tools/test_pictures_to_phone.py has packed, a .zip each; none where it has not run. */
  static List<Path> ownBundles() throws IOException {
    Path folder = Path.of(System.getProperty("frugal.own"));
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".zip")).sorted().collect(Collectors.toList());
    }
  }

  private static List<Path> folders(String name) throws IOException {
    try (Stream<Path> folders = Files.list(goldens().resolve(name))) {
      return folders.sorted().collect(Collectors.toList());
    }
  }

  public static Path bundle(String name) {
    return goldens().resolve("bundles").resolve(name);
  }

  public static String read(String name) {
    try {
      return new String(Files.readAllBytes(goldens().resolve(name)), StandardCharsets.UTF_8);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** The cases of a table that Python's tests read too (tests/goldens/tables.py). */
  public static JsonValue table(String name) {
    return Json.parse(read("tables/" + name + ".json"));
  }

  /** The objects of a table. */
  public static List<JsonObject> cases(String name) {
    return table(name).asArray().values().stream().map(JsonValue::asObject).collect(Collectors.toList());
  }

  /** A number of a table: those that are not finite are texts. */
  public static double number(JsonValue value) {
    if (value.isNumber()) {
      return value.asDouble();
    }
    return Map.of("nan", Double.NaN, "inf", Double.POSITIVE_INFINITY, "-inf", Double.NEGATIVE_INFINITY)
        .get(value.asString());
  }

  public static double[] numbers(JsonValue list) {
    return list.asArray().values().stream().mapToDouble(TestFiles::number).toArray();
  }

  public static int[] wholes(JsonValue list) {
    return list.asArray().values().stream().mapToInt(JsonValue::asInt).toArray();
  }

  /** Bytes of whole numbers from 0 to 255. */
  public static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  static Map<String, RemoteParts.Value> twice(String part, Map<String, RemoteParts.Value> inputs) {
    RemoteParts.Value only = inputs.values().iterator().next();
    Tensor tensor = only.tensor();
    ByteBuffer doubled = Buffers.allocate(tensor.bytes());
    for (int i = 0; i < tensor.elements(); i++) {
      doubled.putFloat(4 * i, 2 * only.data().getFloat(4 * i));
    }
    Map<String, RemoteParts.Value> outputs = new HashMap<>();
    outputs.put("doubled", new RemoteParts.Value(tensor, doubled));
    return outputs;
  }
}
