package org.frugal.bundle;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What a rule for shapes sees of an operator, and what rules are written with: the twin of
 * tflite/bundle/part_operands.py.
 *
 * @param shapes of the inputs; null for one that is left out
 * @param constants returns the whole numbers in a constant input, by position; null for another
 * @param options whole numbers of its options by number
 * @param lists the same of options that are vectors
 * @param results the shapes that the file says its outputs have
 */
record PartOperands(
    List<long[]> shapes, IntFunction<long[]> constants, long[] options, List<long[]> lists, List<long[]> results) {
  /** Elements of one tensor. */
  static final long MOST_ELEMENTS = 1 << 26;

  /** The operands of an operator do not fit each other. */
  static final class Misfit extends RuntimeException {
    private static final long serialVersionUID = 1;

    Misfit() {
      super(null, null, false, false);
    }
  }

  static void need(boolean holds) {
    if (!holds) {
      throw new Misfit();
    }
  }

  long[] shape(int i) {
    return shapes.get(i);
  }

  long[] read(int i) {
    return constants.apply(i);
  }

  /** The only number of a constant. */
  long one(int i) {
    long[] values = read(i);
    need(values.length == 1);
    return values[0];
  }

  static int axis(long axis, int rank) {
    need(-rank <= axis && axis < rank);
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /** A shape whose size at an axis is replaced by these. */
  static long[] replaced(long[] shape, int axis, long... sizes) {
    return joined(head(shape, axis), sizes, tail(shape, axis + 1));
  }

  static long[] head(long[] shape, int count) {
    return Arrays.copyOf(shape, count);
  }

  static long[] tail(long[] shape, int from) {
    return Arrays.copyOfRange(shape, from, shape.length);
  }

  static long[] joined(long[]... parts) {
    int count = 0;
    for (long[] part : parts) {
      count += part.length;
    }
    long[] all = new long[count];
    int at = 0;
    for (long[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  static long[] image(long[] shape) {
    need(shape.length == 4);
    return shape;
  }

  static long[] padded(long[] shape, long[] pads) {
    need(pads.length == 2 * shape.length);
    long[] result = shape.clone();
    for (int i = 0; i < pads.length; i++) {
      need(0 <= pads[i] && pads[i] <= MOST_ELEMENTS);
      result[i / 2] += pads[i];
    }
    return result;
  }

  static long[] broadcast(List<long[]> shapes) {
    int rank = 0;
    for (long[] shape : shapes) {
      rank = Math.max(rank, shape.length);
    }
    long[] result = new long[rank];
    Arrays.fill(result, 1);
    for (long[] shape : shapes) {
      for (int i = 0; i < shape.length; i++) {
        int place = rank - shape.length + i;
        need(shape[i] == result[place] || shape[i] == 1 || result[place] == 1);
        result[place] = Math.max(result[place], shape[i]);
      }
    }
    return result;
  }

  void checkBias(int i, long size) {
    need(shapes.size() <= i || shape(i) == null || product(shape(i)) == size);
  }

  /** How many elements a shape holds, or some number far beyond what a tensor can hold. */
  static long product(long... shape) {
    long product = 1;
    for (long size : shape) {
      product = Math.max(-1L << 32, Math.min(1L << 32, product)) * Math.max(-1 << 30, Math.min(1 << 30, size));
    }
    return product;
  }
}
