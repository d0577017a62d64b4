package org.frugal.bundle;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.ChainException;
import org.frugal.Words;
import org.frugal.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Everything that {@code manifest.json} holds, format version 2. Maps keep the order of the file.
 *
 * @param name of the bundle
 * @param title for people: what it is; or null
 * @param question for people: what it is asked of an input, in a sentence; or null
 * @param inputs name to what a run is given; the value of that name holds it
 * @param values name to tensor of every value of the programs
 * @param outputs name to what an answer means
 * @param parts part name to part
 * @param tables table name to table
 * @param parameters parameter name to parameter
 * @param programs name to steps; a run runs {@link #MAIN} unless it is told another one
 * @param operatingPoints at least one, cheapest first
 * @param sortedBy the cost unit that they are in the order of
 * @param defaultOperatingPoint the name of one of them
 * @param goldens the self-test, or null
 * @param samples labelled pictures to show and to measure with, or null
 * @param provenance JSON text of a free-form object: what made the bundle, from what, with which settings
 */
public record Manifest(
    String name,
    @Nullable String title,
    @Nullable String question,
    Map<String, Input> inputs,
    Map<String, Tensor> values,
    Map<String, Output> outputs,
    Map<String, Part> parts,
    Map<String, Table> tables,
    Map<String, Parameter> parameters,
    Map<String, List<Step>> programs,
    List<OperatingPoint> operatingPoints,
    String sortedBy,
    String defaultOperatingPoint,
    @Nullable Goldens goldens,
    @Nullable Samples samples,
    String provenance) {

  public static final String FORMAT = "frugal";
  public static final int VERSION = 2;
  /** The name of the program that a run runs unless it is told another one. */
  public static final String MAIN = "main";

  /** A file of the bundle: relative path, SHA-256 in lower-case hexadecimal digits, size in bytes. */
  public record FileEntry(String file, String sha256, Long bytes) {}

  /**
   * One static TFLite submodel.
   *
   * @param file null for a part that runs remotely only
   * @param signature of the file whose inputs and outputs these are
   * @param units the model's own submodels that were joined in it, for people
   * @param parameters how many weights it has, for people
   * @param costs per run, by unit; {@code macs} is always there
   */
  public record Part(
      @Nullable FileEntry file,
      String signature,
      Map<String, Tensor> inputs,
      Map<String, Tensor> outputs,
      List<String> units,
      long parameters,
      Map<String, Double> costs) {
    /** A cost by unit, 0 where the part does not carry it. */
    public double cost(String unit) {
      return costs.getOrDefault(unit, 0.0);
    }

    /** Bytes of all its inputs. */
    public long inputBytes() {
      return inputs.values().stream().mapToLong(Tensor::bytes).sum();
    }
  }

  /** What a run is given under a name. */
  public sealed interface Input {
    /**
     * A picture, and how it becomes the value [1, height, width, channels].
     *
     * @param bilinear whether a picture of another size is resized; otherwise it is refused
     * @param crop how a picture of another aspect ratio is made one of this
     * @param padding the pixel around a picture that is padded; otherwise 0
     * @param scale one number a channel
     * @param offset one number a channel
     */
    record Image(boolean bilinear, Crop crop, int padding, List<Double> scale, List<Double> offset)
        implements Input {}

    /** What is done with a picture before it is resized. */
    enum Crop {
      /** Nothing. */
      NONE,
      /** The largest centred window of the aspect ratio is cut. */
      CENTER,
      /** It is laid into the smallest window of the aspect ratio that holds it. */
      PAD
    }

    /** Finite numbers of the value's shape, as they are. */
    record Vector() implements Input {}

    /**
     * What of a picture is meant: top, left, bottom and right, 0..1 over the edges of what the programs see of it.
     *
     * @param image the input that is the picture
     */
    record Box(String image) implements Input {}
  }

  /** What an answer under a name means. */
  public sealed interface Output {
    /** The values that say what the rows of the value given are, by the key of the manifest; most outputs have none. */
    default Map<String, String> beside() {
      return Map.of();
    }

    /** The names of its classes; empty where it has none, or where they are a table's. */
    default List<String> labels() {
      return List.of();
    }

    /** The table whose rows are its classes, or which its row is for; null where there is none. */
    default @Nullable String table() {
      return null;
    }

    /**
     * One of several labels. With a table the elements behind those of its rows do not count.
     *
     * @param labels {@code labels.get(i)} is the name of class i
     * @param activation what the numbers given are
     */
    record Labels(List<String> labels, @Nullable String table, Activation activation) implements Output {}

    /** Any numbers. */
    record Vector() implements Output {}

    /**
     * Boxes (top, left, bottom, right): the value given is [1, rows, 4], other values say what the rows are.
     *
     * @param labels {@code labels.get(i)} is the name of class i
     * @param scores value of one element a row
     * @param classes the same; null where there is one label
     * @param count value of how many rows there are; null where all count
     */
    record Boxes(
        List<String> labels, @Nullable String table, String scores, @Nullable String classes, @Nullable String count)
        implements Output {
      @Override
      public Map<String, String> beside() {
        Map<String, String> beside = new LinkedHashMap<>();
        beside.put("scores", scores);
        if (classes != null) {
          beside.put("classes", classes);
        }
        if (count != null) {
          beside.put("count", count);
        }
        return beside;
      }
    }

    /**
     * Boxes with a mask each.
     *
     * @param masks value [1, rows, height, width], stretched over the boxes
     * @param sigmoid whether it holds logits; otherwise it holds 0..1
     */
    record Masks(Boxes boxes, String masks, boolean sigmoid) implements Output {
      @Override
      public List<String> labels() {
        return boxes.labels();
      }

      @Override
      public @Nullable String table() {
        return boxes.table();
      }

      @Override
      public Map<String, String> beside() {
        Map<String, String> beside = boxes.beside();
        beside.put("masks", masks);
        return beside;
      }
    }

    /**
     * A row for a table.
     *
     * @param unit whether the mean of several examples is scaled to the length 1
     */
    record Row(String table, boolean unit) implements Output {}
  }

  /**
   * Rows of numbers with a label each, which a device may add to.
   *
   * @param rows value [1, capacity, ...] that holds them
   * @param count value [1, 1] of how many there are, or null
   * @param labels of the rows that come with the bundle
   * @param half whether {@code content} is float16; otherwise it is float32
   * @param content those rows one after the other, little-endian; null where there are none
   */
  public record Table(
      String rows, @Nullable String count, List<String> labels, boolean half, @Nullable FileEntry content) {}

  /**
   * A knob of the programs; the bounds hold for each number.
   *
   * @param names of the values 0, 1, 2, ..., where a caller chooses among a few, such as tasks; else empty
   */
  public record Parameter(
      Numbers defaults, double minimum, double maximum, String description, List<String> names) {
    /** The value that has a name, as a setting; a {@link ChainException} where none has it. */
    public Numbers named(String name) {
      if (names.contains(name)) {
        return Numbers.of(names.indexOf(name));
      }
      throw new ChainException("parameter: expected one of " + Words.list(names) + ", received " + Words.quote(name));
    }
  }

  /** Settings of the parameters, with the accuracy (0..1) and mean costs measured on {@code samples} inputs. */
  public record OperatingPoint(
      String name,
      Map<String, Numbers> parameters,
      double accuracy,
      Map<String, Double> costs,
      long samples,
      String description) {}

  /** The self-test: {@code index} is JSON, {@code arrays} the numbers that it points into. */
  public record Goldens(FileEntry index, FileEntry arrays) {}

  /**
   * Labelled pictures, which cost on average what the operating points say.
   *
   * @param images 8-bit pixels of the input's shape, one picture after the other
   * @param labels of each the place of its label among those of the bundle
   */
  public record Samples(FileEntry images, List<Long> labels) {}

  /** The steps that a run runs unless it is told others. */
  public List<Step> main() {
    return programs.get(MAIN);
  }

  /** Names of the inputs that a program reads in any of its steps, in the order of {@link #inputs}. */
  public List<String> inputs(String program) {
    return ProgramInputs.of(this, program);
  }

  /** The tensor of the first input of the main program that is an image, or null. */
  public @Nullable Tensor image() {
    for (String input : inputs(MAIN)) {
      if (inputs.get(input) instanceof Input.Image) {
        return values.get(input);
      }
    }
    return null;
  }

  /**
   * The labels of the first output that is one of labels, otherwise of boxes; empty where none has some. Those of a
   * table are the ones that the bundle comes with.
   */
  public List<String> labels() {
    List<String> ofBoxes = List.of();
    for (Output output : outputs.values()) {
      if (output instanceof Output.Labels) {
        return labels(output);
      } else if (!output.beside().isEmpty() && ofBoxes.isEmpty()) {
        ofBoxes = labels(output);
      }
    }
    return ofBoxes;
  }

  /** The labels of an output, its own or those of the rows that its table comes with. */
  List<String> labels(Output output) {
    return output.table() == null ? output.labels() : tables.get(output.table()).labels();
  }
}
