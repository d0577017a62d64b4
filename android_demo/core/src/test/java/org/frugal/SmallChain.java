package org.frugal;

import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.frugal.bundle.SmallManifest;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;

/** A chain of a program that a test writes down; its parts are functions of numbers, which stand in for a server. */
final class SmallChain {
  /** {@code real} doubles, {@code codes} and {@code image} hand on, {@code count} adds one. */
  static final RemoteParts PARTS = SmallChain::run;

  private SmallChain() {}

  static Chain of(Path scratch, String program) {
    return of(scratch, program, root -> { }, ChainOptions.DEFAULT.withRemote(PARTS));
  }

  static Chain of(Path scratch, String program, Consumer<JsonObject> change) {
    return of(scratch, program, change, ChainOptions.DEFAULT.withRemote(PARTS));
  }

  static Chain of(Path scratch, String program, Consumer<JsonObject> change, ChainOptions options) {
    JsonObject manifest = SmallManifest.of("[" + program + "]");
    change.accept(manifest);
    try {
      Path folder = Files.createTempDirectory(scratch, "bundle");
      Files.write(folder.resolve("manifest.json"), manifest.toString().getBytes(StandardCharsets.UTF_8));
      return Chain.load(folder, options);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static Map<String, RemoteParts.Value> run(String part, Map<String, RemoteParts.Value> inputs) {
    RemoteParts.Value x = inputs.get("x");
    if (part.equals("codes")) {
      return Map.of("y", x);
    }
    Tensor made = Tensor.float32(part.equals("image") ? List.of(1, 2) : x.tensor().shape());
    ByteBuffer y = Buffers.allocate(made.bytes());
    for (int i = 0; i < made.elements(); i++) {
      boolean pixels = x.tensor().type() == TensorType.UINT8;
      float number = pixels ? x.data().get(i) & 255 : x.data().getFloat(4 * i);
      y.putFloat(4 * i, part.equals("real") ? 2 * number : part.equals("count") ? number + 1 : number);
    }
    return Map.of("y", new RemoteParts.Value(made, y));
  }

  /** Events in words, without how long and how much. */
  static List<String> words(Result result) {
    List<String> words = new ArrayList<>();
    for (Event event : result.events()) {
      words.add(event.kind().label() + " " + event.name() + (event.why() == null ? "" : " " + event.why())
          + (event.way() < 0 ? "" : " " + event.way()) + (event.row() < 0 ? "" : " " + event.row()));
    }
    return words;
  }
}
