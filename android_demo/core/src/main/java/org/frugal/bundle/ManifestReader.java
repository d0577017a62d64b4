package org.frugal.bundle;

import static org.frugal.bundle.JsonForm.Field.optional;
import static org.frugal.bundle.JsonForm.Field.required;

import com.eclipsesource.json.JsonValue;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.frugal.BundleException;
import org.frugal.bundle.JsonForm.Field;
import org.frugal.bundle.JsonForm.Fields;
import org.frugal.bundle.Manifest.FileEntry;
import org.frugal.bundle.Manifest.Goldens;
import org.frugal.bundle.Manifest.Input;
import org.frugal.bundle.Manifest.OperatingPoint;
import org.frugal.bundle.Manifest.Output;
import org.frugal.bundle.Manifest.Parameter;
import org.frugal.bundle.Manifest.Part;
import org.frugal.bundle.Manifest.Samples;
import org.frugal.bundle.Manifest.Table;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;

/** Reads a manifest and checks its form; {@link ManifestCheck} checks its sense. */
final class ManifestReader {
  static final int MAX_DIMENSION = 1 << 24;
  /** Parts, values, parameters, operating points. */
  private static final int MAX_NAMED = 1000;
  /** Inputs, outputs, tables, programs. */
  private static final int MAX_BORDER = 100;
  private static final int MAX_SAMPLES = 10_000;
  private static final long MAX_COUNT = 1L << 62;
  private static final String EXPECTED = "a JSON object that is not nested too deep";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,100}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private static final Field<String> SHA = required("sha256", ManifestReader::sha256);
  private static final Field<Long> BYTES = required("bytes", ManifestReader::count);
  private static final Field<String> FILE = required("file", form -> form.text(1, 500));
  private static final Field<String> PART_FILE = required("file", form -> form.orNull("str", f -> f.text(1, 500)));
  private static final Field<String> PART_SHA =
      optional("sha256", null, form -> form.orNull("str", ManifestReader::sha256));
  private static final Field<Long> PART_BYTES =
      optional("bytes", null, form -> form.orNull("int", ManifestReader::count));
  private static final Field<String> SIGNATURE = optional("signature", "serving_default", ManifestReader::name);
  private static final Field<Map<String, Tensor>> INPUTS = required("inputs", ManifestReader::tensors);
  private static final Field<Map<String, Tensor>> OUTPUTS = required("outputs", ManifestReader::tensors);
  private static final Field<List<String>> UNITS =
      optional("units", List.of(), form -> form.list(0, Integer.MAX_VALUE, ManifestReader::name));
  private static final Field<Long> WEIGHTS = optional("parameters", 0L, ManifestReader::count);
  private static final Field<Map<String, Double>> COSTS = required("costs", ManifestReader::costs);

  private static final Field<List<Integer>> SHAPE = required("shape", ManifestReader::shape);
  private static final Field<TensorType> TYPE = required("type", ManifestReader::type);
  private static final Field<Double> SCALE =
      optional("scale", null, form -> form.orNull("float", f -> f.real("1e-30", "1e+30")));
  private static final Field<Integer> ZERO_POINT =
      optional("zero_point", null, form -> form.orNull("int", f -> (int) f.whole(-128, 255)));

  private static final Field<Numbers> DEFAULT = required("default", ProgramReader::numbers);
  private static final Field<Double> MINIMUM = required("minimum", ProgramReader::real);
  private static final Field<Double> MAXIMUM = required("maximum", ProgramReader::real);
  private static final Field<String> DESCRIPTION =
      optional("description", "", form -> form.text(0, Integer.MAX_VALUE));

  private static final Field<List<String>> NAMES = optional(
      "names", List.of(), form -> form.list(0, Integer.MAX_VALUE, name -> name.text(1, 80)));

  private static final Field<String> POINT_NAME = required("name", ManifestReader::name);
  private static final Field<Map<String, Numbers>> SETTINGS =
      required("parameters", form -> form.map(0, ProgramReader::numbers));
  private static final Field<Double> ACCURACY = required("accuracy", form -> form.real("0.0", "1.0"));
  private static final Field<Long> SAMPLES = required("samples", ManifestReader::count);

  private static final Field<FileEntry> INDEX = required("index", ManifestReader::file);
  private static final Field<FileEntry> ARRAYS = required("arrays", ManifestReader::file);

  private static final Field<FileEntry> IMAGES = required("images", ManifestReader::file);
  private static final Field<List<Long>> IMAGE_LABELS =
      required("labels", form -> form.list(1, MAX_SAMPLES, ManifestReader::count));

  private static final Field<String> FORMAT = optional("format", "", form -> form.oneOf(Manifest.FORMAT));
  private static final Field<Long> VERSION =
      optional("version", null, form -> form.whole(Manifest.VERSION, Manifest.VERSION));
  private static final Field<String> BUNDLE_NAME =
      required("name", form -> form.matching(NAME, "^[A-Za-z0-9_.-]{1,100}$(?!\\n)"));
  private static final Field<String> TITLE = optional("title", null, form -> form.text(1, 80));
  private static final Field<String> QUESTION = optional("question", null, form -> form.text(1, 200));
  private static final Field<Map<String, Input>> BUNDLE_INPUTS =
      required("inputs", form -> named(form, 1, MAX_BORDER, BorderReader::input));
  private static final Field<Map<String, Tensor>> VALUES =
      required("values", form -> named(form, 1, MAX_NAMED, ManifestReader::tensor));
  private static final Field<Map<String, Output>> BUNDLE_OUTPUTS =
      required("outputs", form -> named(form, 1, MAX_BORDER, BorderReader::output));
  private static final Field<Map<String, Part>> PARTS =
      required("parts", form -> named(form, 1, MAX_NAMED, ManifestReader::part));
  private static final Field<Map<String, Table>> TABLES =
      optional("tables", Map.of(), form -> named(form, 0, MAX_BORDER, BorderReader::table));
  private static final Field<Map<String, Parameter>> PARAMETERS =
      optional("parameters", Map.of(), form -> named(form, 0, MAX_NAMED, ManifestReader::parameter));
  private static final Field<Map<String, List<Step>>> PROGRAMS =
      required("programs", form -> named(form, 1, MAX_BORDER, ProgramReader::program));
  private static final Field<List<OperatingPoint>> POINTS =
      required("operating_points", form -> form.list(1, MAX_NAMED, ManifestReader::point));
  private static final Field<String> SORTED_BY = optional("sorted_by", "macs", ManifestReader::name);
  private static final Field<String> DEFAULT_POINT = required("default_operating_point", ManifestReader::name);
  private static final Field<Goldens> GOLDENS =
      optional("goldens", null, form -> form.orNull("object", ManifestReader::goldens));
  private static final Field<Samples> SAMPLE_PICTURES = optional("samples", null, ManifestReader::samples);
  private static final Field<String> PROVENANCE = optional("provenance", "{}", ManifestReader::provenance);

  private ManifestReader() {}

  /**
   * Reads the bytes of {@code manifest.json}.
   *
   * @throws BundleException not JSON, another format or version, or a field that is missing, unknown or out of
   *     range
   */
  static Manifest read(byte[] data) {
    try {
      JsonForm form = JsonText.parse(data, EXPECTED);
      checkHeader(form);
      return manifest(form);
    } catch (JsonForm.FormException error) {
      throw BundleException.inManifest(error.getMessage(), error.path);
    }
  }

  /** Another format or version has a sentence of its own: it has fields that are unknown here. */
  private static void checkHeader(JsonForm form) {
    JsonValue format = form.object().get("format");
    JsonValue version = form.object().get("version");
    if (format == null || !format.isString() || !format.asString().equals(Manifest.FORMAT)) {
      throw new JsonForm.FormException("expected \"frugal\", received " + JsonText.shown(format), "format");
    }
    String number = version != null && version.isNumber() ? version.toString() : "";
    if (!number.matches("0*[1-9][0-9]*")) {
      String problem = "expected a whole number from 1, received " + JsonText.shown(version);
      throw new JsonForm.FormException(problem, "version");
    }
    if (!number.equals(String.valueOf(Manifest.VERSION))) {
      boolean older = new BigInteger(number).compareTo(BigInteger.valueOf(Manifest.VERSION)) < 0;
      String advice = older ? "convert the model again" : "update the runtime or convert the model again";
      String problem = "expected version " + Manifest.VERSION + ", received " + number + ": " + advice;
      throw new JsonForm.FormException(problem, "version");
    }
  }

  private static Manifest manifest(JsonForm form) {
    Fields f = form.fields(
        FORMAT, VERSION, BUNDLE_NAME, TITLE, QUESTION, BUNDLE_INPUTS, VALUES, BUNDLE_OUTPUTS, PARTS, TABLES, PARAMETERS,
        PROGRAMS, POINTS, SORTED_BY, DEFAULT_POINT, GOLDENS, SAMPLE_PICTURES, PROVENANCE);
    return new Manifest(
        f.get(BUNDLE_NAME), f.get(TITLE), f.get(QUESTION), f.get(BUNDLE_INPUTS), f.get(VALUES), f.get(BUNDLE_OUTPUTS),
        f.get(PARTS), f.get(TABLES), f.get(PARAMETERS), f.get(PROGRAMS), f.get(POINTS), f.get(SORTED_BY),
        f.get(DEFAULT_POINT), f.get(GOLDENS), f.get(SAMPLE_PICTURES), f.get(PROVENANCE));
  }

  /** An object of the manifest's own: the path of an entry has its name. */
  private static <T> Map<String, T> named(JsonForm form, int least, int most, Function<JsonForm, T> read) {
    return form.map(least, most, name -> "." + name, read);
  }

  private static Part part(JsonForm form) {
    Fields f = form.fields(PART_FILE, PART_SHA, PART_BYTES, SIGNATURE, INPUTS, OUTPUTS, UNITS, WEIGHTS, COSTS);
    String file = f.get(PART_FILE);
    return new Part(
        file == null ? null : new FileEntry(file, f.get(PART_SHA), f.get(PART_BYTES)),
        f.get(SIGNATURE), f.get(INPUTS), f.get(OUTPUTS), f.get(UNITS), f.get(WEIGHTS), f.get(COSTS));
  }

  private static Map<String, Tensor> tensors(JsonForm form) {
    return form.map(1, ManifestReader::tensor);
  }

  private static Tensor tensor(JsonForm form) {
    Fields f = form.fields(SHAPE, TYPE, SCALE, ZERO_POINT);
    return new Tensor(f.get(SHAPE), f.get(TYPE), f.get(SCALE), f.get(ZERO_POINT));
  }

  private static TensorType type(JsonForm form) {
    String label = form.oneOf("float32", "int8", "uint8", "int16", "int32");
    for (TensorType type : TensorType.values()) {
      if (type.label().equals(label)) {
        return type;
      }
    }
    throw new IllegalStateException("expected one of the types above, received " + label);
  }

  private static Parameter parameter(JsonForm form) {
    Fields f = form.fields(DEFAULT, MINIMUM, MAXIMUM, DESCRIPTION, NAMES);
    return new Parameter(f.get(DEFAULT), f.get(MINIMUM), f.get(MAXIMUM), f.get(DESCRIPTION), f.get(NAMES));
  }

  private static OperatingPoint point(JsonForm form) {
    Fields f = form.fields(POINT_NAME, SETTINGS, ACCURACY, COSTS, SAMPLES, DESCRIPTION);
    return new OperatingPoint(
        f.get(POINT_NAME), f.get(SETTINGS), f.get(ACCURACY), f.get(COSTS), f.get(SAMPLES), f.get(DESCRIPTION));
  }

  private static Goldens goldens(JsonForm form) {
    Fields f = form.fields(INDEX, ARRAYS);
    return new Goldens(f.get(INDEX), f.get(ARRAYS));
  }

  private static Samples samples(JsonForm form) {
    Fields f = form.fields(IMAGES, IMAGE_LABELS);
    return new Samples(f.get(IMAGES), f.get(IMAGE_LABELS));
  }

  static FileEntry file(JsonForm form) {
    Fields f = form.fields(FILE, SHA, BYTES);
    return new FileEntry(f.get(FILE), f.get(SHA), f.get(BYTES));
  }

  private static String provenance(JsonForm form) {
    form.object();
    return form.anything();
  }

  static String name(JsonForm form) {
    return form.text(1, 200);
  }

  static int dimension(JsonForm form) {
    return (int) form.whole(1, MAX_DIMENSION);
  }

  static List<Integer> shape(JsonForm form) {
    return form.list(0, 8, ManifestReader::dimension);
  }

  static long count(JsonForm form) {
    return form.whole(0, MAX_COUNT);
  }

  private static String sha256(JsonForm form) {
    return form.matching(SHA256, "^[0-9a-f]{64}$(?!\\n)");
  }

  static List<Double> reals(JsonForm form) {
    return form.list(0, Integer.MAX_VALUE, ProgramReader::real);
  }

  static Map<String, Double> costs(JsonForm form) {
    return form.map(0, f -> f.real("0.0", "1e+30"));
  }
}
