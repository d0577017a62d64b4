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
  /** The outputs that a source pixel is part of: from the one up to before the other. */
  private final int[] from;
  private final int[] to;

  Resampler(int source, int target) {
    this.source = source;
    this.target = target;
    first = new int[target];
    weights = new double[target][];
    from = new int[source];
    to = new int[source];
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
      from[j] = to[j] == 0 ? i : from[j];
      to[j] = i + 1;
    }
  }

  private static double weight(int j, double centre, double support) {
    return Math.max(0.0, 1.0 - Math.abs(j + 0.5 - centre) / support);
  }

  boolean fits(int newSource, int newTarget) {
    return newSource == source && newTarget == target;
  }

  /** Resamples a line of {@code source} elements, with as many numbers each: to {@code target} elements. */
  void along(double[] line, int numbers, double[] result) {
    if (numbers == 3) {
      alongThree(line, result);
      return;
    }
    for (int i = 0; i < target; i++) {
      double[] shares = weights[i];
      for (int k = 0; k < numbers; k++) {
        int in = first[i] * numbers + k;
        double sum = 0.0;
        for (int j = 0; j < shares.length; j++, in += numbers) {
          sum += line[in] * shares[j];
        }
        result[i * numbers + k] = sum;
      }
    }
  }

  /** The same sums, three side by side: each waits for its last addition, and none for another's. */
  private void alongThree(double[] line, double[] result) {
    for (int i = 0; i < target; i++) {
      double[] shares = weights[i];
      int in = 3 * first[i];
      double one = 0.0;
      double two = 0.0;
      double three = 0.0;
      for (int j = 0; j < shares.length; j++, in += 3) {
        double share = shares[j];
        one += line[in] * share;
        two += line[in + 1] * share;
        three += line[in + 2] * share;
      }
      result[3 * i] = one;
      result[3 * i + 1] = two;
      result[3 * i + 2] = three;
    }
  }

  /**
   * Adds source element {@code j}, a line of numbers, to the outputs that it is part of; elements come by rising index.
   *
   * @param line every {@code step}-th number from {@code at} on counts
   * @param sums {@code target} lines of {@code length} numbers, 0 before the first element
   */
  void add(int j, double[] line, int at, int step, int length, double[] sums) {
    for (int i = from[j]; i < to[j]; i++) {
      double share = weights[i][j - first[i]];
      int out = i * length;
      for (int k = 0, in = at; k < length; k++, in += step) {
        sums[out + k] += line[in] * share;
      }
    }
  }
}
