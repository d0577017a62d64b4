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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.frugal.BundleException;
import org.frugal.Chain;
import org.frugal.ChainOptions;
import org.frugal.RemoteParts;
import org.frugal.tensor.Buffers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated bundles and archives (tests/goldens/mutations.py) are refused here if and only if Python refuses them, with
 * the same file and field named and, unless the text is no JSON at all, in the same words; nothing else is thrown.
 */
class MutationsTest {
  private static final Path FILE = Path.of(System.getProperty("frugal.mutations", "missing"));
  private static final Path GOLDENS = Path.of(System.getProperty("frugal.repository"), "tests", "goldens");
  /** Where TensorFlow Lite or a parser of JSON is cited, each runtime cites its own. */
  private static final String READING = "reading failed: ";

  @TempDir Path scratch;
  private int loaded;
  private int sameWords;
  private int refused;

  @Test
  void bothRuntimesRefuseTheSameOnes() throws IOException {
    assumeTrue(Files.exists(FILE), "no mutations: `make test-android` makes them");
    int count = compareAll(FILE);
    assertTrue(loaded > count / 50 && refused > count / 2, loaded + " of " + count + " loaded");
  }

  /** A line for each sentence that refuses a bundle, and all that ever went wrong (tests/goldens/corpus.py). */
  @Test
  void whatTheFuzzerHasFoundIsRefusedAsInPython() throws IOException {
    assertTrue(compareAll(GOLDENS.resolve("corpus").resolve("bundles.jsonl.gz")) > 100);
  }

  /** Compares every line of a file; returns how many there are. */
  private int compareAll(Path file) throws IOException {
    copyBundles();
    List<String> differences = new ArrayList<>();
    int count = 0;
    try (BufferedReader lines = lines(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        compare(Json.parse(line).asObject(), differences);
        count++;
      }
    }
    assertEquals(List.of(), differences.subList(0, Math.min(20, differences.size())), differences.size() + " differ");
    assertEquals(refused, sameWords, "refusals in the same words");
    return count;
  }

  /** How a bundle ended: the mismatches of its goldens, or the error that refused it. */
  private record Verdict(int mismatches, BundleException error) {}

  private void compare(JsonObject line, List<String> differences) throws IOException {
    BundleException error = null;
    int mismatches = 0;
    try {
      Verdict verdict = verdict(line);
      error = verdict.error();
      mismatches = verdict.mismatches();
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError leaked) {
      differences.add("\n" + line.get("problem") + " leaked here: " + leaked);
    }
    String expected = line.get("file") + " " + line.get("field") + " " + line.get("mismatches");
    String received = error == null ? "null null" : Json.value(file(error)) + " " + Json.value(error.field());
    received += " " + mismatches;
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

  /** The file that an error names; an archive has none of its own. */
  private String file(BundleException error) {
    return error.file().equals(scratch.resolve("bundle.zip").toString()) ? "" : error.file();
  }

  private Verdict verdict(JsonObject line) throws IOException {
    if (line.get("zip") != null) {
      Path zip = scratch.resolve("bundle.zip");
      Files.write(zip, bytes(line.get("zip")));
      return load(zip, false);
    }
    Path bundle = scratch.resolve(line.getString("bundle", ""));
    Files.write(bundle.resolve("manifest.json"), bytes(line.get("manifest")));
    boolean goldens = line.get("goldens") != null;
    return line.get("damage") == null ? load(bundle, goldens) : load(bundle, goldens, line.get("damage").asObject());
  }

  private static byte[] bytes(JsonValue text) {
    return text.asString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** With a file changed or taken away. */
  private static Verdict load(Path bundle, boolean goldens, JsonObject damage) throws IOException {
    Path file = bundle.resolve(damage.getString("file", ""));
    byte[] original = Files.readAllBytes(file);
    Files.delete(file);
    if (!damage.get("content").isNull()) {
      Files.write(file, bytes(damage.get("content")));
    }
    Verdict verdict = load(bundle, goldens);
    // Deleted before it is written: what is mapped of the old file must not change.
    Files.deleteIfExists(file);
    Files.write(file, original);
    return verdict;
  }

  private static Verdict load(Path bundle, boolean goldens) {
    ChainOptions options = ChainOptions.DEFAULT.withWarmUp(false).withRemote(MutationsTest::twice);
    try (Chain chain = Chain.load(bundle, options)) {
      return new Verdict(goldens ? chain.selfTest().size() : 0, null);
    } catch (BundleException error) {
      return new Verdict(0, error);
    }
  }

  /** The remote parts of the golden bundles: doubles its input. */
  private static Map<String, RemoteParts.Value> twice(String part, Map<String, RemoteParts.Value> inputs) {
    RemoteParts.Value value = inputs.get("x");
    ByteBuffer doubled = Buffers.allocate(value.data().capacity());
    for (int i = 0; i < doubled.capacity(); i += 4) {
      doubled.putFloat(i, 2 * value.data().getFloat(i));
    }
    return Map.of("doubled", new RemoteParts.Value(value.tensor(), doubled));
  }

  /** One after the other: all together they are more than this process may hold. */
  private static BufferedReader lines(Path file) throws IOException {
    return new BufferedReader(new InputStreamReader(
        new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8));
  }

  private void copyBundles() throws IOException {
    Path from = GOLDENS.resolve("bundles");
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
