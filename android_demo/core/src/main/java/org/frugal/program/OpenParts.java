package org.frugal.program;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.BundleException;
import org.frugal.ChainOptions;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest.Part;
import org.frugal.program.FlatModel.Signature;
import org.tensorflow.lite.Interpreter;

/**
 * Opens the parts of a bundle in TensorFlow Lite: one interpreter a signature. In its Java API only the first subgraph
 * of a file can be run without leaving native handles behind in every call, so a signature of another subgraph gets a
 * copy of the file in which its own is the first.
 */
public final class OpenParts implements AutoCloseable {
  private final Bundle bundle;
  private final ChainOptions options;
  private final Map<String, PartRunner> parts = new LinkedHashMap<>();
  private final Map<List<Object>, Interpreter> interpreters = new HashMap<>();

  private OpenParts(Bundle bundle, ChainOptions options) {
    this.bundle = bundle;
    this.options = options;
  }

  /**
   * Opens every part that has a file; nothing is run. The files were verified when the bundle was loaded.
   *
   * @throws BundleException a file that TFLite cannot read, or results of other shapes than those of the manifest
   */
  public static OpenParts open(Bundle bundle, ChainOptions options) {
    OpenParts opened = new OpenParts(bundle, options);
    try {
      bundle.manifest().parts().forEach((name, part) -> {
        if (part.file() != null) {
          opened.open(name, part);
        }
      });
    } catch (RuntimeException error) {
      opened.close();
      throw error;
    }
    return opened;
  }

  /** Part name to what runs it, of those that have a file. */
  public Map<String, PartRunner> byName() {
    return parts;
  }

  @Override
  public void close() {
    parts.values().forEach(PartRunner::close);
  }

  private void open(String name, Part part) {
    String file = part.file().file();
    FlatModel model = new FlatModel(bundle.content(file));
    Signature signature = model.signatures().get(part.signature());
    int subgraph = signature.subgraph();
    Interpreter interpreter =
        interpreters.computeIfAbsent(List.of(file, subgraph), key -> create(name, file, subgraph));
    OpenPart open = new OpenPart(name, part, interpreter, signature, model.hasStaticTensors(subgraph));
    parts.put(name, open);
    open.allocate();
  }

  private Interpreter create(String name, String file, int subgraph) {
    ByteBuffer content = bundle.content(file);
    if (subgraph != 0) {
      content = ByteBuffer.allocateDirect(content.capacity()).order(ByteOrder.nativeOrder()).put(content);
      new FlatModel(content).putFirst(subgraph);
    }
    try {
      return new Interpreter(content, options.interpreterOptions());
    } catch (IllegalArgumentException | IllegalStateException error) {
      String problem = "expected a TFLite model, but TFLite says: " + oneLine(error);
      throw new BundleException(problem, file, "parts." + name + ".file", error);
    }
  }

  static String oneLine(Exception error) {
    String text = String.valueOf(error.getMessage()).trim().replaceAll("\\s+", " ");
    return text.substring(0, Math.min(300, text.length()));
  }
}
