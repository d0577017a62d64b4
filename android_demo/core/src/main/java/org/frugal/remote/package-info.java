/** Asks a server for the parts that run elsewhere. */
@NullMarked
package org.frugal.remote;

import org.jspecify.annotations.NullMarked;
