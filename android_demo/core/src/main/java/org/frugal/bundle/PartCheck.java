package org.frugal.bundle;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a part's file must be, checked before TensorFlow Lite sees it, which trusts what it reads: the twin of
 * tflite/bundle/part_check.py, in the same order and the same words. docs/bundle.md states the rule.
 */
final class PartCheck {
  private static final int VERSION = 3;
  /** Elements of all computed tensors of a subgraph together. */
  private static final long MOST_TOTAL = 1 << 30;

  private final PartTables tables;
  private final FlatTable model;
  private final List<FlatTable> graphs;
  private final List<List<PartTensor>> tensors = new ArrayList<>();

  private PartCheck(ByteBuffer content) {
    tables = new PartTables(content);
    model = tables.root();
    graphs = model.tables("subgraphs");
  }

  /** A signature's tensors by name. */
  record Signature(Map<String, PartTensor> inputs, Map<String, PartTensor> outputs) {}

  /**
   * Checks the bytes of a part's file.
   *
   * @return its signatures by key
   * @throws DamagedPart they are not what docs/bundle.md asks for
   */
  static Map<String, Signature> signatures(ByteBuffer content) {
    PartCheck check = new PartCheck(content);
    check.subgraphs();
    return check.signatures();
  }

  static <T> T at(List<T> items, long index, String where) {
    DamagedPart.unless(0 <= index && index < items.size(), where, "a number below " + items.size(), index);
    return items.get((int) index);
  }

  private void subgraphs() {
    long version = model.number("version", 0);
    DamagedPart.unless(version == VERSION, "model.version", "" + VERSION, version);
    List<FlatTable> buffers = filled(model, "buffers", "model");
    filled(model, "subgraphs", "model");
    DamagedPart.unless(buffers.get(0).data("data")[1] == 0, "model.buffers[0]", "no data", "some");
    List<FlatTable> metadata = model.tables("metadata");
    for (int i = 0; i < metadata.size(); i++) {
      at(buffers, metadata.get(i).number("buffer", 0), "model.metadata[" + i + "].buffer");
    }
    List<PartOperator> codes = new ArrayList<>();
    for (FlatTable code : model.tables("operator_codes")) {
      codes.add(code(code, "model.operator_codes[" + codes.size() + "]"));
    }
    for (int i = 0; i < graphs.size(); i++) {
      String where = "model.subgraphs[" + i + "]";
      List<PartTensor> own = new ArrayList<>();
      for (FlatTable tensor : filled(graphs.get(i), "tensors", where)) {
        own.add(PartTensor.of(tensor, buffers, where + ".tensors[" + own.size() + "]"));
      }
      tensors.add(own);
      new Graph(graphs.get(i), own, where).check(codes);
    }
  }

  private static List<FlatTable> filled(FlatTable table, String name, String where) {
    DamagedPart.unless(!table.tables(name).isEmpty(), where + "." + name, "at least one", "none");
    return table.tables(name);
  }

  private static PartOperator code(FlatTable code, String where) {
    long number = Math.max(code.number("builtin_code", 0), code.number("deprecated_builtin_code", 0));
    PartOperator operator = PartOperator.of(number);
    DamagedPart.unless(operator != null, where, "an operator that parts may have", "number " + number);
    long version = code.number("version", 1);
    if (version < 1 || version > operator.version()) {
      throw new DamagedPart(where, operator.name() + " of version 1 to " + operator.version(), version);
    }
    return operator;
  }

  /** Every operator reads what is there by then: constants, inputs, and results of earlier operators. */
  private final class Graph {
    private final FlatTable graph;
    private final List<PartTensor> tensors;
    private final String where;
    private final BitSet ready = new BitSet();

    Graph(FlatTable graph, List<PartTensor> tensors, String where) {
      this.graph = graph;
      this.tensors = tensors;
      this.where = where;
    }

    void check(List<PartOperator> codes) {
      for (int i = 0; i < tensors.size(); i++) {
        ready.set(i, tensors.get(i).isConstant());
      }
      int[] inputs = graph.integers("inputs");
      for (int i = 0; i < inputs.length; i++) {
        write(inputs[i], where + ".inputs[" + i + "]", "a tensor of its own without data");
      }
      List<FlatTable> operators = graph.tables("operators");
      for (int i = 0; i < operators.size(); i++) {
        String place = where + ".operators[" + i + "]";
        PartOperator form = at(codes, operators.get(i).number("opcode_index", 0), place + ".opcode_index");
        checkOperands(operators.get(i), form, place);
        new PartOperation(tables, operators.get(i), form, tensors, place).check();
      }
      int[] outputs = graph.integers("outputs");
      for (int i = 0; i < outputs.length; i++) {
        String place = where + ".outputs[" + i + "]";
        at(tensors, outputs[i], place);
        DamagedPart.unless(ready.get(outputs[i]), place, "a tensor that is computed", outputs[i]);
      }
      long total = 0;
      for (PartTensor tensor : tensors) {
        total += tensor.isConstant() ? 0 : PartOperands.product(tensor.shape());
      }
      String most = "at most " + MOST_TOTAL + " elements that are computed";
      DamagedPart.unless(total <= MOST_TOTAL, where + ".tensors", most, total);
    }

