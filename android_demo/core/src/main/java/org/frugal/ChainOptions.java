package org.frugal;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How a chain runs its parts.
 *
 * @param threads CPU threads of each interpreter, from 1 to 1024; those of operators that XNNPACK runs are one all the
 *     same, see {@link #threadsInUse}
 * @param xnnpack whether TensorFlow Lite uses XNNPACK; null leaves it to TensorFlow Lite, which does where it can
 * @param remote runs the parts of the server half, or null
 * @param clock nanoseconds that never go back
 * @param warmUp whether to run and time each part when the chain is made; without, latency budgets know only what has
 *     been spent
 * @param selfTest whether to run the bundle's goldens first, if there are any, and to refuse one that does not
 *     reproduce them; remote parts are run for it
 * @param engine what runs the parts here; null is TensorFlow Lite
 * @param lazyParts whether a part is opened by the run that first reaches it, which it then delays; a warm-up opens one
 *     part at a time, on zeros if it can, so that one which no run reaches takes memory no longer
 */
public record ChainOptions(
    int threads, @Nullable Boolean xnnpack, @Nullable RemoteParts remote, LongSupplier clock, boolean warmUp,
    boolean selfTest, @Nullable PartEngine engine, boolean lazyParts) {
  /** One thread, XNNPACK where possible, no remote parts, with a warm-up, all parts open from the start. */
  public static final ChainOptions DEFAULT =
      new ChainOptions(1, null, null, System::nanoTime, true, false, null, false);

  private static final int MAX_THREADS = 1024;

  public ChainOptions {
    if (threads < 1 || threads > MAX_THREADS) {
      throw new ChainException(
          "threads: expected a whole number from 1 to " + MAX_THREADS + ", received " + threads);
    }
  }

  public ChainOptions withThreads(int value) {
    return new ChainOptions(value, xnnpack, remote, clock, warmUp, selfTest, engine, lazyParts);
  }

  public ChainOptions withXnnpack(boolean value) {
    return new ChainOptions(threads, value, remote, clock, warmUp, selfTest, engine, lazyParts);
  }

  public ChainOptions withRemote(RemoteParts value) {
    return new ChainOptions(threads, xnnpack, value, clock, warmUp, selfTest, engine, lazyParts);
  }

  public ChainOptions withClock(LongSupplier value) {
    return new ChainOptions(threads, xnnpack, remote, value, warmUp, selfTest, engine, lazyParts);
  }

  public ChainOptions withWarmUp(boolean value) {
    return new ChainOptions(threads, xnnpack, remote, clock, value, selfTest, engine, lazyParts);
  }

  public ChainOptions withSelfTest(boolean value) {
    return new ChainOptions(threads, xnnpack, remote, clock, warmUp, value, engine, lazyParts);
  }

  public ChainOptions withEngine(PartEngine value) {
    return new ChainOptions(threads, xnnpack, remote, clock, warmUp, selfTest, value, lazyParts);
  }

  public ChainOptions withLazyParts(boolean value) {
    return new ChainOptions(threads, xnnpack, remote, clock, warmUp, selfTest, engine, value);
  }

  /**
   * How many threads run a part. Where TensorFlow Lite uses XNNPACK it is one, whatever was asked for: the Java API of
   * 2.16.1 does not hand the number on (LiteRT issue 1328). Without XNNPACK it is what was asked for, of kernels that
   * take many times as long.
   */
  public int threadsInUse() {
    return Boolean.FALSE.equals(xnnpack) ? threads : 1;
  }
}
