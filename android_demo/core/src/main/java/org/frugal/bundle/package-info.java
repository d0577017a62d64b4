/** Bundles: read, checked before anything of them is run, and never changed afterwards. */
package org.frugal.bundle;
