/** Picks the operating point before an image is looked at; pure and deterministic. */
package org.frugal.governor;
