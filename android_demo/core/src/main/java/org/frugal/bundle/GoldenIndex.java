package org.frugal.bundle;

import static org.frugal.bundle.JsonForm.Field.optional;
import static org.frugal.bundle.JsonForm.Field.required;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.frugal.BundleException;
import org.frugal.Picture;
import org.frugal.bundle.JsonForm.Field;
import org.frugal.bundle.JsonForm.Fields;
import org.frugal.tensor.Tensor;

/**
 * A bundle's self-test: what {@code golden/index.json} holds.
 *
 * @param cases what runs must give, without a budget
 */
public record GoldenIndex(List<Image> images, List<Case> cases) {
  /** Pixels at {@code offset} bytes of {@code golden/images.bin}: little-endian, rows first. */
  record Image(List<Integer> shape, boolean isFloat, long offset) {}

  /**
   * What a run of image number {@code image} at an operating point must give.
   *
   * @param tolerance how far the numbers of the answer and the probabilities may be off; null: nothing for an eight-bit
   *     answer, 0.001 for everything else
   */
  public record Case(
      int image,
      String operatingPoint,
      long label,
      List<String> path,
      String exit,
      String reason,
      List<Double> answer,
      List<Double> probabilities,
      Double tolerance) {}

  /** Images, and cases. */
  private static final int MAX_GOLDENS = 10_000;
  private static final Field<List<Integer>> SHAPE =
      required("shape", form -> form.list(2, 3, ManifestReader::dimension));
  private static final Field<String> TYPE = required("type", form -> form.oneOf("uint8", "float32"));
  private static final Field<Long> OFFSET = required("offset", ManifestReader::count);
  private static final Field<Long> IMAGE = required("image", ManifestReader::count);
  private static final Field<String> POINT = required("operating_point", GoldenIndex::text);
  private static final Field<Long> LABEL = required("label", ManifestReader::count);
  private static final Field<List<String>> PATH =
      required("path", form -> form.list(0, Integer.MAX_VALUE, GoldenIndex::text));
  private static final Field<String> EXIT = required("exit", GoldenIndex::text);
  private static final Field<String> REASON = required("reason", GoldenIndex::text);
  private static final Field<List<Double>> ANSWER = required("answer", GoldenIndex::numbers);
  private static final Field<List<Double>> PROBABILITIES = required("probabilities", GoldenIndex::numbers);
  private static final Field<Double> TOLERANCE =
      optional("tolerance", null, form -> form.orNull("float", f -> f.real("0", "1e+30")));
  private static final Field<List<Image>> IMAGES =
      required("images", form -> form.list(0, MAX_GOLDENS, GoldenIndex::image));
  private static final Field<List<Case>> CASES =
      required("cases", form -> form.list(0, MAX_GOLDENS, GoldenIndex::oneCase));

  /**
   * Reads the index of a bundle.
   *
   * @throws BundleException the bundle has none, or it has another form
   */
  public static GoldenIndex read(Bundle bundle) {
    String file = entries(bundle).index().file();
    try {
      Fields fields = JsonText.parse(BundleFiles.bytes(bundle.content(file)), "an index of goldens")
          .fields(IMAGES, CASES);
      return new GoldenIndex(fields.get(IMAGES), fields.get(CASES));
    } catch (JsonForm.FormException error) {
      String place = error.path.isEmpty() ? "" : " - at `" + error.path + "`";
      String problem = error.getMessage().startsWith("expected an index") ? error.getMessage()
          : "expected an index of goldens, but reading failed: " + error.getMessage() + place;
      throw new BundleException(problem, file, "");
    }
  }

  private static Manifest.Goldens entries(Bundle bundle) {
    Manifest.Goldens goldens = bundle.manifest().goldens();
    if (goldens == null) {
      throw BundleException.inManifest("expected goldens, received null", "goldens");
    }
    return goldens;
  }

  /**
   * Cuts the images out of {@code golden/images.bin}.
   *
   * @throws BundleException an image reaches behind the end
   */
  public List<Picture> pictures(Bundle bundle) {
    Manifest.Goldens goldens = entries(bundle);
    ByteBuffer data = bundle.content(goldens.images().file()).order(ByteOrder.LITTLE_ENDIAN);
    BigInteger pixels = BigInteger.ZERO;
    for (Image image : images) {
      pixels = pixels.add(Tensor.product(image.shape()));
    }
    if (pixels.compareTo(BigInteger.valueOf(ProgramSize.MAX_ELEMENTS)) > 0) {
      throw new BundleException(
          "expected images of at most " + ProgramSize.MAX_ELEMENTS + " elements together, received " + pixels,
          goldens.index().file(), "images");
    }
    List<Picture> pictures = new ArrayList<>();
    for (Image image : images) {
      long elements = Tensor.product(image.shape()).min(BigInteger.valueOf(Long.MAX_VALUE / 8)).longValue();
      if (image.offset() > data.capacity() - elements * (image.isFloat() ? 4 : 1)) {
        throw new BundleException(
            "expected an image inside the " + data.capacity() + " bytes of " + goldens.images().file()
                + ", received one behind them",
            goldens.index().file(),
            "images[" + pictures.size() + "].offset");
      }
      pictures.add(picture(image, data, (int) image.offset(), (int) elements));
    }
    return pictures;
  }

  private static Picture picture(Image image, ByteBuffer data, int offset, int elements) {
    int rows = image.shape().get(0);
    int columns = image.shape().get(1);
    int channels = elements / (rows * columns);
    if (image.isFloat()) {
      float[] values = new float[elements];
      for (int i = 0; i < elements; i++) {
        values[i] = data.getFloat(offset + 4 * i);
      }
      return Picture.normalised(values, rows, columns, channels);
    }
    byte[] pixels = new byte[elements];
    for (int i = 0; i < elements; i++) {
      pixels[i] = data.get(offset + i);
    }
    return Picture.of(pixels, rows, columns, channels);
  }

  private static Image image(JsonForm form) {
    Fields f = form.fields(SHAPE, TYPE, OFFSET);
    return new Image(f.get(SHAPE), f.get(TYPE).equals("float32"), f.get(OFFSET));
  }

  private static Case oneCase(JsonForm form) {
    Fields f = form.fields(IMAGE, POINT, LABEL, PATH, EXIT, REASON, ANSWER, PROBABILITIES, TOLERANCE);
    return new Case(
        (int) Math.min(f.get(IMAGE), Integer.MAX_VALUE), f.get(POINT), f.get(LABEL), f.get(PATH), f.get(EXIT),
        f.get(REASON), f.get(ANSWER), f.get(PROBABILITIES), f.get(TOLERANCE));
  }

  private static String text(JsonForm form) {
    return form.text(0, Integer.MAX_VALUE);
  }

  private static List<Double> numbers(JsonForm form) {
    return form.list(0, Integer.MAX_VALUE, f -> f.real("-1.7976931348623157e+308", "1.7976931348623157e+308"));
  }
}
