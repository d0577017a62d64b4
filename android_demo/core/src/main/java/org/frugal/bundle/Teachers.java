package org.frugal.bundle;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.frugal.bundle.Manifest.Output;

/** Which programs of a bundle teach: those that may give exactly one row of a table. */
public final class Teachers {
  private Teachers() {}

  /** Of every program that teaches the table that gets the row, in the order of the manifest. */
  public static Map<String, String> of(Manifest manifest) {
    Map<String, String> tables = new LinkedHashMap<>();
    for (String program : manifest.programs().keySet()) {
      SortedSet<String> rows = rowOutputs(manifest, program);
      if (rows.size() == 1) {
        tables.put(program, manifest.outputs().get(rows.first()).table());
      }
    }
    return tables;
  }

  /** Names of the outputs of the kind row that a program may give. */
  public static SortedSet<String> rowOutputs(Manifest manifest, String program) {
    TreeSet<String> rows = new TreeSet<>();
    Step.walk(manifest.programs().get(program), step -> {
      if (step instanceof Step.Exit exit) {
        rows.addAll(exit.gives().keySet());
      } else if (step instanceof Step.Answer answer) {
        rows.addAll(answer.gives().keySet());
      }
    });
    rows.removeIf(name -> !(manifest.outputs().get(name) instanceof Output.Row));
    return rows;
  }
}
