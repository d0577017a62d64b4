package org.frugal.program;

import java.util.LinkedHashMap;
import java.util.Map;
import org.frugal.BundleException;
import org.frugal.ChainOptions;
import org.frugal.PartEngine;
import org.frugal.PartRunner;
import org.frugal.bundle.Bundle;

/** The parts of a bundle that have a file, each in the engine of the chain's options. */
public final class OpenParts implements AutoCloseable {
  private final Map<String, PartRunner> parts = new LinkedHashMap<>();

  private OpenParts() {}

  /**
   * Makes a runner of every part that has a file, and opens it unless the options say that its first run does; nothing
   * is run. The files were verified when the bundle was loaded.
   *
   * @throws BundleException a file that the engine cannot read, or results of other shapes than those of the manifest
   */
  public static OpenParts open(Bundle bundle, ChainOptions options) {
    PartEngine engine = options.engine() == null ? new LiteEngine(options) : options.engine();
    OpenParts opened = new OpenParts();
    try {
      bundle.manifest().parts().forEach((name, part) -> {
        if (part.file() != null) {
          PartRunner runner = engine.runner(bundle, name);
          opened.parts.put(name, runner);
          if (!options.lazyParts()) {
            runner.open();
          }
        }
      });
    } catch (RuntimeException error) {
      opened.close();
      throw error;
    }
    return opened;
  }

  /** Part name to what runs it, of those that have a file. */
  public Map<String, PartRunner> byName() {
    return parts;
  }

  @Override
  public void close() {
    parts.values().forEach(PartRunner::close);
  }
}
