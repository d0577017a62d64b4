package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.frugal.TestFiles;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.program.FlatModel.FileTensor;
import org.frugal.program.FlatModel.Signature;
import org.frugal.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read of TFLite files without TensorFlow Lite: on every golden bundle it is what the manifest says. */
class FlatModelTest {
  static List<Path> bundles() throws IOException {
    try (Stream<Path> folders = Files.list(TestFiles.goldens().resolve("bundles"))) {
      return folders.sorted().collect(Collectors.toList());
    }
  }

  @ParameterizedTest
  @MethodSource("bundles")
  void theTensorsOfEveryPartAreThoseOfTheManifest(Path path) {
    Bundle bundle = Bundle.load(path);
    bundle.manifest().parts().forEach((name, part) -> {
      if (part.file() != null) {
        Signature signature = model(bundle, part).signatures().get(part.signature());
        part.inputs().forEach((key, tensor) -> check(tensor, signature.inputs().get(key), name + " " + key));
        part.outputs().forEach((key, tensor) -> check(tensor, signature.outputs().get(key), name + " " + key));
        assertEquals(part.inputs().keySet(), signature.inputs().keySet());
        assertEquals(part.outputs().keySet(), signature.outputs().keySet());
      }
    });
  }

  private static FlatModel model(Bundle bundle, Manifest.Part part) {
    return new FlatModel(bundle.content(part.file().file()));
  }

  private static void check(Tensor expected, FileTensor found, String where) {
    assertEquals(expected.type().label(), found.type(), where);
    assertArrayEquals(expected.shape().stream().mapToInt(i -> i).toArray(), found.shape(), where);
    if (expected.scale() != null) {
      assertArrayEquals(new float[] {expected.scale().floatValue()}, found.scales(), where);
      assertArrayEquals(new long[] {expected.zeroPoint()}, found.zeroPoints(), where);
    } else {
      assertEquals(0, found.scales().length, where);
    }
  }

  @Test
  void placesAreThoseOfTheSubgraphWhateverTheOrderOfTheSignature() {
    ByteBuffer content = Bundle.load(TestFiles.bundle("steps")).content("parts/look.tflite");
    ByteBuffer copy = ByteBuffer.allocate(content.capacity()).put(content).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(List.of(0, 1), places(copy));
    // The subgraph's outputs, the tensors 7 and 12, the other way round; the signature still says state, then place.
    int outputs = 0;
    while (copy.getInt(outputs) != 2 || copy.getInt(outputs + 4) != 7 || copy.getInt(outputs + 8) != 12) {
      outputs += 4;
    }
    copy.putInt(outputs + 4, 12).putInt(outputs + 8, 7);
    assertEquals(List.of(1, 0), places(copy));
  }

  private static List<Integer> places(ByteBuffer content) {
    Map<String, FileTensor> outputs = new FlatModel(content).signatures().get("serving_default").outputs();
    assertArrayEquals(new int[] {1, 3}, outputs.get("state").shape());
    return List.of(outputs.get("state").place(), outputs.get("place").place());
  }

  @ParameterizedTest
  @CsvSource({"moving,first,true", "moving,mover,false", "moving,sized,false", "moving,passing,true",
      "convolutions,first,true", "steps,look,true"})
  void whetherTensorsKeepTheirPlace(String name, String part, boolean stays) {
    Bundle bundle = Bundle.load(TestFiles.bundle(name));
    FlatModel model = model(bundle, bundle.manifest().parts().get(part));
    assertEquals(1, model.subgraphs());
    assertEquals(stays, model.hasStaticTensors(0));
  }

  @Test
  void aFileMayHaveASubgraphForEachSignature() {
    Bundle bundle = Bundle.load(TestFiles.bundle("shared"));
    FlatModel model = new FlatModel(bundle.content("parts/all.tflite"));
    assertEquals(5, model.subgraphs());
    List<Integer> subgraphs =
        model.signatures().values().stream().map(Signature::subgraph).sorted().collect(Collectors.toList());
    assertEquals(List.of(0, 1, 2, 3, 4), subgraphs);
  }
}
