package org.frugal.bundle;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.frugal.BundleException;
import org.frugal.Words;
import org.frugal.bundle.Manifest.FileEntry;
import org.frugal.bundle.Manifest.OperatingPoint;
import org.frugal.bundle.Manifest.Parameter;
import org.frugal.bundle.Manifest.Part;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;

/**
 * Static checks of a manifest: whatever passes can run to an answer without a surprise. {@link ProgramCheck} walks the
 * programs, this class looks at everything else. Nothing is opened and nothing is run.
 */
public final class ManifestCheck {
  private ManifestCheck() {}

  /**
   * Checks that a manifest makes sense.
   *
   * @throws BundleException naming the field at fault
   */
  static void check(Manifest manifest) {
    checkFiles(manifest);
    manifest.values().forEach((name, tensor) -> checkTensor(tensor, "values." + name));
    manifest.inputs().keySet().forEach(name -> checkInput(name, manifest.inputs(), manifest.values().get(name)));
    TreeSet<String> units = new TreeSet<>(manifest.parts().values().iterator().next().costs().keySet());
    manifest.parts().forEach((name, part) -> checkPart("parts." + name, part, units));
    manifest.parameters().forEach((name, parameter) -> checkParameter("parameters." + name, parameter));
    checkPoints(manifest);
    TableCheck.check(manifest);
    ProgramCheck.check(manifest);
    SamplePictures.check(manifest);
  }

  /** A file that a runtime opens, and the field that names it. */
  record NamedFile(String field, FileEntry entry) {}

  /** Every file that a runtime opens. */
  static List<NamedFile> files(Manifest manifest) {
    List<NamedFile> files = new ArrayList<>();
    manifest.parts().forEach((name, part) -> {
      if (part.file() != null) {
        files.add(new NamedFile("parts." + name + ".file", part.file()));
      }
    });
    manifest.tables().forEach((name, table) -> {
      if (table.content() != null) {
        files.add(new NamedFile("tables." + name + ".content.file", table.content()));
      }
    });
    if (manifest.goldens() != null) {
      files.add(new NamedFile("goldens.index.file", manifest.goldens().index()));
      files.add(new NamedFile("goldens.arrays.file", manifest.goldens().arrays()));
    }
    if (manifest.samples() != null) {
      files.add(new NamedFile("samples.images.file", manifest.samples().images()));
    }
    return files;
  }

  static void require(boolean condition, String problem, String field) {
    if (!condition) {
      throw BundleException.inManifest(problem, field);
    }
  }

  /** Paths stay inside the folder, and parts that share a file agree on it. */
  private static void checkFiles(Manifest manifest) {
    Map<String, FileEntry> seen = new HashMap<>();
    for (NamedFile named : files(manifest)) {
      FileEntry entry = named.entry();
      String shown = Words.quote(entry.file());
      require(
          isPlain(entry.file()),
          "expected a relative path with forward slashes inside the bundle, received " + shown,
          named.field());
      boolean whole = entry.sha256() != null && entry.bytes() != null;
      require(whole, "expected sha256 and bytes beside the file, received null", named.field());
      boolean small = whole && entry.bytes() <= Integer.MAX_VALUE;
      require(
          small, "expected at most " + Integer.MAX_VALUE + " bytes, received " + entry.bytes(), named.field());
      boolean other = !entry.file().equals(BundleFiles.MANIFEST);
      require(other, "expected another file than the manifest, received 'manifest.json'", named.field());
      FileEntry first = seen.putIfAbsent(entry.file(), entry);
      require(
          first == null || first.equals(entry),
          "expected one sha256 and one size for a file that is named twice, received two for " + shown,
          named.field());
    }
    long index = manifest.goldens() == null ? 0 : manifest.goldens().index().bytes();
    boolean small = index <= JsonText.MAX_BYTES;
    require(small, "expected at most " + JsonText.MAX_BYTES + " bytes, received " + index, "goldens.index.file");
  }

