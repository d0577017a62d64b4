package org.frugal.program;

/** A compiled step: everything that it needs is bound to it, nothing is looked up by name. */
interface Action {
  /** Runs the step; true when the program has ended, with its outcome set. */
  boolean run();

  /** Runs actions until one ends the program. */
  static boolean all(Action[] actions) {
    for (Action action : actions) {
      if (action.run()) {
        return true;
      }
    }
    return false;
  }
}
