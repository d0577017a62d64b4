package org.frugal.bundle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.frugal.BundleException;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A bundle's self-test: what {@code golden/index.json} holds.
 *
 * @param cases what runs must give, without a budget
 */
public record GoldenIndex(List<Entry> entries, List<Case> cases) {
  /** Numbers at {@code offset} bytes of {@code golden/arrays.bin}: little-endian, rows first. */
  record Entry(List<Integer> shape, boolean isFloat, long offset) {}

  /**
   * What a run at an operating point must give.
   *
   * @param program that is run
   * @param inputs name of an input to the index of an array
   * @param parameters settings on top of those of the operating point
   * @param tolerance how far all numbers may be off; null: nothing for the numbers of an eight-bit value,
   *     0.001 for everything else
   */
  public record Case(
      String program,
      Map<String, Long> inputs,
      String operatingPoint,
      Map<String, Numbers> parameters,
      List<String> path,
      List<Happening> events,
      String exit,
      String reason,
      Map<String, Output> outputs,
      @Nullable Double tolerance) {}

  /**
   * An event of a result, but for those of parts that ran.
   *
   * @param why null where its kind has none
   * @param way null where its kind has none
   * @param row null where its kind has none
   * @param corners top, left, bottom and right; null where its kind has none
   */
  public record Happening(
      String kind, String name, @Nullable String why, @Nullable Long way, @Nullable Long row,
      @Nullable List<Double> corners) {}

  /**
   * What is answered of an output.
   *
   * @param numbers of boxes their corners
   * @param label null where the output is none of labels
   * @param probabilities null where the output is none of labels
   * @param boxes null where the output is none of boxes
   */
  public record Output(
      List<Double> numbers, @Nullable Long label, @Nullable List<Double> probabilities,
      @Nullable List<Box> boxes) {}

  /**
   * What is answered of a box beside its corners.
   *
   * @param mask row by row, or null
   */
  public record Box(long label, double score, @Nullable List<Double> mask) {}

  /**
   * Numbers of a golden; either pixels or float32 values.
   *
   * @param pixels or null
   * @param values or null
   */
  public record Array(List<Integer> shape, byte @Nullable [] pixels, float @Nullable [] values) {
    /** Type and shape, for a sentence. */
    public String words() {
      return (pixels == null ? "float32 " : "uint8 ") + shape;
    }

    /**
     * The array as a picture.
     *
     * @throws ChainException it has another number of sides than a picture
     */
    public Picture picture() {
      if (shape.size() != 2 && shape.size() != 3) {
        throw new ChainException(
            "image: expected [height, width] or [height, width, channels], received " + shape);
      }
      int channels = shape.size() == 2 ? 1 : shape.get(2);
      return pixels == null ? Picture.normalised(values, shape.get(0), shape.get(1), channels)
          : Picture.of(pixels, shape.get(0), shape.get(1), channels);
    }
  }

  /** Reads the index of a bundle that has one: it was checked when the bundle was loaded. */
  public static GoldenIndex read(Bundle bundle) {
    String file = files(bundle).index().file();
    return read(BundleFiles.bytes(bundle.content(file)), file);
  }

  /**
   * Reads the bytes of an index.
   *
   * @throws BundleException it has another form
   */
  static GoldenIndex read(byte[] data, String file) {
    try {
      return GoldenReader.read(data);
    } catch (JsonForm.FormException error) {
      String place = error.path.isEmpty() ? "" : " - at `" + error.path + "`";
      String problem = error.getMessage().startsWith("expected an index") ? error.getMessage()
          : "expected an index of goldens, but reading failed: " + error.getMessage() + place;
      throw new BundleException(problem, file, "");
    }
  }

  private static Manifest.Goldens files(Bundle bundle) {
    Manifest.Goldens goldens = bundle.manifest().goldens();
    if (goldens == null) {
      throw BundleException.inManifest("expected goldens, received null", "goldens");
    }
    return goldens;
  }

  /** Cuts the arrays out of {@code golden/arrays.bin}. */
  public List<Array> arrays(Bundle bundle) {
    ByteBuffer data = bundle.content(files(bundle).arrays().file()).order(ByteOrder.LITTLE_ENDIAN);
    List<Array> arrays = new ArrayList<>();
    for (Entry entry : entries) {
      arrays.add(array(entry, data, Tensor.product(entry.shape()).intValue()));
    }
    return arrays;
  }

  private static Array array(Entry entry, ByteBuffer data, int elements) {
    int offset = (int) entry.offset();
    if (entry.isFloat()) {
      float[] values = new float[elements];
      for (int i = 0; i < elements; i++) {
        values[i] = data.getFloat(offset + 4 * i);
      }
      return new Array(entry.shape(), null, values);
    }
    byte[] pixels = new byte[elements];
    for (int i = 0; i < elements; i++) {
      pixels[i] = data.get(offset + i);
    }
    return new Array(entry.shape(), pixels, null);
  }

  /** The pictures that runs of the main program are given, by the index of their array. */
  public Map<Long, Picture> pictures(Bundle bundle) {
    Manifest manifest = bundle.manifest();
    List<Array> arrays = arrays(bundle);
    Map<Long, Picture> pictures = new TreeMap<>();
    for (Case each : cases) {
      for (String name : manifest.inputs(Manifest.MAIN)) {
        boolean picture = manifest.inputs().get(name) instanceof Manifest.Input.Image;
        if (picture && each.program().equals(Manifest.MAIN)) {
          Long place = each.inputs().get(name);
          pictures.put(place, arrays.get(place.intValue()).picture());
        }
      }
    }
    return pictures;
  }

  /**
   * The inputs of a case, by name: what a chain runs.
   *
   * @param arrays all of the index
   */
  public Map<String, Object> inputs(int number, List<Array> arrays) {
    Map<String, Object> inputs = new LinkedHashMap<>();
    cases.get(number).inputs().forEach((name, place) -> inputs.put(name, arrays.get(place.intValue())));
    return inputs;
  }
}
