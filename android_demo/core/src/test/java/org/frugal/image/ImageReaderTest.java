package org.frugal.image;

import static org.frugal.TestFiles.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.bundle.Manifest.Input;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From a picture to the input tensor, against numbers worked out by hand. */
class ImageReaderTest {
  private static final Input.Image GREY = input(List.of(0.5), List.of(-1.0));
  private static final Tensor GREY_VALUE = value(1, 2, 1, Encoding.FLOAT32);

  private static Input.Image input(List<Double> scale, List<Double> offset) {
    return new Input.Image(false, Input.Crop.NONE, 0, scale, offset);
  }

  private static Tensor value(int height, int width, int channels, Encoding encoding) {
    boolean isReal = encoding.equals(Encoding.FLOAT32);
    return new Tensor(
        List.of(1, height, width, channels), encoding.type(), isReal ? null : (Double) (double) encoding.scale(),
        isReal ? null : (Integer) encoding.zeroPoint());
  }

  private static float[] floats(ByteBuffer buffer) {
    float[] floats = new float[buffer.capacity() / 4];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = buffer.getFloat(4 * i);
    }
    return floats;
  }

  @Test
  void everyChannelHasAScaleAndAnOffset() {
    Input.Image colour = input(List.of(1.0, 0.5, 0.1), List.of(0.0, -1.0, 1.0));
    ByteBuffer made = new ImageReader(colour, value(1, 2, 3, Encoding.FLOAT32))
        .read(Picture.of(bytes(0, 100, 255, 255, 0, 0), 1, 2, 3));
    // The last product is rounded to float32 before 1 is added.
    assertArrayEquals(new float[] {0, 49, 255f * 0.1f + 1f, 255, -1, 1}, floats(made));
  }

  @Test
  void codesOfEveryChannelComeFromItsOwnTable() {
    Input.Image colour = input(List.of(1.0, 0.5, 1.0), List.of(0.0, 0.0, 100.0));
    Encoding uint8 = new Encoding(TensorType.UINT8, 0.5f, 10);
    ByteBuffer made = new ImageReader(colour, value(1, 1, 3, uint8)).read(Picture.of(bytes(7, 7, 255), 1, 1, 3));
    // 7 / .5 + 10, 3.5 / .5 + 10, and 355 / .5 + 10 is clipped.
    assertEquals(List.of(24, 17, 255), List.of((int) made.get(0), (int) made.get(1), made.get(2) & 255));
  }

  @ParameterizedTest
  @EnumSource(value = TensorType.class, names = {"INT8", "UINT8", "INT16"})
  void aTableGivesTheBitsOfQuantizingAfterwards(TensorType type) {
    Encoding encoding = new Encoding(type, 0.0173f, Map.of("int8", -128, "uint8", 3, "int16", 0).get(type.label()));
    Input.Image one = input(List.of(0.0037), List.of(-0.21));
    ImageReader reader = new ImageReader(one, value(1, 1, 1, encoding));
    ImageReader real = new ImageReader(one, value(1, 1, 1, Encoding.FLOAT32));
    for (int pixel = 0; pixel < 256; pixel++) {
      Picture picture = Picture.grey(bytes(pixel), 1, 1);
      int expected = Conversion.quantize(real.read(picture).getFloat(0), encoding);
      ByteBuffer made = reader.read(picture);
      int code = type == TensorType.INT16 ? made.getShort(0) : made.get(0);
      assertEquals(type == TensorType.UINT8 ? (byte) expected : expected, code, "pixel " + pixel);
    }
  }

  @Test
  void normalisedNumbersAreTakenAsTheyAre() {
    ImageReader reader = new ImageReader(GREY, GREY_VALUE);
    assertArrayEquals(
        new float[] {0.25f, -3}, floats(reader.read(Picture.normalised(new float[] {0.25f, -3}, 1, 2, 1))));
    ImageReader codes = new ImageReader(GREY, value(1, 2, 1, new Encoding(TensorType.INT8, 0.5f, 1)));
    ByteBuffer made = codes.read(Picture.normalised(new float[] {0.25f, 200}, 1, 2, 1));
    // .25 / .5 = .5 goes to the even 0; 200 / .5 + 1 is clipped.
    assertEquals(List.of(1, 127), List.of((int) made.get(0), (int) made.get(1)));
  }

  @Test
  void everyPictureIsWrittenWholeIntoTheSameBuffer() {
    ImageReader reader = new ImageReader(GREY, GREY_VALUE);
    ByteBuffer first = reader.read(Picture.grey(bytes(4, 6), 1, 2));
    assertArrayEquals(new float[] {1, 2}, floats(first));
    ByteBuffer second = reader.read(Picture.normalised(new float[] {9, 8}, 1, 2, 1));
    assertSame(first, second);
    assertArrayEquals(new float[] {9, 8}, floats(second));
    assertArrayEquals(new float[] {0, -1}, floats(reader.read(Picture.grey(bytes(2, 0), 1, 2))));
    assertEquals(0, first.position());
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void numbersThatAreNotFiniteAreRefusedBeforeAnythingIsWritten(float wild) {
    ImageReader reader = new ImageReader(GREY, GREY_VALUE);
    ByteBuffer made = reader.read(Picture.normalised(new float[] {5, 6}, 1, 2, 1));
    ChainException error = assertThrows(ChainException.class,
        () -> reader.read(Picture.normalised(new float[] {1, wild}, 1, 2, 1)));
    assertEquals("image: expected finite numbers, received NaN or infinity", error.getMessage());
    assertArrayEquals(new float[] {5, 6}, floats(made));
  }

  @Test
  void normalisedNumbersOfAnotherShapeAreRefusedThoughTheyAreAsMany() {
    ImageReader reader = new ImageReader(GREY, GREY_VALUE);
    float[] two = new float[2];
    for (Picture picture : List.of(Picture.normalised(two, 2, 1, 1), Picture.normalised(two, 1, 1, 2))) {
      ChainException error = assertThrows(ChainException.class, () -> reader.read(picture));
      assertEquals("image: expected float32 of shape [1, 2, 1], received " + picture.shape(), error.getMessage());
    }
  }
}
