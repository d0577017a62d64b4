package org.frugal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.Output;
import org.frugal.bundle.Teachers;

/** Teaching: what a program makes of examples becomes a row of a table. */
final class Teaching {
  private final Manifest manifest;
  private final Map<String, Table> tables;

  Teaching(Manifest manifest, Map<String, Table> tables) {
    this.manifest = manifest;
    this.tables = tables;
  }

  /**
   * Runs a program on examples and adds the row that they make together.
   *
   * @param run runs the program on an example
   * @param progress is told after every example how many are done
   * @return the row
   */
  float[] teach(
      String label, List<?> examples, String program, Function<Object, Result> run, IntConsumer progress) {
    if (examples == null || examples.isEmpty()) {
      String received = examples == null ? "null" : "[]";
      throw new ChainException("examples: expected a list of at least one, received " + received);
    }
    String name = rowOutput(program);
    Output.Row output = (Output.Row) manifest.outputs().get(name);
    Table table = tables.get(output.table());
    table.checkNew(label);
    List<float[]> rows = new ArrayList<>();
    for (Object example : examples) {
      Answer given = run.apply(example).outputs().get(name);
      if (given == null) {
        throw new ChainException(
            "teach: expected a row for every example, received none for number " + rows.size());
      }
      rows.add(given.numbers());
      progress.accept(rows.size());
    }
    float[] row = combined(rows, output.unit());
    table.add(label, row);
    return row;
  }

  /** The one output of a program that is a row. */
  private String rowOutput(String program) {
    Programs.checkName(manifest, program);
    SortedSet<String> rows = Teachers.rowOutputs(manifest, program);
    if (rows.size() != 1) {
      throw new ChainException(
          "program " + program + ": expected one that gives one row, received one that gives " + Words.list(rows));
    }
    return rows.first();
  }

  /**
   * One row of those of several examples, from sums in float64, example by example.
   *
   * @param unit whether the mean is scaled to the length 1
   * @throws ChainException the mean has no length to scale
   */
  static float[] combined(List<float[]> rows, boolean unit) {
    double[] mean = new double[rows.get(0).length];
    for (float[] row : rows) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i];
      }
    }
    double squares = 0;
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= rows.size();
      squares += mean[i] * mean[i];
    }
    if (unit && !(squares > 0 && squares < Double.POSITIVE_INFINITY)) {
      throw new ChainException(
          "teach: expected examples whose mean has a length above 0, received " + Words.number(Math.sqrt(squares)));
    }
    double length = unit ? Math.sqrt(squares) : 1;
    float[] combined = new float[mean.length];
    for (int i = 0; i < combined.length; i++) {
      combined[i] = (float) (mean[i] / length);
    }
    return combined;
  }
}
