/** From pictures and camera frames to input tensors, bit by bit as in every other runtime. */
package org.frugal.image;
