package org.frugal.bundle;

import static org.frugal.bundle.JsonForm.Field.optional;
import static org.frugal.bundle.JsonForm.Field.required;

import com.eclipsesource.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.frugal.bundle.JsonForm.Field;
import org.frugal.bundle.JsonForm.Fields;
import org.frugal.bundle.Step.CropMode;

/** Reads the steps and rules of a program and checks their form. */
final class ProgramReader {
  private static final int MAX_NUMBERS = 1 << 20;

  private static final Field<String> TAG_RULE = required("rule", form -> form.text(0, Integer.MAX_VALUE));
  private static final Field<String> TAG_OP = required("op", form -> form.text(0, Integer.MAX_VALUE));
  private static final Field<String> NAME = required("name", ManifestReader::name);
  private static final Field<String> VALUE = required("value", ManifestReader::name);
  private static final Field<String> AT = required("at", ManifestReader::name);
  private static final Field<String> OUTPUT = required("output", ManifestReader::name);
  private static final Field<String> PART = required("part", ManifestReader::name);
  private static final Field<String> PARAMETER = required("parameter", ManifestReader::name);
  private static final Field<Setting> THRESHOLD = required("threshold", ProgramReader::setting);
  private static final Field<Setting> WEIGHT = required("weight", ProgramReader::setting);
  private static final Field<Setting> BIAS = required("bias", ProgramReader::setting);
  static final Field<Activation> ACTIVATION = optional(
      "activation",
      Activation.SOFTMAX,
      form -> form.oneOf("softmax", "none").equals("none") ? Activation.NONE : Activation.SOFTMAX);
  private static final Field<Rule> RULE = required("rule", ProgramReader::rule);
  private static final Field<Map<String, String>> INPUTS =
      required("inputs", form -> form.map(0, ManifestReader::name));
  private static final Field<Map<String, String>> OUTPUTS =
      required("outputs", form -> form.map(1, ManifestReader::name));
  private static final Field<Map<String, String>> GIVES = required("gives", form -> form.map(1, ManifestReader::name));
  private static final Field<String> ON = optional("on", "local", form -> form.oneOf("local", "remote"));
  private static final Field<List<Step>> THEN = required("then", ProgramReader::steps);
  private static final Field<List<Step>> OTHERWISE = optional("otherwise", List.of(), ProgramReader::steps);
  private static final Field<List<Step>> OTHERWISE_OF_RUN =
      optional("otherwise", null, form -> form.orNull("array", ProgramReader::steps));
  private static final Field<String> VALUE_OR_NULL =
      optional("value", null, form -> form.orNull("str", ManifestReader::name));
  private static final Field<String> PARAMETER_OR_NULL =
      optional("parameter", null, form -> form.orNull("str", ManifestReader::name));
  private static final Field<List<List<Step>>> CASES =
      required("cases", form -> form.list(1, Integer.MAX_VALUE, ProgramReader::steps));
  private static final Field<List<Integer>> SIZE =
      required("size", form -> form.exactly(2, ManifestReader::dimension));
  private static final Field<String> MODE = optional("mode", "theta", form -> form.oneOf("theta", "box", "glimpse"));
  private static final Field<Integer> SCALES = optional("scales", 1, form -> (int) form.whole(1, 8));
  private static final Field<Double> PADDING = optional("padding", 0.0, ProgramReader::real);
  private static final Field<Map<String, Double>> COSTS = optional("costs", Map.of(), ManifestReader::costs);
  private static final Field<String> BOXES = required("boxes", ManifestReader::name);
  private static final Field<String> SCORES = required("scores", ManifestReader::name);
  private static final Field<Setting> OVERLAP = required("overlap", ProgramReader::setting);
  private static final Field<Integer> MOST = required("most", form -> (int) form.whole(1, 1000));
  private static final Field<Map<String, String>> KEPT = required("outputs", ProgramReader::kept);
  private static final Field<Map<String, String>> ROWS = required("rows", form -> form.map(1, ManifestReader::name));
  private static final Field<Map<String, String>> STACKS =
      required("stacks", form -> form.map(1, ManifestReader::name));
  private static final Field<String> COUNT =
      optional("count", null, form -> form.orNull("str", ManifestReader::name));
  private static final Field<String> DONE = optional("done", null, form -> form.orNull("str", ManifestReader::name));
  private static final Field<Integer> TIMES = required("times", form -> (int) form.whole(1, 1000));
  private static final Field<List<Step>> STEPS = required("steps", ProgramReader::program);
  private static final Field<List<Integer>> SHAPE = required("shape", ManifestReader::shape);
  private static final Field<Setting> CONTENT = required("content", ProgramReader::content);

