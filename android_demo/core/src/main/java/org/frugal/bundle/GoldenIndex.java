package org.frugal.bundle;

import java.math.BigInteger;
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
   * @param tolerance how far all numbers may be off; null: nothing for the numbers of an eight-bit value,
   *     0.001 for everything else
   */
  public record Case(
      String program,
      Map<String, Long> inputs,
      String operatingPoint,
      List<String> path,
      List<Happening> events,
      String exit,
      String reason,
      Map<String, Output> outputs,
      Double tolerance) {}

  /**
   * An event of a result, but for those of parts that ran.
   *
   * @param why null where its kind has none
   * @param way null where its kind has none
   * @param row null where its kind has none
   * @param corners top, left, bottom and right; null where its kind has none
   */
  public record Happening(String kind, String name, String why, Long way, Long row, List<Double> corners) {}

  /**
   * What is answered of an output.
   *
   * @param numbers of boxes their corners
   * @param label null where the output is none of labels
   * @param probabilities null where the output is none of labels
   * @param boxes null where the output is none of boxes
   */
  public record Output(List<Double> numbers, Long label, List<Double> probabilities, List<Box> boxes) {}

  /**
   * What is answered of a box beside its corners.
   *
   * @param mask row by row, or null
   */
  public record Box(long label, double score, List<Double> mask) {}

  /**
   * Numbers of a golden; either pixels or float32 values.
   *
   * @param pixels or null
   * @param values or null
   */
  public record Array(List<Integer> shape, byte[] pixels, float[] values) {
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

  /**
   * Reads the index of a bundle.
   *
   * @throws BundleException the bundle has none, or it has another form
   */
  public static GoldenIndex read(Bundle bundle) {
    String file = files(bundle).index().file();
    try {
      return GoldenReader.read(BundleFiles.bytes(bundle.content(file)));
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

  /**
   * Cuts the arrays out of {@code golden/arrays.bin}.
   *
   * @throws BundleException an array reaches behind the end
   */
  public List<Array> arrays(Bundle bundle) {
    Manifest.Goldens goldens = files(bundle);
    ByteBuffer data = bundle.content(goldens.arrays().file()).order(ByteOrder.LITTLE_ENDIAN);
    BigInteger all = BigInteger.ZERO;
    for (Entry entry : entries) {
      all = all.add(Tensor.product(entry.shape()));
    }
    if (all.compareTo(BigInteger.valueOf(ProgramSize.MAX_ELEMENTS)) > 0) {
      throw new BundleException(
          "expected arrays of at most " + ProgramSize.MAX_ELEMENTS + " elements together, received " + all,
          goldens.index().file(), "arrays");
    }
    List<Array> arrays = new ArrayList<>();
    for (Entry entry : entries) {
      int elements = Tensor.product(entry.shape()).intValue();
      if (entry.offset() > (long) data.capacity() - (long) elements * (entry.isFloat() ? 4 : 1)) {
        throw new BundleException(
            "expected an array inside the " + data.capacity() + " bytes of " + goldens.arrays().file()
                + ", received one behind them",
            goldens.index().file(),
            "arrays[" + arrays.size() + "].offset");
      }
      arrays.add(array(entry, data, elements));
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

  /**
   * The pictures that runs of the main program are given, by the index of their array.
   *
   * @throws BundleException arrays reach behind the end, or are not there
   */
  public Map<Long, Picture> pictures(Bundle bundle) {
    Manifest manifest = bundle.manifest();
    List<Array> arrays = arrays(bundle);
    Map<Long, Picture> pictures = new TreeMap<>();
    for (int i = 0; i < cases.size(); i++) {
      Map<String, Object> given = inputs(bundle, i, arrays);
      for (String name : manifest.inputs(Manifest.MAIN)) {
        boolean picture = manifest.inputs().get(name) instanceof Manifest.Input.Image && given.containsKey(name);
        if (picture && cases.get(i).program().equals(Manifest.MAIN)) {
          pictures.put(cases.get(i).inputs().get(name), ((Array) given.get(name)).picture());
        }
      }
    }
    return pictures;
  }

  /**
   * The inputs of a case, by name: what a chain runs.
   *
   * @param arrays all of the index
   * @throws BundleException it names an array that is not there
   */
  public Map<String, Object> inputs(Bundle bundle, int number, List<Array> arrays) {
    Map<String, Object> inputs = new LinkedHashMap<>();
    cases.get(number).inputs().forEach((name, place) -> {
      if (place >= arrays.size()) {
        throw new BundleException(
            "expected an array below " + arrays.size() + ", received " + place, files(bundle).index().file(),
            "cases[" + number + "].inputs");
      }
      inputs.put(name, arrays.get(place.intValue()));
    });
    return inputs;
  }
}
