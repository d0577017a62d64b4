/** Picks the operating point before an image is looked at; pure and deterministic. */
@NullMarked
package org.frugal.governor;

import org.jspecify.annotations.NullMarked;
