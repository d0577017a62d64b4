package org.frugal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Step;
import org.frugal.program.Program;

/** The programs of a chain, each compiled when it is first run, and always with the settings and tables of now. */
final class Programs {
  private final Bundle bundle;
  private final Map<String, PartRunner> parts;
  private final ChainOptions options;
  private final Settings settings;
  private final Tables tables;
  private final Map<String, Ready> ready = new HashMap<>();
  private Map<String, Double> latencies = Map.of();

  /** A compiled program, what reads its inputs, and the paths that it has taken. */
  static final class Ready implements Inputs.Taker {
    final Program program;
    final Inputs inputs;
    final Paths paths;
    private Map<String, Numbers> settings;

    Ready(Program program, Inputs inputs, Paths paths) {
      this.program = program;
      this.inputs = inputs;
      this.paths = paths;
    }

    @Override
    public void take(String input, ByteBuffer content) {
      program.give(input, content);
    }
  }

  /**
   * @param options with what runs remote parts, or null
   */
  Programs(
      Bundle bundle, Map<String, PartRunner> parts, ChainOptions options, Settings settings, Tables tables) {
    this.bundle = bundle;
    this.parts = parts;
    this.options = options;
    this.settings = settings;
    this.tables = tables;
  }

  /**
   * A program that is ready to run.
   *
   * @throws ChainException there is no such program, or it cannot do without remote parts and nothing runs them
   */
  Ready get(String name) {
    Ready found = ready.get(name);
    if (found == null) {
      found = compiled(name);
      ready.put(name, found);
    }
    if (found.settings != settings.values()) {
      found.program.setParameters(settings.values());
      found.settings = settings.values();
    }
    tables.write();
    return found;
  }

  /** Sets the latencies of parts by name, in nanoseconds, for all programs. */
  void setLatencies(Map<String, Double> nanoseconds) {
    latencies = nanoseconds;
    ready.values().forEach(each -> each.program.setLatencies(nanoseconds));
  }

  private Ready compiled(String name) {
    Manifest manifest = bundle.manifest();
    checkName(manifest, name);
    List<Step> steps = manifest.programs().get(name);
    checkRemote(steps);
    Program program = new Program(bundle, name, parts, tables.buffers(), options);
    program.setLatencies(latencies);
    return new Ready(program, new Inputs(manifest, name), new Paths(manifest, steps));
  }

  /** Refuses a name that no program has. */
  static void checkName(Manifest manifest, String name) {
    if (name == null || !manifest.programs().containsKey(name)) {
      String names = Words.list(new TreeSet<>(manifest.programs().keySet()));
      String received = name == null ? "null" : Words.shown(Words.quote(name));
      throw new ChainException("program: expected one of " + names + ", received " + received);
    }
  }

  private void checkRemote(List<Step> steps) {
    List<String> remote = new ArrayList<>();
    Step.walk(steps, step -> {
      if (step instanceof Step.Run run && run.remote() && run.otherwise() == null && !remote.contains(run.part())) {
        remote.add(run.part());
      }
    });
    if (options.remote() == null && !remote.isEmpty()) {
      throw new ChainException("remote: expected something to run " + Words.list(remote) + ", received null");
    }
  }
}
