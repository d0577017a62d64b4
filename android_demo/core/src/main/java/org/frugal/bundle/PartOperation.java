package org.frugal.bundle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One operator of a part: its options, its scales and its shapes; see tflite/bundle/part_check.py. */
final class PartOperation {
  private static final Map<String, List<PartTables.Field>> FIELDS = new HashMap<>();
  private static final Set<String> COMPARISONS =
      Set.of("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL");
  private static final long FAR = 1 << 20;

  private final PartTables tables;
  private final FlatTable operator;
  private final PartOperator form;
  private final List<PartTensor> tensors;
  private final String where;
  private final int[] inputs;
  private final int[] outputs;
  private double beta = 1;

  PartOperation(
      PartTables tables, FlatTable operator, PartOperator form, List<PartTensor> tensors, String where) {
    this.tables = tables;
    this.operator = operator;
    this.form = form;
    this.tensors = tensors;
    this.where = where;
    inputs = operator.integers("inputs");
    outputs = operator.integers("outputs");
  }

  void check() {
    FlatTable options = options();
    long[] numbers = new long[form.options().length()];
    List<long[]> lists = new ArrayList<>();
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = option(options, i);
      if (form.options().charAt(i) == 'v') {
        lists.add(Arrays.stream(options.integers("" + i)).asLongStream().toArray());
      }
    }
    checkScales();
    checkWeights();
    checkShapes(numbers, lists);
  }

  /** The table of an operator's options; an empty one where it has none. */
  private FlatTable options() {
    long given = operator.number("builtin_options_type", 0);
    boolean present = operator.has("builtin_options");
    String place = where + ".builtin_options";
    if (given == 0 || !present) {
      DamagedPart.unless(given == 0 && !present, place, "both a type and a table, or neither", "one of them");
      DamagedPart.unless(form.options().indexOf('p') < 0, place, "the options of " + form.name(), "none");
      return new FlatTable();
    }
    if (given != form.optionsType()) {
      throw new DamagedPart(place, "the options of " + form.name() + ", type " + form.optionsType(), given);
    }
    return tables.table(operator.number("builtin_options", 0), fields(form.options()), place);
  }

  private static synchronized List<PartTables.Field> fields(String letters) {
    return FIELDS.computeIfAbsent(letters, key -> {
      List<PartTables.Field> fields = new ArrayList<>();
      for (int i = 0; i < key.length(); i++) {
        char letter = key.charAt(i);
        String kind = letter == 'v' ? "*i" : letter == 'f' || letter == '-' ? "" + letter
            : "ipq".indexOf(letter) >= 0 ? "i" : "b";
        fields.add(new PartTables.Field("" + i, kind));
      }
      return fields;
    });
  }

  /** One option that is a number, in its bounds. */
  private long option(FlatTable options, int i) {
    String place = where + ".builtin_options." + i;
    switch (form.options().charAt(i)) {
      case 'a':
        return within(options.number("" + i, 0), 0, 5, place);
      case 'b':
      case 'g':
        return within(options.number("" + i, 0), 0, 1, place);
      case 'i':
        return within(options.number("" + i, 0), -FAR, FAR, place);
      case 'p':
        return within(options.number("" + i, 0), 1, FAR, place);
      case 'q':
        return within(options.number("" + i, 1), 1, FAR, place);
      case 't':
        return within(options.number("" + i, 0), 0, 9, place);
      case 'f':
        beta = options.real("" + i);
        boolean finite = !Double.isNaN(beta) && !Double.isInfinite(beta);
        DamagedPart.unless(finite, place, "a finite number", "another");
        return 0;
      default:
        return 0;
    }
  }

  private static long within(long value, long least, long most, String place) {
    if (value < least || value > most) {
      throw new DamagedPart(place, "a number of " + least + " to " + most, value);
    }
    return value;
  }

  /** Scales that TensorFlow Lite's arithmetic can hold: where they are others it aborts. */
  private void checkScales() {
    double largest = 0;
    double first = 0;
    boolean one = false;
    for (int i = 0; i < inputs.length; i++) {
      PartTensor tensor = inputs[i] == -1 ? null : tensors.get(inputs[i]);
      boolean several = tensor != null && tensor.scales().length > 1 && !(form.optional() && i > 0);
      DamagedPart.unless(!several, where + ".inputs[" + i + "]", "one scale for " + form.name(), "one a channel");
      if (tensor != null && tensor.isEightOrSixteenBit()) {
        largest = Math.max(largest, tensor.scales()[0]);
        first = first == 0 ? tensor.scales()[0] : first;
        one |= tensor.scales()[0] == 1;
      }
    }
    double result = 0;
    int bits = 18;
    for (int i = outputs.length - 1; i >= 0; i--) {
      PartTensor tensor = tensors.get(outputs[i]);
      result = tensor.isEightOrSixteenBit() ? tensor.scales()[0] : result;
      bits = tensor.type().equals("int16") ? 13 : bits;
    }
    boolean sum = form.name().equals("ADD") || form.name().equals("SUB");
    boolean small = sum && largest > 0 && result > 0 && largest > result * (1 << bits);
    DamagedPart.unless(!small, where, "a result with no smaller scale than inputs / 2^" + bits, "one");
    boolean aborts = one && COMPARISONS.contains(form.name());
    DamagedPart.unless(!aborts, where, "inputs of another scale than 1", "one of them");
    boolean softmax = form.name().equals("SOFTMAX") || form.name().equals("LOG_SOFTMAX");
    boolean weak = softmax && first > 0 && !(beta * first * (1 << 25) >= 1);
    DamagedPart.unless(!weak, where, "a scale and a beta of at least 2^-25 together", "less");
  }

  /** Kernels for int16 read weights of 8 bits and a bias of 64, whatever the types say. */
  private void checkWeights() {
    if (!form.optional()) {
      return;
    }
    boolean sixteen = false;
    for (int index : inputs) {
      sixteen |= index != -1 && tensors.get(index).type().equals("int16");
    }
    boolean wide = inputs[1] != -1 && tensors.get(inputs[1]).type().equals("int16");
    DamagedPart.unless(!wide, where + ".inputs[1]", "weights of another type than int16", "such");
    int last = form.mostInputs() - 1;
    if (sixteen && inputs.length > last && inputs[last] != -1) {
      String type = tensors.get(inputs[last]).type();
      DamagedPart.unless(type.equals("int64"), where + ".inputs[" + last + "]", "a bias of int64 beside int16", type);
    }
  }

  /** The file's shapes are those that TensorFlow Lite will compute. */
  private void checkShapes(long[] numbers, List<long[]> lists) {
    List<long[]> shapes = new ArrayList<>();
    for (int index : inputs) {
      shapes.add(index == -1 ? null : tensors.get(index).shape());
    }
    List<long[]> received = new ArrayList<>();
    for (int index : outputs) {
      received.add(tensors.get(index).shape());
    }
    List<long[]> expected;
    try {
      expected = PartShapes.results(form.rule(), new PartOperands(shapes, this::constant, numbers, lists, received));
    } catch (PartOperands.Misfit error) {
      throw new DamagedPart(where + ".inputs", "inputs that fit " + form.name() + " and each other", shown(shapes));
    }
    if (!shown(expected).equals(shown(received))) {
      throw new DamagedPart(where + ".outputs", "the shapes " + shown(expected), shown(received));
    }
  }

  private static String shown(List<long[]> shapes) {
    StringBuilder text = new StringBuilder("[");
    for (long[] shape : shapes) {
      text.append(text.length() == 1 ? "" : ", ").append(shape == null ? "None" : Arrays.toString(shape));
    }
    return text.append(']').toString();
  }

  /** The numbers of a constant that is a size, an axis or the like; null if it is computed. */
  private long[] constant(int i) {
    PartTensor tensor = tensors.get(inputs[i]);
    if (!tensor.isConstant()) {
      return null;
    }
    long count = PartOperands.product(tensor.shape());
    boolean longs = tensor.type().equals("int64");
    PartOperands.need(longs || tensor.type().equals("int32"));
    PartOperands.need(count <= Math.max(2 * PartTensor.MOST_RANK, outputs.length));
    long[] values = tables.numbers(tensor.begin(), (int) count, longs ? 8 : 4);
    for (long value : values) {
      PartOperands.need(-(1L << 31) <= value && value <= 1L << 31);
    }
    return values;
  }
}