    private void write(int index, String place, String expected) {
      at(tensors, index, place);
      DamagedPart.unless(!ready.get(index), place, expected, index);
      ready.set(index);
    }

    private void checkOperands(FlatTable operator, PartOperator form, String place) {
      int[] inputs = operator.integers("inputs");
      int[] outputs = operator.integers("outputs");
      count(inputs, form.fewestInputs(), form.mostInputs(), form, place + ".inputs");
      count(outputs, form.fewestOutputs(), form.mostOutputs(), form, place + ".outputs");
      for (int i = 0; i < inputs.length; i++) {
        if (inputs[i] == -1 && form.optional() && i == form.mostInputs() - 1) {
          continue;
        }
        String input = place + ".inputs[" + i + "]";
        PartTensor tensor = at(tensors, inputs[i], input);
        DamagedPart.unless(
            ready.get(inputs[i]), input, "a constant, an input or an earlier result", inputs[i]);
        if (form.constants().contains(i) && !tensor.isConstant()) {
          throw new DamagedPart(input, "a constant for " + form.name(), inputs[i]);
        }
      }
      for (int i = 0; i < outputs.length; i++) {
        write(outputs[i], place + ".outputs[" + i + "]", "a tensor that nothing has written");
      }
    }

    private static void count(int[] indices, int fewest, int most, PartOperator form, String place) {
      if (indices.length < fewest || indices.length > most) {
        throw new DamagedPart(place, fewest + " to " + most + " tensors of " + form.name(), indices.length);
      }
    }
  }

  /** Every signature has a subgraph of its own, and names all of its inputs and outputs. */
  private Map<String, Signature> signatures() {
    List<FlatTable> definitions = model.tables("signature_defs");
    Map<String, Signature> found = new LinkedHashMap<>();
    Set<Long> used = new HashSet<>();
    String expected = "as many signatures as subgraphs, " + graphs.size();
    DamagedPart.unless(
        definitions.size() == graphs.size(), "model.signature_defs", expected, definitions.size());
    for (int i = 0; i < definitions.size(); i++) {
      FlatTable definition = definitions.get(i);
      String where = "model.signature_defs[" + i + "]";
      long number = definition.number("subgraph_index", 0);
      String key = definition.text("signature_key");
      FlatTable graph = at(graphs, number, where + ".subgraph_index");
      DamagedPart.unless(used.add(number), where + ".subgraph_index", "a subgraph of its own", number);
      DamagedPart.unless(!key.isEmpty(), where + ".signature_key", "a name", "none");
      boolean own = !found.containsKey(key);
      DamagedPart.unless(own, where + ".signature_key", "a key of its own", "one that stands twice");
      List<PartTensor> all = tensors.get((int) number);
      found.put(key, new Signature(
          side(definition, graph, all, "inputs", where + ".inputs"),
          side(definition, graph, all, "outputs", where + ".outputs")));
    }
    return found;
  }

  private static Map<String, PartTensor> side(
      FlatTable definition, FlatTable graph, List<PartTensor> tensors, String side, String where) {
    List<FlatTable> named = definition.tables(side);
    long[] indices = Arrays.stream(graph.integers(side)).asLongStream().sorted().toArray();
    long[] received = named.stream().mapToLong(entry -> entry.number("tensor_index", 0)).sorted().toArray();
    if (!Arrays.equals(received, indices)) {
      String expected = "names for the tensors " + Arrays.toString(indices);
      throw new DamagedPart(where, expected, Arrays.toString(received));
    }
    Map<String, PartTensor> result = new LinkedHashMap<>();
    for (int i = 0; i < named.size(); i++) {
      String name = named.get(i).text("name");
      boolean own = !result.containsKey(name);
      DamagedPart.unless(own, where + "[" + i + "].name", "a name of its own", "one that stands twice");
      result.put(name, tensors.get((int) named.get(i).number("tensor_index", 0)));
    }
    return result;
  }
}
