package org.frugal.bundle;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.frugal.BundleException;
import org.frugal.Words;
import org.frugal.tensor.Tensor;

/** Compares the parts of a manifest with what their files hold, before anything opens them. */
final class PartFiles {
  private PartFiles() {}

  /**
   * Checks every part's file, and that its tensors are those of the manifest.
   *
   * @throws BundleException a file is no part, or a part that the manifest does not describe
   */
  static void check(Manifest manifest, Map<String, ByteBuffer> contents) {
    Map<String, Map<String, PartCheck.Signature>> checked = new HashMap<>();
    manifest.parts().forEach((name, part) -> {
      if (part.file() != null) {
        String file = part.file().file();
        Map<String, PartCheck.Signature> signatures = checked.get(file);
        if (signatures == null) {
          signatures = signatures(contents.get(file), file, "parts." + name + ".file");
          checked.put(file, signatures);
        }
        compare(name, part, signatures);
      }
    });
  }

  private static Map<String, PartCheck.Signature> signatures(ByteBuffer content, String file, String field) {
    try {
      return PartCheck.signatures(content);
    } catch (DamagedPart error) {
      throw new BundleException(error.getMessage(), file, field, error);
    }
  }

  private static void compare(String name, Manifest.Part part, Map<String, PartCheck.Signature> signatures) {
    PartCheck.Signature signature = signatures.get(part.signature());
    if (signature == null) {
      throw new BundleException(
          "expected the signature " + Words.quote(part.signature()) + ", received "
              + Words.list(new TreeSet<>(signatures.keySet())),
          part.file().file(),
          "parts." + name + ".signature");
    }
    compareSide(part, "inputs", name, part.inputs(), signature.inputs());
    compareSide(part, "outputs", name, part.outputs(), signature.outputs());
  }

  private static void compareSide(
      Manifest.Part part, String side, String name, Map<String, Tensor> expected, Map<String, PartTensor> received) {
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
    expected.forEach((key, tensor) -> compareTensor(tensor, received.get(key), file, field + "." + key));
  }

  /** Compares shape, type, scale and zero point; scales as float32, which is how TFLite stores them. */
  private static void compareTensor(Tensor tensor, PartTensor received, String file, String field) {
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
}
