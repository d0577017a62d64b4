package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.frugal.TestFiles;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.program.FlatModel.Signature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read of TFLite files without TensorFlow Lite: on golden bundles it names the tensors of the manifest. */
class FlatModelTest {
  static List<Path> bundles() throws IOException {
    try (Stream<Path> folders = Files.list(TestFiles.goldens().resolve("bundles"))) {
      return folders.sorted().collect(Collectors.toList());
    }
  }

  @ParameterizedTest
  @MethodSource("bundles")
  void everyTensorOfTheManifestHasAPlace(Path path) {
    Bundle bundle = Bundle.load(path);
    bundle.manifest().parts().forEach((name, part) -> {
      if (part.file() != null) {
        Signature signature = model(bundle, part).signatures().get(part.signature());
        check(part.inputs().keySet(), signature.inputs());
        check(part.outputs().keySet(), signature.outputs());
      }
    });
  }

  private static FlatModel model(Bundle bundle, Manifest.Part part) {
    return new FlatModel(bundle.content(part.file().file()));
  }

  private static void check(Set<String> names, Map<String, Integer> places) {
    assertEquals(names, places.keySet());
    assertEquals(
        IntStream.range(0, names.size()).boxed().collect(Collectors.toList()),
        places.values().stream().sorted().collect(Collectors.toList()));
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
    Map<String, Integer> outputs = new FlatModel(content).signatures().get("serving_default").outputs();
    return List.of(outputs.get("state"), outputs.get("place"));
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
