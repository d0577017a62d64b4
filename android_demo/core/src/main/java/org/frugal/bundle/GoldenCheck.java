package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.frugal.BundleException;
import org.frugal.Words;
import org.frugal.bundle.GoldenIndex.Case;
import org.frugal.bundle.GoldenIndex.Entry;
import org.frugal.bundle.GoldenIndex.Happening;
import org.frugal.tensor.Tensor;

/**
 * Compares a bundle's goldens with its manifest when it is loaded: what does not fit is refused before anything runs.
 * Whether a run gives what a golden says is left to the self-test; here it is only asked whether any run could.
 */
final class GoldenCheck {
  private static final Map<String, String> DETAILS =
      Map.of("failed", "why", "stopped", "why", "case", "case", "row", "row", "crop", "corners");

  private final Manifest manifest;
  private final GoldenIndex index;
  private final Map<String, Known> programs = new HashMap<>();
  private final Set<String> points;

  /** What cases of a program are compared with: inputs read, parts, and of each exit or answer output to value. */
  private record Known(List<String> inputs, Set<String> parts, Map<String, Map<String, String>> ends) {
    static Known of(Manifest manifest, String program) {
      Known known = new Known(manifest.inputs(program), new HashSet<>(), new HashMap<>());
      Step.walk(manifest.programs().get(program), step -> {
        if (step instanceof Step.Run run) {
          known.parts.add(run.part());
        } else if (step instanceof Step.Exit exit) {
          known.ends.put(exit.name(), exit.gives());
        } else if (step instanceof Step.Answer answer) {
          known.ends.put(answer.name(), answer.gives());
        }
      });
      return known;
    }
  }

  private GoldenCheck(Manifest manifest, GoldenIndex index) {
    this.manifest = manifest;
    this.index = index;
    manifest.programs().keySet().forEach(name -> programs.put(name, Known.of(manifest, name)));
    points = manifest.operatingPoints().stream().map(Manifest.OperatingPoint::name).collect(Collectors.toSet());
  }

  /**
   * Checks what a checked manifest and the bytes of an index say of each other.
   *
   * @throws BundleException the index is none, or says what no run of this bundle can give
   */
  static void check(Manifest manifest, byte[] data) {
    String file = manifest.goldens().index().file();
    GoldenIndex index = GoldenIndex.read(data, file);
    try {
      new GoldenCheck(manifest, index).check();
    } catch (BundleException error) {
      throw new BundleException(error.problem(), file, error.field(), error);
    }
  }

  private void check() {
    checkArrays();
    for (int i = 0; i < index.cases().size(); i++) {
      Case each = index.cases().get(i);
      String field = "cases[" + i + "]";
      checkOneOf(each.program(), programs.keySet(), field + ".program");
      checkOneOf(each.operatingPoint(), points, field + ".operating_point");
      checkParameters(each, field + ".parameters");
      checkCase(each, programs.get(each.program()), field);
    }
  }

  private void checkParameters(Case each, String field) {
    each.parameters().forEach((name, value) -> {
      checkOneOf(name, manifest.parameters().keySet(), field);
      String problem = ManifestCheck.settingProblem(manifest.parameters().get(name), value);
      require(problem == null, problem, field + "." + name);
    });
  }

  /** Every array lies inside the file, and all together are few enough to be held. */
  private void checkArrays() {
    BigInteger all = BigInteger.ZERO;
    for (Entry entry : index.entries()) {
      all = all.add(Tensor.product(entry.shape()));
    }
    boolean few = all.compareTo(BigInteger.valueOf(ProgramSize.MAX_ELEMENTS)) <= 0;
    require(few, "expected arrays of at most " + ProgramSize.MAX_ELEMENTS + " elements together, received " + all,
        "arrays");
    Manifest.FileEntry file = manifest.goldens().arrays();
    String problem =
        "expected an array inside the " + file.bytes() + " bytes of " + file.file() + ", received one behind them";
    for (int i = 0; i < index.entries().size(); i++) {
      Entry entry = index.entries().get(i);
      long size = Tensor.product(entry.shape()).longValue() * (entry.isFloat() ? 4 : 1);
      require(entry.offset() <= file.bytes() - size, problem, "arrays[" + i + "].offset");
    }
  }

  private void checkCase(Case each, Known program, String field) {
    checkInputs(each, program, field + ".inputs");
    for (int i = 0; i < each.path().size(); i++) {
      checkOneOf(each.path().get(i), program.parts, field + ".path[" + i + "]");
    }
    for (int i = 0; i < each.events().size(); i++) {
      checkEvent(each.events().get(i), program, field + ".events[" + i + "]");
    }
    checkOneOf(each.exit(), program.ends.keySet(), field + ".exit");
    Map<String, String> gives = program.ends.get(each.exit());
    require(
        each.outputs().keySet().equals(gives.keySet()),
        "expected the outputs " + sorted(gives.keySet()) + ", received " + sorted(each.outputs().keySet()),
        field + ".outputs");
    each.outputs().forEach((name, output) ->
        checkOutput(output, gives.get(name), manifest.outputs().get(name), field + ".outputs." + name));
  }

