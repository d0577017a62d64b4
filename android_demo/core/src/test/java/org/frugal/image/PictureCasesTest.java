package org.frugal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.bundle.Manifest.Input;
import org.frugal.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Arrays are prepared, or refused, as in Python: the cases of tests/goldens/pictures.json. */
class PictureCasesTest {
  @Test
  void everyArrayIsReadAsInPython() throws IOException {
    Path file = Path.of(System.getProperty("frugal.repository"), "tests", "goldens", "pictures.json");
    int refused = 0;
    int read = 0;
    for (JsonValue each : Json.parse(Files.readString(file)).asArray()) {
      JsonObject one = each.asObject();
      if (one.get("file") != null) {
        continue; // a picture file is the app's
      }
      JsonObject input = one.get("input").asObject();
      ImageReader reader = new ImageReader(input(input), tensor(input));
      Picture picture = picture(one);
      String name = one.getString("name", "");
      if (one.get("refused") != null) {
        String words = assertThrows(ChainException.class, () -> reader.read(picture), name).getMessage();
        assertTrue(words.contains(one.getString("refused", "?")), name + ": " + words);
        refused++;
      } else {
        check(one.get("expected").asArray(), reader.read(picture), name);
        read++;
      }
    }
    assertTrue(refused > 10 && read > 10, refused + " refused, " + read + " read");
  }

  private static void check(JsonArray expected, ByteBuffer made, String name) {
    assertEquals(4 * expected.size(), made.capacity(), name);
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).asFloat(), made.getFloat(4 * i), name);
    }
  }

  private static Input.Image input(JsonObject json) {
    return new Input.Image(
        "bilinear".equals(json.getString("resize", "")),
        Input.Crop.valueOf(json.getString("crop", "none").toUpperCase(Locale.ROOT)), json.getInt("padding", 0),
        numbers(json.get("scale")), numbers(json.get("offset")));
  }

  private static Tensor tensor(JsonObject json) {
    List<Double> shape = numbers(json.get("shape"));
    return Tensor.float32(List.of(1, shape.get(0).intValue(), shape.get(1).intValue(), shape.get(2).intValue()));
  }

  private static List<Double> numbers(JsonValue json) {
    return StreamSupport.stream(json.asArray().spliterator(), false).map(JsonValue::asDouble)
        .collect(Collectors.toList());
  }

  private static Picture picture(JsonObject json) {
    List<Double> shape = numbers(json.get("shape"));
    JsonArray values = json.get("values").asArray();
    int rows = shape.get(0).intValue();
    int columns = shape.get(1).intValue();
    int channels = shape.get(2).intValue();
    byte[] pixels = new byte[values.size()];
    float[] numbers = new float[values.size()];
    boolean isPixels = "uint8".equals(json.getString("type", ""));
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = number(values.get(i));
      pixels[i] = (byte) numbers[i];
    }
    return isPixels ? Picture.of(pixels, rows, columns, channels)
        : Picture.normalised(numbers, rows, columns, channels);
  }

  /** What JSON has no number for is a text. */
  private static float number(JsonValue json) {
    if (json.isNumber()) {
      return json.asFloat();
    }
    switch (json.asString()) {
      case "inf":
        return Float.POSITIVE_INFINITY;
      case "-inf":
        return Float.NEGATIVE_INFINITY;
      default:
        return Float.NaN;
    }
  }
}