  private ProgramReader() {}

  private static List<Step> steps(JsonForm form) {
    return form.list(0, Integer.MAX_VALUE, ProgramReader::step);
  }

  /** A program, or the steps of a repeat or an each: at least one. */
  static List<Step> program(JsonForm form) {
    return form.list(1, Integer.MAX_VALUE, ProgramReader::step);
  }

  private static Step step(JsonForm form) {
    String op = form.tag("op");
    switch (op) {
      case "run": {
        Fields f = form.fields(TAG_OP, PART, INPUTS, OUTPUTS, ON, OTHERWISE_OF_RUN);
        boolean remote = f.get(ON).equals("remote");
        return new Step.Run(f.get(PART), f.get(INPUTS), f.get(OUTPUTS), remote, f.get(OTHERWISE_OF_RUN));
      }
      case "exit": {
        Fields f = form.fields(TAG_OP, NAME, RULE, GIVES);
        return new Step.Exit(f.get(NAME), f.get(RULE), f.get(GIVES));
      }
      case "branch": {
        Fields f = form.fields(TAG_OP, RULE, THEN, OTHERWISE);
        return new Step.Branch(f.get(RULE), f.get(THEN), f.get(OTHERWISE));
      }
      case "select": {
        Fields f = form.fields(TAG_OP, VALUE_OR_NULL, PARAMETER_OR_NULL, CASES);
        return new Step.Select(f.get(VALUE_OR_NULL), f.get(PARAMETER_OR_NULL), f.get(CASES));
      }
      case "crop":
        return crop(form);
      case "repeat": {
        Fields f = form.fields(TAG_OP, TIMES, STEPS);
        return new Step.Repeat(f.get(TIMES), f.get(STEPS));
      }
      case "each": {
        Fields f = form.fields(TAG_OP, ROWS, COUNT, STEPS, STACKS, DONE);
        return new Step.Each(f.get(ROWS), f.get(COUNT), f.get(STEPS), f.get(STACKS), f.get(DONE));
      }
      case "keep":
        return keep(form);
      case "leave":
        return new Step.Leave(form.fields(TAG_OP, RULE).get(RULE));
      case "fill": {
        Fields f = form.fields(TAG_OP, OUTPUT, SHAPE, CONTENT);
        return new Step.Fill(f.get(OUTPUT), f.get(SHAPE), f.get(CONTENT));
      }
      case "answer": {
        Fields f = form.fields(TAG_OP, NAME, GIVES);
        return new Step.Answer(f.get(NAME), f.get(GIVES));
      }
      default:
        throw new JsonForm.FormException("invalid value '" + op + "'", inside(form, "op"));
    }
  }

  private static Step crop(JsonForm form) {
    Fields f = form.fields(TAG_OP, VALUE, AT, OUTPUT, SIZE, MODE, SCALES, PADDING, COSTS);
    CropMode mode = CropMode.valueOf(f.get(MODE).toUpperCase(Locale.ROOT));
    List<Integer> size = f.get(SIZE);
    return new Step.Crop(
        f.get(VALUE), f.get(AT), f.get(OUTPUT), size.get(0), size.get(1), mode, f.get(SCALES), f.get(PADDING),
        f.get(COSTS));
  }

