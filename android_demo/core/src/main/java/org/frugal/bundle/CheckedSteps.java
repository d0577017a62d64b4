package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.math.BigInteger;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.frugal.Words;
import org.frugal.bundle.Manifest.Output;
import org.frugal.bundle.Manifest.Table;

/** Checks the steps that hold no others: rules, what is given, crops, the best of many boxes, and constants. */
abstract class CheckedSteps extends CheckedReading {
  /** Of a fill, or of a crop's windows. */
  private static final int MAX_CONSTANT = 1 << 24;

  private final Set<String> names = new HashSet<>();

  CheckedSteps(Manifest manifest) {
    super(manifest);
  }

  final void rule(Rule rule, BitSet written, String where) {
    int expected = rule instanceof Rule.AtLeast ? 1 : 0;
    elements(written, rule.value(), where + ".value", expected, rule instanceof Rule.Margin ? 2 : 1);
    setting(rule.threshold(), where + ".threshold");
    if (rule instanceof Rule.LogisticEntropy logistic) {
      setting(logistic.weight(), where + ".weight");
      setting(logistic.bias(), where + ".bias");
    }
  }

  /** Of an exit or an answer: its name, and the outputs that it gives. */
  final void gives(String name, Map<String, String> gives, BitSet written, String where) {
    require(names.add(name), "expected names that differ, received " + Words.quote(name) + " twice", where + ".name");
    gives.forEach((key, value) -> {
      Output output = manifest.outputs().get(key);
      String known = Words.list(new TreeSet<>(manifest.outputs().keySet()));
      boolean found = output != null;
      require(found, "expected one of the outputs " + known + ", received " + Words.quote(key), where + ".gives");
      output(output, value, written, where + ".gives." + key);
    });
  }

  private void output(Output output, String value, BitSet written, String where) {
    Map<String, String> beside = output.beside();
    if (beside.isEmpty()) {
      elements(written, value, where, givenElements(output), 1);
      return;
    }
    int rows = boxes(written, value, where);
    beside.forEach((key, name) -> {
      if (key.equals("masks")) {
        masks(written, name, rows, where);
      } else {
        elements(written, name, where, key.equals("count") ? 1 : rows, 1);
      }
    });
  }

  /** How many elements the value of an output has that is none of boxes; 0 if any number will do. */
  private int givenElements(Output output) {
    Table table = output.table() == null ? null : manifest.tables().get(output.table());
    if (output instanceof Output.Row) {
      return TableCheck.rowElements(table, manifest.values());
    }
    return table == null ? output.labels().size() : manifest.values().get(table.rows()).shape().get(1);
  }

  private void masks(BitSet written, String value, int rows, String where) {
    elements(written, value, where, 0, 1);
    List<Integer> shape = manifest.values().get(value).shape();
    boolean fits = shape.size() == 4 && shape.get(0) == 1 && shape.get(1) == rows;
    String received = ", received " + shape + " in " + Words.quote(value);
    require(fits, "expected [1, " + rows + ", height, width]" + received, where);
  }

  final BitSet crop(Step.Crop step, BitSet written, String where) {
    boolean glimpse = step.mode() == Step.CropMode.GLIMPSE;
    boolean one = step.scales() == 1 || glimpse;
    String mode = step.mode().name().toLowerCase(Locale.ROOT);
    require(one, "expected 1 for the mode " + mode + ", received " + step.scales(), where + ".scales");
    elements(written, step.at(), where + ".at", glimpse ? 2 : 4, 1);
    List<Integer> image = read(written, step.value(), where + ".value");
    boolean fits = image.size() == 4 && image.get(0) == 1;
    require(fits, "expected [1, height, width, channels], received " + image, where + ".value");
    BigInteger pixels = ProgramSize.windowPixels(step, image);
    boolean small = pixels.compareTo(BigInteger.valueOf(MAX_CONSTANT)) <= 0;
    require(small, "expected at most " + MAX_CONSTANT + " pixels, received " + pixels, where + ".size");
    List<Integer> piece = List.of(1, step.height(), step.width(), image.get(3) * step.scales());
    shape(step.output(), piece, where + ".output");
    costs(step, where);
    write(written, step.output());
    return written;
  }

  final BitSet keep(Step.Keep step, BitSet written, String where) {
    int rows = boxes(written, step.boxes(), where + ".boxes");
    int scores = elements(written, step.scores(), where + ".scores", 0, 1);
    String received = ", received " + scores + " in " + Words.quote(step.scores());
    boolean whole = scores % rows == 0;
    require(whole, "expected as many elements for each of " + rows + " boxes" + received, where + ".scores");
    setting(step.threshold(), where + ".threshold");
    setting(step.overlap(), where + ".overlap");
    costs(step, where);
    differ(step.outputs().values(), where + ".outputs");
    step.outputs().forEach((what, value) -> {
      shape(value, step.shape(what), where + ".outputs." + what);
      write(written, value);
    });
    return written;
  }

  final BitSet fill(Step.Fill step, BitSet written, String where) {
    BigInteger count = ProgramSize.elements(step.shape(), MAX_CONSTANT, where + ".shape");
    shape(step.output(), step.shape(), where + ".output");
    Numbers content = step.content() instanceof Setting.Reference reference
        ? parameter(reference.parameter(), where + ".content").defaults()
        : ((Setting.Constant) step.content()).value();
    int numbers = content.values().size();
    boolean whole = !content.isList() || count.equals(BigInteger.valueOf(numbers));
    require(whole, "expected " + count + " numbers for the shape, received " + numbers, where + ".content");
    write(written, step.output());
    return written;
  }
}
