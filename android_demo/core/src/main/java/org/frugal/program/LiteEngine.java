package org.frugal.program;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.frugal.BundleException;
import org.frugal.ChainOptions;
import org.frugal.PartEngine;
import org.frugal.PartRunner;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest.Part;
import org.frugal.program.FlatModel.Signature;
import org.tensorflow.lite.Interpreter;

/**
 * TensorFlow Lite for the parts of one chain: one interpreter a signature. In its Java API only the first subgraph of a
 * file can be run without leaving native handles behind in every call, so a signature of another subgraph gets a copy
 * of the file in which its own is the first.
 */
final class LiteEngine implements PartEngine {
  private final ChainOptions options;
  private final Map<List<Object>, Shared> interpreters = new HashMap<>();

  LiteEngine(ChainOptions options) {
    this.options = options;
  }

  /** What TensorFlow Lite is told of a chain's options. */
  static Interpreter.Options interpreterOptions(ChainOptions options) {
    Interpreter.Options told = new Interpreter.Options().setNumThreads(options.threads());
    if (options.xnnpack() != null) {
      told.setUseXNNPACK(options.xnnpack());
    }
    return told;
  }

  @Override
  public PartRunner runner(Bundle bundle, String name) {
    Part part = bundle.manifest().parts().get(name);
    String file = part.file().file();
    FlatModel model = new FlatModel(bundle.content(file));
    Signature signature = model.signatures().get(part.signature());
    int subgraph = signature.subgraph();
    Shared shared = interpreters.computeIfAbsent(List.of(file, subgraph), key -> new Shared(bundle, file, subgraph));
    return new OpenPart(name, part, shared, signature, model.hasStaticTensors(subgraph));
  }

  static String oneLine(Exception error) {
    String text = String.valueOf(error.getMessage()).trim().replaceAll("\\s+", " ");
    return text.substring(0, Math.min(300, text.length()));
  }

  /** An interpreter of all parts that name one signature of one file, while any of them is open. */
  final class Shared {
    private final Bundle bundle;
    private final String file;
    private final int subgraph;
    private Interpreter interpreter;

    Shared(Bundle bundle, String file, int subgraph) {
      this.bundle = bundle;
      this.file = file;
      this.subgraph = subgraph;
    }

    /** The interpreter, or null. */
    Interpreter get() {
      return interpreter;
    }

    /**
     * Makes the interpreter and allocates its tensors.
     *
     * @param part who asks
     * @throws BundleException TensorFlow Lite cannot read the file, or not allocate it
     */
    void open(String part) {
      try {
        interpreter = new Interpreter(content(), interpreterOptions(options));
      } catch (IllegalArgumentException | IllegalStateException error) {
        String problem = "expected a TFLite model, but TFLite says: " + oneLine(error);
        throw new BundleException(problem, file, "parts." + part + ".file", error);
      }
      try {
        interpreter.allocateTensors();
      } catch (IllegalArgumentException | IllegalStateException error) {
        close();
        String problem = "expected a model that TFLite can allocate, but it says: " + oneLine(error);
        throw new BundleException(problem, file, "parts." + part, error);
      }
    }

    private ByteBuffer content() {
      ByteBuffer content = bundle.content(file);
      if (subgraph != 0) {
        content = ByteBuffer.allocateDirect(content.capacity()).order(ByteOrder.nativeOrder()).put(content);
        new FlatModel(content).putFirst(subgraph);
      }
      return content;
    }

    void close() {
      if (interpreter != null) {
        interpreter.close();
        interpreter = null;
      }
    }
  }
}
