/** Tensors, how they hold their numbers, and what happens between two that hold them in different ways. */
@NullMarked
package org.frugal.tensor;

import org.jspecify.annotations.NullMarked;
