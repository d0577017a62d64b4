/** Bundles: read, checked before anything of them is run, and never changed afterwards. */
@NullMarked
package org.frugal.bundle;

import org.jspecify.annotations.NullMarked;
