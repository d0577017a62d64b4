package org.frugal.bundle;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.Consumer;

/**
 * A bundle folder of a {@link SmallManifest} with the further local part {@code relu} (float32 x [1, 2] to y [1, 2]),
 * whose file {@code parts/relu.tflite} is a {@link SmallPart}.
 */
public final class SmallBundle {
  static final String FILE = "parts/relu.tflite";
  private static final String FLOAT = "{'shape': [1, 2], 'type': 'float32'}";

  private SmallBundle() {}

  /** The program's step that runs it. */
  public static String run(String input, String output) {
    return SmallManifest.run("relu", input, output).replace("remote", "local");
  }

  /** Writes a bundle of a program; its manifest may be changed. */
  public static Path of(Path scratch, String program, Consumer<JsonObject> change) {
    return of(scratch, program, change, SmallPart.relu().bytes());
  }

  /** The same with another file as the part. */
  static Path of(Path scratch, String program, Consumer<JsonObject> change, byte[] part) {
    JsonObject manifest = SmallManifest.of("[" + program + "]");
    manifest.get("parts").asObject().set("relu", SmallManifest.json("{'file': '" + FILE + "', 'inputs': {'x': " + FLOAT
        + "}, 'outputs': {'y': " + FLOAT + "}, 'costs': {'macs': 10, 'latency_us': 0}}"));
    sign(manifest.get("parts").asObject().get("relu").asObject(), part);
    change.accept(manifest);
    try {
      Path folder = Files.createTempDirectory(scratch, "bundle");
      Files.createDirectories(folder.resolve("parts"));
      Files.createDirectories(folder.resolve("golden"));
      Files.write(folder.resolve(FILE), part);
      Files.write(folder.resolve("manifest.json"), manifest.toString().getBytes(StandardCharsets.UTF_8));
      return folder;
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** Sets the digest and the size of an entry of the manifest. */
  public static JsonObject sign(JsonObject entry, byte[] content) {
    try {
      StringBuilder digest = new StringBuilder();
      for (byte b : MessageDigest.getInstance("SHA-256").digest(content)) {
        digest.append(String.format("%02x", b));
      }
      return entry.set("sha256", digest.toString()).set("bytes", content.length);
    } catch (NoSuchAlgorithmException error) {
      throw new AssertionError(error);
    }
  }

  /** Adds goldens to a bundle: pairs of pixels, and cases as JSON with single quotation marks. */
  public static void addGoldens(Path folder, byte[] pixels, String... cases) {
    JsonObject index = Json.object().set("arrays", Json.array()).set("cases", Json.array());
    for (int i = 0; i < pixels.length / 2; i++) {
      index.get("arrays").asArray().add(
          SmallManifest.json("{'shape': [1, 2], 'type': 'uint8', 'offset': " + 2 * i + "}"));
    }
    for (String each : cases) {
      index.get("cases").asArray().add(SmallManifest.json(each));
    }
    try {
      byte[] text = index.toString().getBytes(StandardCharsets.UTF_8);
      Files.write(folder.resolve("golden/index.json"), text);
      Files.write(folder.resolve("golden/arrays.bin"), pixels);
      JsonValue manifest = Json.parse(Files.readString(folder.resolve("manifest.json")));
      manifest.asObject().set("goldens", Json.object()
          .set("index", sign(Json.object().set("file", "golden/index.json"), text))
          .set("arrays", sign(Json.object().set("file", "golden/arrays.bin"), pixels)));
      Files.write(folder.resolve("manifest.json"), manifest.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
