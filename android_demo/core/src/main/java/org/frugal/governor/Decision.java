package org.frugal.governor;

/**
 * The operating point picked.
 *
 * @param point its index; 0 is the cheapest
 * @param name its name
 * @param reason which ceiling set it
 */
public record Decision(int point, String name, Ceiling reason) {}
