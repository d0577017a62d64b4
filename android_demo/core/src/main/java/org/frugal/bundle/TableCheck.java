package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.frugal.Words;
import org.frugal.bundle.Manifest.Output;
import org.frugal.bundle.Manifest.Table;
import org.frugal.tensor.Tensor;

/** Checks a manifest's tables, and the labels of its outputs, which may be a table's. */
final class TableCheck {
  private static final int MAX_ROWS = 100_000;

  private final Map<String, Tensor> values;
  /** Values that are written before the first step. */
  private final Set<String> taken;

  private TableCheck(Manifest manifest) {
    values = manifest.values();
    taken = new HashSet<>(manifest.inputs().keySet());
  }

  /** Checks the tables and outputs of a manifest whose values have been checked. */
  static void check(Manifest manifest) {
    TableCheck check = new TableCheck(manifest);
    manifest.tables().forEach((name, table) -> check.table(table, "tables." + name));
    manifest.outputs().forEach((name, output) -> output(output, manifest.tables(), "outputs." + name));
  }

  /** How many numbers a row of a table has. */
  static int rowElements(Table table, Map<String, Tensor> values) {
    return Tensor.product(rowShape(table, values)).intValue();
  }

  private static List<Integer> rowShape(Table table, Map<String, Tensor> values) {
    List<Integer> shape = values.get(table.rows()).shape();
    return shape.subList(2, shape.size());
  }

  private void table(Table table, String where) {
    List<Integer> shape = taken(table.rows(), where + ".rows");
    List<Integer> counted = table.count() == null ? List.of(1, 1) : taken(table.count(), where + ".count");
    boolean form = shape.size() > 1 && shape.get(0) == 1 && shape.get(1) <= MAX_ROWS;
    String expected = "expected [1, capacity, ...] of at most " + MAX_ROWS + " rows, received ";
    require(form, expected + shape + " in " + Words.quote(table.rows()), where + ".rows");
    boolean one = counted.equals(List.of(1, 1));
    String count = table.count() == null ? "" : Words.quote(table.count());
    require(one, "expected the shape [1, 1], received " + counted + " in " + count, where + ".count");
    labels(table.labels(), where + ".labels");
    int capacity = shape.get(1);
    int labels = table.labels().size();
    String tooMany = "expected at most " + capacity + " labels, the capacity, received " + labels;
    require(labels <= capacity, tooMany, where + ".labels");
    content(table, (long) labels * rowElements(table, values) * (table.half() ? 2 : 4), where);
  }

  /** The shape of a value that a table writes, which nothing else does. */
  private List<Integer> taken(String value, String where) {
    Tensor tensor = values.get(value);
    require(tensor != null, "expected a value that is declared, received " + Words.quote(value), where);
    boolean free = taken.add(value);
    String problem = "expected a value that no input and no other table writes, received " + Words.quote(value);
    require(free, problem, where);
    return tensor.shape();
  }

  private static void content(Table table, long size, String where) {
    String rows = " bytes for " + table.labels().size() + " rows, received ";
    boolean there = table.content() != null || size == 0;
    require(there, "expected a file of " + size + rows + "null", where + ".content");
    long received = table.content() == null ? size : table.content().bytes();
    require(received == size, "expected " + size + rows + received, where + ".content.bytes");
  }

  private static void labels(List<String> labels, String where) {
    boolean named = !labels.contains("");
    require(named, "expected labels that are not empty, received one that is", where);
    Set<String> seen = new HashSet<>();
    for (String label : labels) {
      boolean fresh = seen.add(label);
      require(fresh, "expected labels that differ, received " + Words.quote(label) + " twice", where);
    }
  }

  private static void output(Output output, Map<String, Table> tables, String where) {
    if (output instanceof Output.Vector) {
      return;
    }
    String table = output.table();
    boolean known = table == null || tables.containsKey(table);
    String names = Words.list(new TreeSet<>(tables.keySet()));
    String received = table == null ? "null" : Words.quote(table);
    require(known, "expected one of the tables " + names + ", received " + received, where + ".table");
    if (!(output instanceof Output.Row)) {
      boolean has = !output.labels().isEmpty();
      boolean one = has != (table != null);
      require(one, "expected labels or a table, received " + (has ? "both" : "none"), where + ".labels");
    }
  }
}
