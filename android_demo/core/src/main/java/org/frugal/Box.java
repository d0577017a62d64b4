package org.frugal;

import org.frugal.Event.Corners;
import org.jspecify.annotations.Nullable;

/**
 * One of the boxes that are answered. The mask is the caller's own.
 *
 * @param corners 0..1 over the edges of the image
 * @param score as the value has it
 * @param label class index
 * @param name the label of that class
 * @param mask rows of numbers, 0..1, stretched over the box; or null
 */
public record Box(Corners corners, float score, int label, String name, float[] @Nullable [] mask) {}
