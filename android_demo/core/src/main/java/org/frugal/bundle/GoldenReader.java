package org.frugal.bundle;

import static org.frugal.bundle.JsonForm.Field.optional;
import static org.frugal.bundle.JsonForm.Field.required;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.frugal.bundle.GoldenIndex.Box;
import org.frugal.bundle.GoldenIndex.Case;
import org.frugal.bundle.GoldenIndex.Entry;
import org.frugal.bundle.GoldenIndex.Happening;
import org.frugal.bundle.GoldenIndex.Output;
import org.frugal.bundle.JsonForm.Field;
import org.frugal.bundle.JsonForm.Fields;

/** Reads an index of goldens and checks its form. */
final class GoldenReader {
  /** Arrays, and cases. */
  private static final int MAX_GOLDENS = 10_000;

  private static final Field<List<Integer>> SHAPE =
      required("shape", form -> form.list(1, 8, ManifestReader::dimension));
  private static final Field<String> TYPE = required("type", form -> form.oneOf("uint8", "float32"));
  private static final Field<Long> OFFSET = required("offset", ManifestReader::count);

  private static final Field<String> KIND = required("kind", form -> form.oneOf(
      "failed", "case", "skipped", "left", "crop", "row", "stopped", "not_reached"));
  private static final Field<String> NAME = required("name", GoldenReader::text);
  private static final Field<String> WHY = optional("why", null, form -> form.orNull("str", GoldenReader::text));
  private static final Field<Long> WAY = optional("case", null, form -> form.orNull("int", ManifestReader::count));
  private static final Field<Long> ROW = optional("row", null, form -> form.orNull("int", ManifestReader::count));
  private static final Field<List<Double>> CORNERS =
      optional("corners", null, form -> form.orNull("array", f -> f.exactly(4, GoldenReader::number)));

  private static final Field<List<Double>> NUMBERS = required("numbers", GoldenReader::numbers);
  private static final Field<Long> LABEL = optional("label", null, form -> form.orNull("int", ManifestReader::count));
  private static final Field<List<Double>> PROBABILITIES =
      optional("probabilities", null, form -> form.orNull("array", GoldenReader::numbers));

  private static final Field<Long> BOX_LABEL = required("label", ManifestReader::count);
  private static final Field<Double> SCORE = required("score", GoldenReader::number);
  private static final Field<List<Double>> MASK =
      optional("mask", null, form -> form.orNull("array", GoldenReader::numbers));
  private static final Field<List<Box>> BOXES = optional(
      "boxes", null, form -> form.orNull("array", f -> f.list(0, Integer.MAX_VALUE, GoldenReader::box)));

  private static final Field<String> PROGRAM = optional("program", Manifest.MAIN, GoldenReader::text);
  private static final Field<Map<String, Long>> INPUTS =
      required("inputs", form -> entries(form, ManifestReader::count));
  private static final Field<String> POINT = required("operating_point", GoldenReader::text);
  private static final Field<Map<String, Numbers>> PARAMETERS = optional(
      "parameters", Map.of(), form -> form.map(0, number -> Numbers.of(ProgramReader.real(number))));
  private static final Field<List<String>> PATH =
      required("path", form -> form.list(0, Integer.MAX_VALUE, GoldenReader::text));
  private static final Field<List<Happening>> EVENTS =
      required("events", form -> form.list(0, Integer.MAX_VALUE, GoldenReader::happening));
  private static final Field<String> EXIT = required("exit", GoldenReader::text);
  private static final Field<String> REASON = required("reason", GoldenReader::text);
  private static final Field<Map<String, Output>> OUTPUTS =
      required("outputs", form -> entries(form, GoldenReader::output));
  private static final Field<Double> TOLERANCE =
      optional("tolerance", null, form -> form.orNull("float", f -> f.real("0", "1e+30")));

  private static final Field<List<Entry>> ARRAYS =
      required("arrays", form -> form.list(0, MAX_GOLDENS, GoldenReader::entry));
  private static final Field<List<Case>> CASES =
      required("cases", form -> form.list(0, MAX_GOLDENS, GoldenReader::oneCase));

  private GoldenReader() {}

  /**
   * Reads the bytes of an index.
   *
   * @throws JsonForm.FormException it has another form
   */
  static GoldenIndex read(byte[] data) {
    Fields f = JsonText.parse(data, "an index of goldens").fields(ARRAYS, CASES);
    return new GoldenIndex(f.get(ARRAYS), f.get(CASES));
  }

  /** An object from names, which are compared with others later, to values of one form. */
  private static <T> Map<String, T> entries(JsonForm form, Function<JsonForm, T> read) {
    Map<String, T> entries = new LinkedHashMap<>();
    form.object().forEach(member -> entries.put(
        member.getName(), read.apply(new JsonForm(member.getValue(), form.path() + "[...]"))));
    return entries;
  }

  private static Entry entry(JsonForm form) {
    Fields f = form.fields(SHAPE, TYPE, OFFSET);
    return new Entry(f.get(SHAPE), f.get(TYPE).equals("float32"), f.get(OFFSET));
  }

  private static Case oneCase(JsonForm form) {
    Fields f = form.fields(PROGRAM, INPUTS, POINT, PARAMETERS, PATH, EVENTS, EXIT, REASON, OUTPUTS, TOLERANCE);
    return new Case(
        f.get(PROGRAM), f.get(INPUTS), f.get(POINT), f.get(PARAMETERS), f.get(PATH), f.get(EVENTS), f.get(EXIT),
        f.get(REASON), f.get(OUTPUTS), f.get(TOLERANCE));
  }

  private static Happening happening(JsonForm form) {
    Fields f = form.fields(KIND, NAME, WHY, WAY, ROW, CORNERS);
    return new Happening(f.get(KIND), f.get(NAME), f.get(WHY), f.get(WAY), f.get(ROW), f.get(CORNERS));
  }

  private static Output output(JsonForm form) {
    Fields f = form.fields(NUMBERS, LABEL, PROBABILITIES, BOXES);
    return new Output(f.get(NUMBERS), f.get(LABEL), f.get(PROBABILITIES), f.get(BOXES));
  }

  private static Box box(JsonForm form) {
    Fields f = form.fields(BOX_LABEL, SCORE, MASK);
    return new Box(f.get(BOX_LABEL), f.get(SCORE), f.get(MASK));
  }

  private static String text(JsonForm form) {
    return form.text(0, Integer.MAX_VALUE);
  }

  private static List<Double> numbers(JsonForm form) {
    return form.list(0, Integer.MAX_VALUE, GoldenReader::number);
  }

  private static double number(JsonForm form) {
    return form.real("-1.7976931348623157e+308", "1.7976931348623157e+308");
  }
}
