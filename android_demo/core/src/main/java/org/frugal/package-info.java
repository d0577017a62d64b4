/**
 * Runs bundles: dynamic networks as chains of TensorFlow Lite parts, under a budget. The format is docs/bundle.md, and
 * the Python package {@code tflite} is the twin of this one.
 *
 * <pre>{@code
 * try (Chain chain = Chain.load(path)) {
 *   Result result = chain.run(Picture.argb(pixels, height, width), Budget.latencyMillis(4));
 * }
 * }</pre>
 *
 * <p>The public interface is this package, {@link org.frugal.governor}, {@link org.frugal.image.YuvPicture}, and what a
 * bundle says of itself in {@link org.frugal.bundle}. Times are in nanoseconds or milliseconds, as their names say;
 * energy is in microjoules. Errors are {@link org.frugal.BundleException} (a bundle was refused) and {@link
 * org.frugal.ChainException} (a call was refused). Nothing prints, and nothing names a class of Android.
 */
@NullMarked
package org.frugal;

import org.jspecify.annotations.NullMarked;
