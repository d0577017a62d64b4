package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.lite.Interpreter;

/**
 * Damaged parts (tests/goldens/damaged_parts.py) are refused here if and only if Python refuses them, in the same
 * words; and TensorFlow Lite survives those that are accepted.
 */
class PartCheckTest {
  private static final Path FILE = Path.of(System.getProperty("frugal.damaged-parts", "missing"));

  @TempDir Path scratch;

  @Test
  void bothRuntimesRefuseTheSameOnes() throws IOException {
    List<JsonObject> lines = lines();
    int accepted = compare(lines);
    int count = lines.size();
    assertTrue(accepted > count / 10 && accepted < count / 2, accepted + " of " + count + " accepted");
  }

  /** A line for each sentence that refuses a part, and all that ever went wrong (tests/goldens/corpus.py). */
  @Test
  void whatTheFuzzerHasFoundIsRefusedAsInPython() throws IOException {
    List<JsonObject> lines = lines(goldens().resolve("corpus").resolve("parts.jsonl.gz"));
    assertTrue(lines.size() > 50, lines.size() + " lines");
    compare(lines);
  }

  /** Compares what is said of parts here and in Python; returns how many are accepted. */
  private static int compare(List<JsonObject> lines) {
    List<String> differences = new ArrayList<>();
    int accepted = 0;
    for (JsonObject line : lines) {
      String problem = problem(content(line));
      accepted += problem == null ? 1 : 0;
      String python = line.get("problem").isNull() ? null : line.getString("problem", "");
      if (!String.valueOf(python).equals(String.valueOf(problem))) {
        differences.add("\n" + python + "\n" + problem);
      }
    }
    assertEquals(List.of(), differences.subList(0, Math.min(10, differences.size())), differences.size() + " differ");
    return accepted;
  }

  /** In a process of its own: a crash there is one failed test here. */
  @Test
  void tensorFlowLiteSurvivesWhatIsAccepted() throws Exception {
    assumeTrue(Files.exists(FILE), "no damaged parts: `make test-android` makes them");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>(List.of(java, "-cp", System.getProperty("java.class.path")));
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith("frugal.") || name.equals("java.library.path"))
        .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
    command.addAll(List.of("-Xmx512m", PartCheckTest.class.getName()));
    Path output = scratch.resolve("output");
    Process process = new ProcessBuilder(command).directory(scratch.toFile())
        .redirectErrorStream(true).redirectOutput(output.toFile()).start();
    int status = process.waitFor();
    List<String> said = Files.readAllLines(output);
    assertEquals(0, status, "after " + String.join("\n", said.subList(Math.max(0, said.size() - 30), said.size())));
    assertTrue(said.contains("all survived"), String.join("\n", said));
  }

  /** Runs every accepted part on zeros. */
  public static void main(String[] arguments) throws IOException {
    int opened = 0;
    for (JsonObject line : lines()) {
      if (line.get("problem").isNull()) {
        byte[] content = content(line);
        System.out.println(line.getString("content", ""));
        run(ByteBuffer.allocateDirect(content.length).order(ByteOrder.nativeOrder()).put(content));
        opened++;
      }
    }
    System.out.println(opened > 0 ? "all survived" : "nothing was opened");
  }

  private static void run(ByteBuffer model) {
    try (Interpreter interpreter = new Interpreter(model)) {
      interpreter.allocateTensors();
      Object[] inputs = new Object[interpreter.getInputTensorCount()];
      for (int i = 0; i < inputs.length; i++) {
        int bytes = interpreter.getInputTensor(i).numBytes();
        inputs[i] = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
      }
      interpreter.runForMultipleInputsOutputs(inputs, Map.of());
    } catch (IllegalArgumentException | IllegalStateException error) {
      System.out.println(error.getMessage());
    }
  }

  @Test
  void everyGoldenPartIsAccepted() throws IOException {
    for (Path file : parts()) {
      assertEquals(null, problem(Files.readAllBytes(file)), file.toString());
    }
  }

  @Test
  void aPartIsCheckedInLessThanAMillisecond() throws IOException {
    Path file = goldens().resolve("families/skipnet/parts/stage_3.tflite");
    byte[] content = Files.readAllBytes(file);
    long fastest = Long.MAX_VALUE;
    for (int i = 0; i < 2000; i++) {
      long begin = System.nanoTime();
      problem(content);
      fastest = Math.min(fastest, System.nanoTime() - begin);
    }
    System.out.printf("a part of %d bytes is checked in %d us%n", content.length, fastest / 1000);
    assertTrue(fastest < 1_000_000, fastest + " ns");
  }

  private static String problem(byte[] content) {
    try {
      PartCheck.signatures(ByteBuffer.wrap(content));
      return null;
    } catch (DamagedPart error) {
      return error.getMessage();
    }
  }

  private static byte[] content(JsonObject line) {
    return Base64.getDecoder().decode(line.getString("content", ""));
  }

  private static List<JsonObject> lines() throws IOException {
    assumeTrue(Files.exists(FILE), "no damaged parts: `make test-android` makes them");
    return lines(FILE);
  }

  private static List<JsonObject> lines(Path file) throws IOException {
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(
        new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      return reader.lines().map(line -> Json.parse(line).asObject()).collect(Collectors.toList());
    }
  }

  private static Path goldens() {
    return Path.of(System.getProperty("frugal.repository"), "tests", "goldens");
  }

  private static List<Path> parts() throws IOException {
    try (Stream<Path> files = Files.walk(goldens())) {
      return files.filter(file -> file.toString().endsWith(".tflite")).sorted().collect(Collectors.toList());
    }
  }
}
