package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.frugal.ChainException;
import org.frugal.ChainOptions;
import org.frugal.PartRunner;
import org.frugal.bundle.Bundle;
import org.junit.jupiter.api.Test;

/** Parts in TensorFlow Lite: what is read of their files, and where their tensors lie. */
class OpenPartsTest {
  private static Bundle bundle(String name) {
    return Bundle.load(Path.of(System.getProperty("frugal.repository"), "tests/goldens/bundles", name));
  }

  private static Object[] zeros(String part, PartRunner runner) {
    return TypicalInputs.zeros(bundle("moving").manifest().parts().get(part), runner);
  }

  @Test
  void onlyOutputsThatKeepTheirPlaceAreReadWhereTheyLie() {
    try (OpenParts opened = OpenParts.open(bundle("moving"), ChainOptions.DEFAULT)) {
      Map<String, PartRunner> parts = opened.byName();
      assertNotNull(parts.get("first").outputView("y"));
      assertNull(parts.get("mover").outputView("y"), "its RESHAPE takes its size from a SHAPE");
      assertNull(parts.get("sized").outputView("y"), "its RESHAPE takes its size from an input");
      assertNotNull(parts.get("passing").outputView("same"));
      assertNotNull(parts.get("passing").outputView("y"));
    }
  }

  @Test
  void aViewShowsWhatTheLastRunWrote() {
    try (OpenParts opened = OpenParts.open(bundle("moving"), ChainOptions.DEFAULT)) {
      PartRunner first = opened.byName().get("first");
      ByteBuffer view = first.outputView("y");
      Object[] inputs = zeros("first", first);
      first.run(inputs);
      assertEquals(0.5f, view.getFloat(0));
      ((ByteBuffer) inputs[0]).putFloat(0, 2);
      first.run(inputs);
      assertEquals(2.5f, view.getFloat(0));
    }
  }

  @Test
  void signaturesOfOneFileHaveAMemoryOfTheirOwn() {
    Bundle bundle = bundle("shared");
    FlatModel model = new FlatModel(bundle.content("parts/all.tflite"));
    assertEquals(Set.of("first", "swap", "spread", "change", "join"), model.signatures().keySet());
    assertEquals(3, model.signatures().get("change").subgraph());
    assertEquals(Map.of("y", 0), model.signatures().get("swap").outputs());
    try (OpenParts opened = OpenParts.open(bundle, ChainOptions.DEFAULT)) {
      Map<String, PartRunner> parts = opened.byName();
      assertNotEquals(parts.get("swap").memory(), parts.get("change").memory());
    }
  }

  @Test
  void anotherSubgraphCanBePutFirst() {
    ByteBuffer content = bundle("shared").content("parts/all.tflite");
    ByteBuffer copy = ByteBuffer.allocate(content.capacity()).put(content);
    FlatModel model = new FlatModel(copy);
    model.putFirst(3);
    assertNotEquals(bundle("shared").content("parts/all.tflite"), ((Buffer) copy).rewind());
    model.putFirst(3);
    assertEquals(bundle("shared").content("parts/all.tflite"), ((Buffer) copy).rewind());
  }

  @Test
  void whatWasFedCanBeReadAgain() {
    try (OpenParts opened = OpenParts.open(bundle("moving"), ChainOptions.DEFAULT)) {
      PartRunner sized = opened.byName().get("sized");
      Object[] inputs = zeros("sized", sized);
      ((ByteBuffer) inputs[sized.inputPlace("size")]).putInt(0, 1).putInt(4, 2);
      ((ByteBuffer) inputs[sized.inputPlace("x")]).putFloat(4, 7);
      sized.run(inputs);
      Object[] fed = TypicalInputs.fed(bundle("moving").manifest().parts().get("sized"), sized);
      assertEquals(7, ((ByteBuffer) fed[sized.inputPlace("x")]).getFloat(4));
      assertEquals(2, ((ByteBuffer) fed[sized.inputPlace("size")]).getInt(4));
    }
  }

  @Test
  void aResultOfAnotherShapeIsRefusedWhereItShows() {
    try (OpenParts opened = OpenParts.open(bundle("moving"), ChainOptions.DEFAULT)) {
      PartRunner sized = opened.byName().get("sized");
      Object[] inputs = zeros("sized", sized);
      ((ByteBuffer) inputs[sized.inputPlace("size")]).putInt(0, 2).putInt(4, 1);
      ChainException error = assertThrows(ChainException.class, () -> sized.run(inputs));
      assertEquals(
          "part sized: expected a result of the shape [1, 2], received [2, 1] for the output 'y'", error.getMessage());
    }
  }

  @Test
  void whatTensorFlowLiteRefusesAtRunTimeIsOneSentence() {
    try (OpenParts opened = OpenParts.open(bundle("moving"), ChainOptions.DEFAULT)) {
      Object[] tooSmall = {ByteBuffer.allocateDirect(3).order(ByteOrder.nativeOrder())};
      PartRunner first = opened.byName().get("first");
      ChainException error = assertThrows(ChainException.class, () -> first.run(tooSmall));
      assertTrue(
          error.getMessage().startsWith("part first: expected an inference, but TFLite says: "), error.getMessage());
    }
  }

  @Test
  void tensorFlowLiteIsToldOfThreadsAndXnnpack() {
    ChainOptions three = ChainOptions.DEFAULT.withThreads(3).withXnnpack(false);
    assertEquals(3, LiteEngine.interpreterOptions(three).getNumThreads());
    assertEquals(false, LiteEngine.interpreterOptions(three).getUseXNNPACK());
  }
}
