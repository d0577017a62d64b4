package org.frugal.program;

/** A compiled step: everything that it needs is bound to it, nothing is looked up by name. */
interface Action {
  /** What comes behind a step. */
  enum Next {
    GO_ON,
    /** The innermost repeat or each around the step is left. */
    LEAVE,
    /** The program has ended, with its outcome set. */
    END
  }

  /** Runs the step. */
  Next run();

  /** Runs actions until one does not go on. */
  static Next all(Action[] actions) {
    for (Action action : actions) {
      Next next = action.run();
      if (next != Next.GO_ON) {
        return next;
      }
    }
    return Next.GO_ON;
  }
}
