package org.frugal.bundle;

import java.util.List;
import java.util.Map;
import org.frugal.tensor.Tensor;

/**
 * Everything that {@code manifest.json} holds, format version 1. Maps keep the order of the file.
 *
 * @param name of the bundle
 * @param labels {@code labels.get(i)} is the name of class i
 * @param input the image
 * @param parts part name to part
 * @param parameters parameter name to parameter
 * @param program the steps
 * @param operatingPoints at least one, cheapest first
 * @param defaultOperatingPoint the name of one of them
 * @param goldens the self-test, or null
 * @param provenance JSON text of a free-form object: what made the bundle, from what, with which settings
 */
public record Manifest(
    String name,
    List<String> labels,
    Input input,
    Map<String, Part> parts,
    Map<String, Parameter> parameters,
    List<Step> program,
    List<OperatingPoint> operatingPoints,
    String defaultOperatingPoint,
    Goldens goldens,
    String provenance) {

  public static final String FORMAT = "frugal";
  public static final int VERSION = 1;

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
      FileEntry file,
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
  }

  /**
   * The image, and how a picture becomes it.
   *
   * @param bilinear whether a picture of another size is resized; otherwise it is refused
   * @param centerCrop whether the largest centred window of the aspect ratio is cut first
   * @param scale one number a channel
   * @param offset one number a channel
   */
  public record Input(
      String name,
      int height,
      int width,
      int channels,
      boolean bilinear,
      boolean centerCrop,
      List<Double> scale,
      List<Double> offset) {
    /** The image as the program reads it: float32 [1, height, width, channels]. */
    public Tensor tensor() {
      return Tensor.float32(List.of(1, height, width, channels));
    }
  }

  /** A knob of the program; the bounds hold for each number. */
  public record Parameter(Numbers defaults, double minimum, double maximum, String description) {}

  /** Settings of the parameters, with the accuracy (0..1) and mean costs measured on {@code samples} images. */
  public record OperatingPoint(
      String name,
      Map<String, Numbers> parameters,
      double accuracy,
      Map<String, Double> costs,
      long samples,
      String description) {}

  /** The self-test: {@code index} is JSON, {@code images} the pixels that it points into. */
  public record Goldens(FileEntry index, FileEntry images) {}
}