  private static Step keep(JsonForm form) {
    Fields f = form.fields(TAG_OP, BOXES, SCORES, THRESHOLD, OVERLAP, MOST, KEPT, COSTS);
    return new Step.Keep(
        f.get(BOXES), f.get(SCORES), f.get(THRESHOLD), f.get(OVERLAP), f.get(MOST), f.get(KEPT), f.get(COSTS));
  }

  /** What a keep gives has names of its own, which are read before what they stand for. */
  private static Map<String, String> kept(JsonForm form) {
    Map<String, String> kept = new LinkedHashMap<>();
    form.object().forEach(member -> {
      String what = new JsonForm(Json.value(member.getName()), form.path())
          .oneOf("boxes", "scores", "classes", "rows", "count");
      kept.put(what, ManifestReader.name(new JsonForm(member.getValue(), form.path() + "[...]")));
    });
    if (kept.isEmpty()) {
      throw form.refuse("expected `object` of length >= 1");
    }
    return kept;
  }

  private static Rule rule(JsonForm form) {
    String kind = form.tag("rule");
    if (kind.equals("at_least")) {
      Fields f = form.fields(TAG_RULE, VALUE, THRESHOLD);
      return new Rule.AtLeast(f.get(VALUE), f.get(THRESHOLD));
    }
    if (kind.equals("logistic_entropy")) {
      Fields f = form.fields(TAG_RULE, VALUE, THRESHOLD, WEIGHT, BIAS, ACTIVATION);
      return new Rule.LogisticEntropy(
          f.get(VALUE), f.get(THRESHOLD), f.get(WEIGHT), f.get(BIAS), f.get(ACTIVATION));
    }
    if (!List.of("max_softmax", "entropy", "margin").contains(kind)) {
      throw new JsonForm.FormException("invalid value '" + kind + "'", inside(form, "rule"));
    }
    Fields f = form.fields(TAG_RULE, VALUE, THRESHOLD, ACTIVATION);
    switch (kind) {
      case "max_softmax":
        return new Rule.MaxSoftmax(f.get(VALUE), f.get(THRESHOLD), f.get(ACTIVATION));
      case "entropy":
        return new Rule.Entropy(f.get(VALUE), f.get(THRESHOLD), f.get(ACTIVATION));
      default:
        return new Rule.Margin(f.get(VALUE), f.get(THRESHOLD), f.get(ACTIVATION));
    }
  }

  private static String inside(JsonForm form, String name) {
    return form.path() + "." + name;
  }

  /** A number of a size that is far inside float32, so that neither a constant nor a sum of costs can overflow. */
  static double real(JsonForm form) {
    return form.real("-1e+30", "1e+30");
  }

  /** A number or a list of numbers. */
  static Numbers numbers(JsonForm form) {
    switch (form.typeName()) {
      case "int":
      case "float":
        return Numbers.of(real(form));
      case "array":
        return Numbers.list(form.list(1, MAX_NUMBERS, ProgramReader::real));
      default:
        throw form.refuse("expected `float | array`, received `" + form.typeName() + "`");
    }
  }

  /** A number or a parameter. */
  private static Setting setting(JsonForm form) {
    switch (form.typeName()) {
      case "int":
      case "float":
        return new Setting.Constant(Numbers.of(real(form)));
      case "object":
        return reference(form);
      default:
        throw form.refuse("expected `float | object`, received `" + form.typeName() + "`");
    }
  }

  /** A number, a list of numbers, or a parameter. */
  private static Setting content(JsonForm form) {
    switch (form.typeName()) {
      case "int":
      case "float":
      case "array":
        return new Setting.Constant(numbers(form));
      case "object":
        return reference(form);
      default:
        throw form.refuse("expected `float | object | array`, received `" + form.typeName() + "`");
    }
  }

  private static Setting reference(JsonForm form) {
    return new Setting.Reference(form.fields(PARAMETER).get(PARAMETER));
  }
}
