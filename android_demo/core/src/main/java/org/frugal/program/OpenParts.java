package org.frugal.program;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.frugal.BundleException;
import org.frugal.ChainOptions;
import org.frugal.Words;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest.Part;
import org.frugal.program.FlatModel.FileTensor;
import org.frugal.program.FlatModel.Signature;
import org.frugal.tensor.Tensor;
import org.tensorflow.lite.Interpreter;

/**
 * Opens the parts of a bundle in TensorFlow Lite: one interpreter a signature. In its Java API only the first subgraph
 * of a file can be run without leaving native handles behind in every call, so a signature of another subgraph gets a
 * copy of the file in which its own is the first.
 */
public final class OpenParts implements AutoCloseable {
  private final Bundle bundle;
  private final ChainOptions options;
  private final Map<String, OpenPart> parts = new LinkedHashMap<>();
  private final Map<List<Object>, Interpreter> interpreters = new HashMap<>();

  private OpenParts(Bundle bundle, ChainOptions options) {
    this.bundle = bundle;
    this.options = options;
  }

  /**
   * Opens and checks every part that has a file; nothing is run.
   *
   * @throws BundleException a file that TFLite cannot read, or tensors that are not those of the manifest
   */
  public static OpenParts open(Bundle bundle, ChainOptions options) {
    OpenParts opened = new OpenParts(bundle, options);
    try {
      bundle.manifest().parts().forEach((name, part) -> {
        if (part.file() != null) {
          opened.parts.put(name, opened.open(name, part));
        }
      });
    } catch (RuntimeException error) {
      opened.close();
      throw error;
    }
    return opened;
  }

  /** Part name to part, of those that have a file. */
  public Map<String, OpenPart> byName() {
    return parts;
  }

  @Override
  public void close() {
    interpreters.values().forEach(Interpreter::close);
    interpreters.clear();
  }

  private OpenPart open(String name, Part part) {
    String file = part.file().file();
    // The first subgraph's interpreter tells whether the file is a model at all.
    Interpreter first = interpreters.computeIfAbsent(List.of(file, 0), key -> create(name, file, 0));
    FlatModel model = new FlatModel(bundle.content(file));
    Map<String, Signature> signatures = model.signatures();
    Signature signature = signatures.get(part.signature());
    if (signature == null) {
      throw new BundleException(
          "expected the signature " + Words.quote(part.signature()) + ", received "
              + Words.list(new TreeSet<>(signatures.keySet())),
          file,
          "parts." + name + ".signature");
    }
    checkSide(part, "inputs", name, part.inputs(), signature.inputs());
    checkSide(part, "outputs", name, part.outputs(), signature.outputs());
    int subgraph = signature.subgraph();
    Interpreter interpreter = subgraph == 0
        ? first
        : interpreters.computeIfAbsent(List.of(file, subgraph), key -> create(name, file, subgraph));
    allocate(name, file, interpreter);
    return new OpenPart(name, part, interpreter, signature, model.hasStaticTensors(subgraph));
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

  private static void allocate(String name, String file, Interpreter interpreter) {
    try {
      interpreter.allocateTensors();
    } catch (IllegalArgumentException | IllegalStateException error) {
      String problem = "expected a model that TFLite can allocate, but it says: " + oneLine(error);
      throw new BundleException(problem, file, "parts." + name, error);
    }
  }

  private static void checkSide(
      Part part, String side, String name, Map<String, Tensor> expected, Map<String, FileTensor> received) {
    String file = part.file().file();
    String field = "parts." + name + "." + side;
    TreeSet<String> names = new TreeSet<>(expected.keySet());
    TreeSet<String> found = new TreeSet<>(received.keySet());
    if (!names.equals(found)) {
      throw new BundleException(
          "expected the " + side + " " + Words.list(names) + ", received " + Words.list(found) + " in the model",
          file,
          field);
    }
    expected.forEach((key, tensor) -> checkTensor(tensor, received.get(key), file, field + "." + key));
  }

  /** Compares shape, type, scale and zero point; scales as float32, which is how TFLite stores them. */
  private static void checkTensor(Tensor tensor, FileTensor received, String file, String field) {
    compare("shape", tensor.shape().toString(), Arrays.toString(received.shape()), file, field);
    compare("type", tensor.type().label(), received.type(), file, field);
    if (tensor.scale() != null) {
      String scale = shown(tensor.scale().floatValue());
      compare("scale", scale, shown(received.scales()), file, field);
      compare("zero point", "[" + tensor.zeroPoint() + "]", Arrays.toString(received.zeroPoints()), file, field);
    }
  }

  private static String shown(float... scales) {
    List<String> texts = new ArrayList<>();
    for (float scale : scales) {
      texts.add(Words.real(scale));
    }
    return "[" + String.join(", ", texts) + "]";
  }

  private static void compare(String what, String expected, String received, String file, String field) {
    if (!expected.equals(received)) {
      String problem = "expected the " + what + " " + expected + " of the manifest, received " + received
          + " in the model";
      throw new BundleException(problem, file, field);
    }
  }

  static String oneLine(Exception error) {
    String text = String.valueOf(error.getMessage()).trim().replaceAll("\\s+", " ");
    return text.substring(0, Math.min(300, text.length()));
  }
}
