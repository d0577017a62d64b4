/** Tensors, how they hold their numbers, and what happens between two that hold them in different ways. */
package org.frugal.tensor;
