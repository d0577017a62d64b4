package org.frugal;

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
final class TestFiles {
  /** Remote parts double what they are given, in Python's tests too. */
  static final ChainOptions OPTIONS = ChainOptions.DEFAULT.withRemote(TestFiles::twice).withWarmUp(false);

  private TestFiles() {}

  static Path goldens() {
    return Path.of(System.getProperty("frugal.repository"), "tests", "goldens");
  }

  static List<Path> goldenBundles() throws IOException {
    return folders("bundles");
  }

  /** A converted network of every family: small, int8, and its images go every way. */
  static List<Path> familyBundles() throws IOException {
    return folders("families");
  }

  private static List<Path> folders(String name) throws IOException {
    try (Stream<Path> folders = Files.list(goldens().resolve(name))) {
      return folders.sorted().collect(Collectors.toList());
    }
  }

  static Path bundle(String name) {
    return goldens().resolve("bundles").resolve(name);
  }

  static String read(String name) {
    try {
      return new String(Files.readAllBytes(goldens().resolve(name)), StandardCharsets.UTF_8);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
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
