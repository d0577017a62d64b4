package org.frugal;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Holds a chain for one call: values, meters and interpreters are those of the call that is under way. A second one is
 * refused at once rather than answered from the first one's numbers, also one from inside a call. Threads may take
 * turns: whoever comes when a call has ended sees all of what it did.
 */
final class Owner {
  private static final int FREE = 0;
  private static final int HELD = 1;
  private static final int CLOSED = 2;

  private final AtomicInteger state = new AtomicInteger(FREE);

  /**
   * Begins a call, which ends with {@link #release}.
   *
   * @throws ChainException another one is under way, or the chain has been closed
   */
  void take() {
    if (!state.compareAndSet(FREE, HELD)) {
      throw refusal();
    }
  }

  void release() {
    state.set(FREE);
  }

  /**
   * Takes the chain for good.
   *
   * @return whether it was open
   * @throws ChainException a call is under way, whose interpreters must not be closed
   */
  boolean close() {
    if (state.compareAndSet(FREE, CLOSED)) {
      return true;
    } else if (state.get() == CLOSED) {
      return false;
    }
    throw refusal();
  }

  private ChainException refusal() {
    if (state.get() == CLOSED) {
      return new ChainException("chain: expected an open one, received one that has been closed");
    }
    return new ChainException(
        "chain: expected one call at a time, received a second one before the first had ended: give each thread a "
            + "chain of its own, from one Bundle");
  }
}