  private static void checkOneOf(String name, Set<String> known, String field) {
    if (!known.contains(name)) { // a sentence for each of a million names would take minutes
      String problem = "expected one of " + sorted(known) + ", received " + Words.quote(name);
      throw BundleException.inManifest(problem, field);
    }
  }

  private static String sorted(Collection<String> names) {
    return Words.list(new TreeSet<>(names));
  }

  private void checkInputs(Case each, Known program, String field) {
    int arrays = index.entries().size();
    each.inputs().values().forEach(place ->
        require(place < arrays, "expected an array below " + arrays + ", received " + place, field));
    Set<String> given = each.inputs().keySet();
    require(
        given.containsAll(program.inputs) && manifest.inputs().keySet().containsAll(given),
        "expected the inputs " + sorted(program.inputs) + ", received " + sorted(given), field);
    for (String name : program.inputs) {
      List<Integer> shape = manifest.values().get(name).shape();
      boolean image = manifest.inputs().get(name) instanceof Manifest.Input.Image;
      List<Integer> form = image ? shape.subList(1, shape.size()) : shape;
      Entry array = index.entries().get(each.inputs().get(name).intValue());
      int sides = array.shape().size();
      boolean pixels = image && !array.isFloat() && (sides == 2 || sides == 3);
      boolean exactly = array.isFloat() && array.shape().equals(form);
      String expected = "float32 " + form + (image ? ", or uint8 pixels of two or three sides" : "");
      String received = (array.isFloat() ? "float32 " : "uint8 ") + array.shape();
      require(pixels || exactly, "expected " + expected + ", received " + received, field + "." + name);
    }
  }

  private void checkEvent(Happening event, Known program, String field) {
    List<String> expected = DETAILS.containsKey(event.kind()) ? List.of(DETAILS.get(event.kind())) : List.of();
    List<String> received = new ArrayList<>();
    addIf(event.why() != null, "why", received);
    addIf(event.way() != null, "case", received);
    addIf(event.row() != null, "row", received);
    addIf(event.corners() != null, "corners", received);
    require(
        expected.equals(received),
        "expected " + Words.list(expected) + " beside kind and name, received " + Words.list(received), field);
    if (Set.of("failed", "skipped", "not_reached").contains(event.kind())) {
      checkOneOf(event.name(), program.parts, field + ".name");
    } else if (event.kind().equals("crop")) {
      boolean known = manifest.values().containsKey(event.name());
      require(known, "expected a value of the bundle, received " + Words.quote(event.name()), field + ".name");
    }
  }

  private static void addIf(boolean there, String name, List<String> names) {
    if (there) {
      names.add(name);
    }
  }

  /** The fields that an output of its kind has, and as many numbers in each as it has. */
  private void checkOutput(GoldenIndex.Output golden, String value, Manifest.Output output, String field) {
    boolean boxes = !output.beside().isEmpty();
    boolean labelled = output instanceof Manifest.Output.Labels;
    List<String> expected = boxes ? List.of("boxes") : labelled ? List.of("label", "probabilities") : List.of();
    List<String> received = new ArrayList<>();
    addIf(golden.label() != null, "label", received);
    addIf(golden.probabilities() != null, "probabilities", received);
    addIf(golden.boxes() != null, "boxes", received);
    String problem = "expected " + Words.list(expected) + " beside the numbers, received " + Words.list(received);
    require(expected.equals(received), problem, field);
    Tensor tensor = manifest.values().get(value);
    int count = tensor.elements();
    if (boxes) {
      int rows = tensor.shape().get(1);
      count = 4 * golden.boxes().size();
      problem = "expected at most " + rows + " boxes, received " + golden.boxes().size();
      require(golden.boxes().size() <= rows, problem, field + ".boxes");
      checkBoxes(golden.boxes(), output, field + ".boxes");
    } else if (labelled) {
      int labels = manifest.labels(output).size();
      count = output.table() == null ? count : labels;
      checkBelow(golden.label(), labels, field + ".label");
      checkCount(golden.probabilities(), labels, field + ".probabilities");
    }
    checkCount(golden.numbers(), count, field + ".numbers");
  }

  private void checkBoxes(List<GoldenIndex.Box> boxes, Manifest.Output output, String field) {
    int labels = manifest.labels(output).size();
    Integer pixels = null;
    if (output instanceof Manifest.Output.Masks masks) {
      List<Integer> shape = manifest.values().get(masks.masks()).shape();
      pixels = Tensor.product(shape.subList(2, shape.size())).intValue();
    }
    for (int i = 0; i < boxes.size(); i++) {
      checkBelow(boxes.get(i).label(), labels, field + "[" + i + "].label");
      checkCount(boxes.get(i).mask(), pixels, field + "[" + i + "].mask");
    }
  }

  private static void checkBelow(long label, int labels, String field) {
    require(label < labels, "expected a label below " + labels + ", received " + label, field);
  }

  private static void checkCount(List<Double> numbers, Integer expected, String field) {
    Integer received = numbers == null ? null : numbers.size();
    String wanted = expected == null ? "no numbers" : expected + " numbers";
    String found = received == null ? "none" : received.toString();
    require(Objects.equals(expected, received), "expected " + wanted + ", received " + found, field);
  }
}
