package org.frugal.bundle;

/** A number or a list of numbers in a program, or a parameter that stands for it. */
public sealed interface Setting {
  /** Written down in the program. */
  record Constant(Numbers value) implements Setting {}

  /** The present value of a parameter. */
  record Reference(String parameter) implements Setting {}
}
