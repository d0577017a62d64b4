package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.frugal.BundleException;
import org.frugal.Chain;
import org.frugal.ChainOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated bundles (tests/goldens/mutations.py) are refused here if and only if Python refuses them, with the same
 * file and field named and, unless the text is no JSON at all, in the same words.
 */
class MutationsTest {
  private static final Path FILE = Path.of(System.getProperty("frugal.mutations", "missing"));
  /** Where TensorFlow Lite or a parser of JSON is cited, each runtime cites its own. */
  private static final String READING = "reading failed: ";

  @TempDir Path scratch;
  private int loaded;
  private int sameWords;
  private int refused;

  @Test
  void bothRuntimesRefuseTheSameOnes() throws IOException {
    assumeTrue(Files.exists(FILE), "no mutations: `make test-android` makes them");
    copyBundles();
    List<String> differences = new ArrayList<>();
    int count = 0;
    for (String line : lines()) {
      compare(Json.parse(line).asObject(), differences);
      count++;
    }
    assertEquals(List.of(), differences.subList(0, Math.min(20, differences.size())), differences.size() + " differ");
    assertTrue(loaded > count / 50 && refused > count / 2, loaded + " of " + count + " loaded");
    assertEquals(refused, sameWords);
  }

  private void compare(JsonObject line, List<String> differences) throws IOException {
    Path bundle = scratch.resolve(line.getString("bundle", ""));
    Files.write(bundle.resolve("manifest.json"), bytes(line.get("manifest")));
    BundleException error = line.get("damage") == null ? load(bundle) : load(bundle, line.get("damage").asObject());
    String expected = line.get("file") + " " + line.get("field");
    String received = error == null ? "null null" : Json.value(error.file()) + " " + Json.value(error.field());
    String python = line.get("problem").isNull() ? "" : line.getString("problem", "");
    String java = error == null ? "" : error.problem();
    boolean words = python.equals(java) || python.contains(READING) && java.contains(READING);
    if (!expected.equals(received) || !words) {
      differences.add("\n" + expected + ": " + python + "\n" + received + ": " + java);
    }
    loaded += error == null ? 1 : 0;
    refused += error == null ? 0 : 1;
    sameWords += error != null && words ? 1 : 0;
  }

  private static byte[] bytes(JsonValue text) {
    return text.asString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** With a file changed or taken away. */
  private static BundleException load(Path bundle, JsonObject damage) throws IOException {
    Path file = bundle.resolve(damage.getString("file", ""));
    byte[] original = Files.readAllBytes(file);
    Files.delete(file);
    if (!damage.get("content").isNull()) {
      Files.write(file, bytes(damage.get("content")));
    }
    BundleException error = load(bundle);
    // Deleted before it is written: what is mapped of the old file must not change.
    Files.deleteIfExists(file);
    Files.write(file, original);
    return error;
  }

  private static BundleException load(Path bundle) {
    ChainOptions options = ChainOptions.DEFAULT.withWarmUp(false).withRemote((part, inputs) -> inputs);
    try {
      Chain.load(bundle, options).close();
      return null;
    } catch (BundleException error) {
      return error;
    }
  }

  private static List<String> lines() throws IOException {
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(
        new GZIPInputStream(Files.newInputStream(FILE)), StandardCharsets.UTF_8))) {
      List<String> lines = new ArrayList<>();
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
      return lines;
    }
  }

  private void copyBundles() throws IOException {
    Path from = Path.of(System.getProperty("frugal.repository"), "tests", "goldens", "bundles");
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path to = scratch.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(to);
        } else {
          Files.copy(file, to);
        }
      }
    }
  }
}
