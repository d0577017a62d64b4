/** From pictures and camera frames to input tensors, bit by bit as in every other runtime. */
@NullMarked
package org.frugal.image;

import org.jspecify.annotations.NullMarked;