  private static boolean isPlain(String file) {
    for (String segment : file.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        return false;
      }
    }
    return file.indexOf('\\') < 0 && file.indexOf(':') < 0 && file.indexOf('\0') < 0;
  }

  private static void checkInput(String name, Map<String, Manifest.Input> inputs, Tensor tensor) {
    Manifest.Input input = inputs.get(name);
    String field = "inputs." + name;
    require(tensor != null, "expected a value of that name, received none", field);
    boolean usable = tensor.type() != TensorType.INT32;
    require(usable, "expected float32, int8, uint8 or int16 for an input, received int32", "values." + name + ".type");
    if (input instanceof Manifest.Input.Image image) {
      List<Integer> shape = tensor.shape();
      boolean fits = shape.size() == 4 && shape.get(0) == 1;
      require(fits, "expected [1, height, width, channels], received " + shape, "values." + name + ".shape");
      checkChannels(image.scale(), shape.get(3), field + ".scale");
      checkChannels(image.offset(), shape.get(3), field + ".offset");
      boolean padded = image.crop() == Manifest.Input.Crop.PAD || image.padding() == 0;
      String problem = "expected 0 where the crop is not \"pad\", received " + image.padding();
      require(padded, problem, field + ".padding");
    } else if (input instanceof Manifest.Input.Box box) {
      boolean corners = tensor.shape().equals(List.of(1, 4));
      require(corners, "expected [1, 4], received " + tensor.shape(), "values." + name + ".shape");
      String problem = "expected an input of the kind image, received " + Words.quote(box.image());
      require(inputs.get(box.image()) instanceof Manifest.Input.Image, problem, field + ".image");
    }
  }

  private static void checkChannels(List<Double> numbers, int channels, String field) {
    require(
        numbers.size() == channels,
        "expected one number for each of " + channels + " channels, received " + numbers.size(),
        field);
  }

  private static void checkPart(String field, Part part, TreeSet<String> units) {
    TreeSet<String> own = new TreeSet<>(part.costs().keySet());
    String received = ", received " + Words.list(own);
    require(own.contains("macs"), "expected macs among the costs" + received, field + ".costs");
    require(own.equals(units), "expected every part to have the same units" + received, field + ".costs");
    part.inputs().forEach((name, tensor) -> checkTensor(tensor, field + ".inputs." + name));
    part.outputs().forEach((name, tensor) -> checkTensor(tensor, field + ".outputs." + name));
  }

  private static void checkTensor(Tensor tensor, String field) {
    ProgramSize.elements(tensor.shape(), ProgramSize.MAX_ELEMENTS, field);
    String type = tensor.type().label();
    if (!tensor.type().isScaled()) {
      boolean none = tensor.scale() == null && tensor.zeroPoint() == null;
      require(none, "expected no scale and no zero point for " + type + ", received one", field);
      return;
    }
    require(tensor.scale() != null, "expected a scale for " + type + ", received none", field);
    boolean symmetric = tensor.type() == TensorType.INT16;
    int low = symmetric ? 0 : tensor.type().lowest();
    int high = symmetric ? 0 : tensor.type().highest();
    String expected = symmetric ? "of 0" : "from " + low + " to " + high;
    Integer zeroPoint = tensor.zeroPoint();
    require(
        zeroPoint != null && low <= zeroPoint && zeroPoint <= high,
        "expected a zero point " + expected + " for " + type + ", received "
            + (zeroPoint == null ? "None" : zeroPoint),
        field);
  }

  private static void checkParameter(String field, Parameter parameter) {
    boolean ordered = parameter.minimum() <= parameter.maximum();
    require(ordered, "expected minimum <= maximum, received the reverse", field);
    String problem = settingProblem(parameter, parameter.defaults());
    require(problem == null, problem, field + ".default");
    if (!parameter.names().isEmpty()) {
      checkNames(field, parameter);
    }
  }

  private static void checkNames(String field, Parameter parameter) {
    int last = parameter.names().size() - 1;
    boolean bounds = parameter.minimum() == 0 && parameter.maximum() == last;
    String received = Words.number(parameter.minimum()) + " to " + Words.number(parameter.maximum());
    require(bounds, "expected bounds of 0 to " + last + " for " + (last + 1) + " names, received " + received, field);
    require(!parameter.defaults().isList(),
        "expected one number as the default of a parameter with names, received a list", field + ".default");
    Set<String> seen = new TreeSet<>();
    for (String name : parameter.names()) {
      String twice = "expected names that differ, received " + Words.quote(name) + " twice";
      require(seen.add(name), twice, field + ".names");
    }
  }

  /** Says what is wrong with a value as a setting of a parameter, or null. */
  public static String settingProblem(Parameter parameter, Numbers value) {
    Numbers defaults = parameter.defaults();
    int expected = defaults.values().size();
    int received = value.values().size();
    if (defaults.isList() != value.isList() || expected != received) {
      return "expected " + (defaults.isList() ? "a list of " + expected + " numbers" : "a number")
          + ", received " + (value.isList() ? "a list of " + received : "a number");
    }
    for (double number : value.values()) {
      if (!(parameter.minimum() <= number && number <= parameter.maximum())) {
        return "expected " + Words.number(parameter.minimum()) + " to " + Words.number(parameter.maximum())
            + ", received " + Words.number(number);
      }
    }
    return null;
  }

  private static void checkPoints(Manifest manifest) {
    List<String> names = new ArrayList<>();
    String unit = manifest.sortedBy();
    double least = 0;
    Set<String> units = new TreeSet<>(manifest.parts().values().iterator().next().costs().keySet());
    require(
        units.contains(unit), "expected one of the units " + Words.list(units) + ", received " + Words.quote(unit),
        "sorted_by");
    for (OperatingPoint point : manifest.operatingPoints()) {
      String field = "operating_points[" + names.size() + "]";
      boolean fresh = !names.contains(point.name());
      require(fresh, "expected names that differ, received " + Words.quote(point.name()) + " twice", field + ".name");
      names.add(point.name());
      point.parameters().forEach((name, value) -> {
        Parameter parameter = manifest.parameters().get(name);
        boolean known = parameter != null;
        require(known, "expected a parameter of the bundle, received " + Words.quote(name), field + ".parameters");
        String problem = settingProblem(parameter, value);
        require(problem == null, problem, field + ".parameters." + name);
      });
      least = checkOrder(point, unit, least, field + ".costs");
    }
    require(
        names.contains(manifest.defaultOperatingPoint()),
        "expected one of " + Words.list(names) + ", received " + Words.quote(manifest.defaultOperatingPoint()),
        "default_operating_point");
  }

  /** What a point costs of the unit that points are in the order of: no less than the one before. */
  private static double checkOrder(OperatingPoint point, String unit, double least, String field) {
    Double cost = point.costs().get(unit);
    require(
        cost != null,
        "expected " + unit + " among the costs, received " + Words.list(new TreeSet<>(point.costs().keySet())), field);
    require(
        cost >= least,
        "expected no less " + unit + " than the point before, " + Words.number(least) + ", received " + Words.number(cost),
        field + "." + unit);
    return cost;
  }
}
