package org.frugal;

import org.frugal.bundle.Bundle;

/**
 * What runs the parts of a chain: TensorFlow Lite, unless {@link ChainOptions#withEngine} names another one. It is asked
 * on the thread that makes the chain, and may hand out parts of one chain that share what they hold.
 */
@FunctionalInterface
public interface PartEngine {
  /**
   * Makes what runs a part. The chain calls {@link PartRunner#open} before the first run, and closes it.
   *
   * @param bundle checked, and so is the part's file, {@code bundle.content(...)}
   * @param part the name of one that has a file
   * @throws BundleException the engine cannot read the part
   */
  PartRunner runner(Bundle bundle, String part);
}
