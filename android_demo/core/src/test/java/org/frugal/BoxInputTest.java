package org.frugal;

import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.frugal.Event.Corners;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An input that is a box on a picture; a class is taught by one. */
class BoxInputTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {1, 2}, 1, 2);
  private static final String BOTH = run("image", "image", "v") + ", {'op': 'answer', 'name': 'end', 'gives': "
      + "{'label': 'v', 'numbers': 'where'}}";
  private static final String CORNERS = "{'shape': [1, 4], 'type': 'float32'}";

  @TempDir Path scratch;

  private Chain chain(String input, String tensor) {
    Consumer<JsonObject> change = root -> {
      root.get("inputs").asObject().set("where", json(input));
      root.get("values").asObject().set("where", json(tensor));
    };
    return SmallChain.of(scratch, BOTH, change);
  }

  @Test
  void itsCornersAreTheNumbersOfItsValue() {
    try (Chain chain = chain("{'kind': 'box', 'image': 'image'}", CORNERS)) {
      float[] box = {0, 0.25f, 0.5f, 1};
      Result result = chain.run(Map.of("image", PIXELS, "where", box));
      assertArrayEquals(box, result.outputs().get("numbers").numbers());
    }
  }

  @Test
  void whatIsNoBoxInsideOfThePictureIsRefused() {
    try (Chain chain = chain("{'kind': 'box', 'image': 'image'}", CORNERS)) {
      String expected = "input where: box: expected top, left, bottom and right, 0..1, top above bottom and left "
          + "before right, received ";
      for (float[] box : List.of(
          new float[] {0.5f, 0, 0.5f, 1}, new float[] {0, 1, 1, 0}, new float[] {-0.5f, 0, 1, 1},
          new float[] {0, 0, 1, 1.5f}, new float[] {0, -1, 1, 1}, new float[] {0, 0, 2, 1})) {
        ChainException error =
            assertThrows(ChainException.class, () -> chain.run(Map.of("image", PIXELS, "where", box)));
        List<Float> corners = List.of(box[0], box[1], box[2], box[3]);
        assertEquals(expected + corners, error.getMessage());
      }
      ChainException error = assertThrows(
          ChainException.class, () -> chain.run(Map.of("image", PIXELS, "where", new float[3])));
      assertEquals("input where: vector: expected float32 [1, 4], received float32 [3]", error.getMessage());
    }
  }

  @Test
  void itHasFourCornersAndAPicture() {
    refused("inputs.where.image", "expected an input of the kind image, received 'where'",
        "{'kind': 'box', 'image': 'where'}", CORNERS);
    refused("inputs.where.image", "expected an input of the kind image, received 'no'",
        "{'kind': 'box', 'image': 'no'}", CORNERS);
    refused("values.where.shape", "expected [1, 4], received [4]",
        "{'kind': 'box', 'image': 'image'}", "{'shape': [4], 'type': 'float32'}");
    refused("inputs.where", "missing required field `image`", "{'kind': 'box'}", CORNERS);
  }

  private void refused(String field, String problem, String input, String tensor) {
    BundleException error = assertThrows(BundleException.class, () -> chain(input, tensor));
    assertEquals(field, error.field());
    assertTrue(error.problem().contains(problem), error.problem());
  }

  @Test
  void aThingIsTaughtByABoxAndFoundWithItsName() {
    try (Chain chain = Chain.load(TestFiles.bundle("pointed"), TestFiles.OPTIONS)) {
      assertEquals(Map.of("teach", "classes"), org.frugal.bundle.Teachers.of(chain.bundle().manifest()));
      byte[] pixels = new byte[64];
      for (int i = 0; i < 16; i++) {
        pixels[8 * (i / 4) + i % 4] = (byte) 200;
      }
      Picture picture = Picture.grey(pixels, 8, 8);
      Corners found = chain.run(picture).boxes().get(0).corners();
      float[] box = {
        Math.max(0, (float) found.top()), Math.max(0, (float) found.left()), (float) found.bottom(),
        (float) found.right()
      };
      List<Integer> done = new ArrayList<>();
      Map<String, Object> example = Map.of("image", picture, "where", box);
      chain.teach("corner", List.of(example, example), null, null, "teach", done::add);
      assertEquals(List.of(1, 2), done);
      Result after = chain.run(picture);
      assertTrue(after.boxes().stream().anyMatch(each -> each.name().equals("corner")), after.toString());
      IllegalStateException stop = new IllegalStateException("stop");
      assertEquals(stop, assertThrows(IllegalStateException.class,
          () -> chain.teach("none", List.of(example), null, null, "teach", count -> {
            throw stop;
          })));
      assertEquals(List.of("pale", "dark", "corner"), chain.tables().get("classes").labels());
    }
  }
}
