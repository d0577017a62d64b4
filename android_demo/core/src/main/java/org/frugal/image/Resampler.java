package org.frugal.image;

/**
 * Resamples one axis with a triangle filter that widens when it shrinks (no aliasing): the weights of every output are
 * worked out once. Sums run by rising source index in float64, so that every runtime gets the same bits.
 */
final class Resampler {
  private final int source;
  private final int target;
  private final int[] first;
  private final double[][] weights;

  Resampler(int source, int target) {
    this.source = source;
    this.target = target;
    first = new int[target];
    weights = new double[target][];
    double ratio = (double) source / target;
    double support = Math.max(1.0, ratio);
    for (int i = 0; i < target; i++) {
      fill(i, (i + 0.5) * ratio, support);
    }
  }

  private void fill(int i, double centre, double support) {
    int begin = source;
    int end = 0;
    double total = 0.0;
    for (int j = 0; j < source; j++) {
      double weight = weight(j, centre, support);
      total += weight;
      if (weight > 0.0) {
        begin = Math.min(begin, j);
        end = j + 1;
      }
    }
    first[i] = begin;
    weights[i] = new double[end - begin];
    for (int j = begin; j < end; j++) {
      weights[i][j - begin] = weight(j, centre, support) / total;
    }
  }

  private static double weight(int j, double centre, double support) {
    return Math.max(0.0, 1.0 - Math.abs(j + 0.5 - centre) / support);
  }

  boolean fits(int newSource) {
    return newSource == source;
  }

  /**
   * Resamples rows of {@code source} elements with {@code stride} numbers each: {@code [count, source, stride]} to
   * {@code [count, target, stride]}.
   */
  void apply(double[] from, int count, int stride, double[] to) {
    for (int row = 0; row < count; row++) {
      for (int i = 0; i < target; i++) {
        int out = (row * target + i) * stride;
        int in = (row * source + first[i]) * stride;
        double[] shares = weights[i];
        for (int k = 0; k < stride; k++) {
          double sum = 0.0;
          for (int j = 0; j < shares.length; j++) {
            sum += from[in + j * stride + k] * shares[j];
          }
          to[out + k] = sum;
        }
      }
    }
  }
}
