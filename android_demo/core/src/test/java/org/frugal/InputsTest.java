package org.frugal;

import static org.frugal.bundle.SmallManifest.json;
import static org.frugal.bundle.SmallManifest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.JsonObject;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.frugal.bundle.GoldenIndex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run is given every input by name; a picture alone where it is the only one. */
class InputsTest {
  private static final Picture PIXELS = Picture.grey(new byte[] {1, 2}, 1, 2);
  private static final String BOTH = run("image", "image", "v") + ", {'op': 'answer', 'name': 'end', 'gives': "
      + "{'label': 'v', 'numbers': 'text'}}";

  @TempDir Path scratch;

  /** With an input of three numbers, held as codes of .5. */
  private static Consumer<JsonObject> text(String tensor) {
    return root -> {
      root.get("inputs").asObject().set("text", json("{'kind': 'vector'}"));
      root.get("values").asObject().set("text", json(tensor));
    };
  }

  private Chain chain() {
    return SmallChain.of(scratch, BOTH, text("{'shape': [3], 'type': 'int8', 'scale': 0.5, 'zero_point': 1}"));
  }

  private static Map<String, Object> given(Object image, Object text) {
    Map<String, Object> given = new HashMap<>();
    given.put("image", image);
    given.put("text", text);
    return given;
  }

  private static void refuses(Chain chain, String problem, Map<String, ?> given) {
    assertEquals(problem, assertThrows(ChainException.class, () -> chain.run(given)).getMessage());
  }

  @Test
  void inputsWriteTheValuesOfTheirNames() {
    try (Chain chain = chain()) {
      Result result = chain.run(given(PIXELS, new float[] {1, -2.25f, 1000}));
      assertArrayEquals(new float[] {1, 2}, result.outputs().get("label").numbers());
      // -2.25 / .5 = -4.5 goes to the even -4; 1000 / .5 + 1 is clipped to 127.
      assertArrayEquals(new float[] {1, -2, 63}, result.outputs().get("numbers").numbers());
    }
  }

  @Test
  void numbersAreReadFromWhereverTheyLie() {
    try (Chain chain = chain()) {
      FloatBuffer buffer = FloatBuffer.wrap(new float[] {9, 1, 2, 3, 9});
      buffer.position(1).limit(4);
      float[] expected = {1, 2, 3};
      assertArrayEquals(expected, chain.run(given(PIXELS, buffer)).outputs().get("numbers").numbers());
      assertEquals(1, buffer.position());
      GoldenIndex.Array pixels = new GoldenIndex.Array(List.of(1, 2), new byte[] {7, 8}, null);
      GoldenIndex.Array numbers = new GoldenIndex.Array(List.of(3), null, expected);
      Result result = chain.run(given(pixels, numbers));
      assertArrayEquals(new float[] {7, 8}, result.answer());
      assertArrayEquals(expected, result.outputs().get("numbers").numbers());
    }
  }

  @Test
  void everyInputIsNamedAndNoOther() {
    String both = "inputs: expected the inputs ['image', 'text'], received ";
    try (Chain chain = chain()) {
      refuses(chain, both + "['image']", Map.of("image", PIXELS));
      refuses(chain, both + "['image', 'texts']", Map.of("image", PIXELS, "texts", new float[3]));
      refuses(chain, both + "null", null);
      assertEquals(both + "Picture", assertThrows(ChainException.class, () -> chain.run(PIXELS)).getMessage());
      String name = "x".repeat(200);
      refuses(chain, both + "['" + "x".repeat(98) + "...", Map.of(name, PIXELS));
    }
  }

  @Test
  void whatAnInputCannotBeIsRefusedWithItsName() {
    try (Chain chain = chain()) {
      refuses(chain, "input image: image: expected a Picture, received null", given(null, new float[3]));
      refuses(chain, "input image: image: expected a Picture, received float[]", given(new float[2], new float[3]));
      refuses(chain, "input image: image: expected 1 x 2 pixels, for this bundle does not resize, received 2 x 1",
          given(Picture.grey(new byte[2], 2, 1), new float[3]));
      refuses(chain, "input image: image: expected float32 of shape [1, 2, 1], received [1, 2]",
          given(new GoldenIndex.Array(List.of(1, 2), null, new float[2]), new float[3]));
      refuses(chain, "input image: image: expected [height, width] or [height, width, channels], received [2]",
          given(new GoldenIndex.Array(List.of(2), new byte[2], null), new float[3]));
      String vector = "input text: vector: expected float32 [3], received ";
      refuses(chain, vector + "float32 [4]", given(PIXELS, new float[4]));
      refuses(chain, vector + "float32 [2]", given(PIXELS, FloatBuffer.allocate(2)));
      refuses(chain, vector + "null", given(PIXELS, null));
      refuses(chain, vector + "Picture", given(PIXELS, PIXELS));
      refuses(chain, vector + "uint8 [3]", given(PIXELS, new GoldenIndex.Array(List.of(3), new byte[3], null)));
      refuses(chain, vector + "float32 [1, 3]",
          given(PIXELS, new GoldenIndex.Array(List.of(1, 3), null, new float[3])));
      for (float wild : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
        refuses(chain, "input text: vector: expected finite numbers, received NaN or infinity",
            given(PIXELS, new float[] {0, 0, wild}));
      }
    }
  }

  @Test
  void aRefusalRunsNothing() {
    try (Chain chain = chain()) {
      chain.run(given(PIXELS, new float[] {1, 2, 3}));
      refuses(chain, "input text: vector: expected float32 [3], received float32 [0]", given(PIXELS, new float[0]));
      assertEquals("end", chain.run(given(PIXELS, new float[3])).exit());
    }
  }
}
