/**
 * Compiles a checked program and runs it; internal. A compiled program belongs to one thread, its buffers are allocated
 * once, and a run of it allocates nothing.
 */
package org.frugal.program;
