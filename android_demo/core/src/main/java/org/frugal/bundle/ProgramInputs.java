package org.frugal.bundle;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which inputs of a bundle a program reads: a run has to be given those and no others. What is written before it. */
final class ProgramInputs {
  private ProgramInputs() {}

  /** Names of the inputs that a program reads in any of its steps, in the order of the manifest. */
  static List<String> of(Manifest manifest, String program) {
    Set<String> read = new HashSet<>();
    Step.walk(manifest.programs().get(program), step -> {
      read.addAll(ProgramSize.numbersRead(step, manifest.outputs()));
      if (step instanceof Step.Run run) {
        read.addAll(run.inputs().values());
      } else if (step instanceof Step.Crop crop) {
        read.add(crop.value());
      } else if (step instanceof Step.Each each) {
        read.addAll(each.rows().values());
        read.addAll(each.stacks().values());
      }
    });
    List<String> inputs = new ArrayList<>(manifest.inputs().keySet());
    inputs.retainAll(read);
    return inputs;
  }

  /** The values that are written before the first step: those of the inputs, then of each table its rows and count. */
  static List<String> given(Manifest manifest) {
    List<String> given = new ArrayList<>(manifest.inputs().keySet());
    for (Manifest.Table table : manifest.tables().values()) {
      given.add(table.rows());
      if (table.count() != null) {
        given.add(table.count());
      }
    }
    return given;
  }
}
