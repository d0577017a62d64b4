package org.frugal.bundle;

import static org.frugal.bundle.PartOperands.axis;
import static org.frugal.bundle.PartOperands.head;
import static org.frugal.bundle.PartOperands.joined;
import static org.frugal.bundle.PartOperands.need;
import static org.frugal.bundle.PartOperands.replaced;
import static org.frugal.bundle.PartOperands.tail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The shapes that operators give which cut, join and turn; see {@link PartShapes}. */
final class PartPieces {
  private PartPieces() {}

  static long[] join(PartOperands o) {
    long[] first = o.shape(0);
    int axis = axis(o.options()[0], first.length);
    long sum = 0;
    for (long[] shape : o.shapes()) {
      need(shape.length == first.length && Arrays.equals(replaced(shape, axis), replaced(first, axis)));
      sum += shape[axis];
    }
    return replaced(first, axis, sum);
  }

  static long[] slice(PartOperands o) {
    long[] shape = o.shape(0);
    long[] begin = o.read(1);
    long[] sizes = o.read(2);
    need(begin.length == shape.length && sizes.length == shape.length);
    long[] result = new long[shape.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = sizes[i] == -1 ? shape[i] - begin[i] : sizes[i];
      need(begin[i] >= 0 && result[i] >= 1 && begin[i] + result[i] <= shape[i]);
    }
    return result;
  }

  static long[] strided(PartOperands o) {
    long[] shape = o.shape(0);
    long[] begins = o.read(1);
    long[] ends = o.read(2);
    long[] strides = o.read(3);
    long[] masks = o.options();
    int count = begins.length;
    need(ends.length == count && strides.length == count && count <= shape.length);
    need(masks[2] == 0 && masks[3] == 0 && masks[5] == 0);
    long[] result = new long[count];
    int kept = 0;
    for (int i = 0; i < count; i++) {
      long low = strides[i] > 0 ? 0 : -1;
      long high = strides[i] > 0 ? shape[i] : shape[i] - 1;
      boolean up = strides[i] > 0;
      long begin = (masks[0] >> i & 1) != 0 ? (up ? low : high) : within(begins[i], shape[i], low, high);
      long end = (masks[1] >> i & 1) != 0 ? (up ? high : low) : within(ends[i], shape[i], low, high);
      if ((masks[4] >> i & 1) != 0) {
        need(strides[i] == 1 && begin < shape[i]);
        continue;
      }
      need(strides[i] != 0 && (end - begin) * strides[i] > 0);
      result[kept++] = (Math.abs(end - begin) + Math.abs(strides[i]) - 1) / Math.abs(strides[i]);
    }
    return joined(head(result, kept), tail(shape, count));
  }

  private static long within(long value, long size, long low, long high) {
    return Math.max(low, Math.min(high, value < 0 ? value + size : value));
  }

  static List<long[]> split(PartOperands o) {
    long[] shape = o.shape(1);
    int count = o.results().size();
    int axis = axis(o.one(0), shape.length);
    need(o.options()[0] == count && shape[axis] % count == 0);
    return Collections.nCopies(count, replaced(shape, axis, shape[axis] / count));
  }

  static List<long[]> splitSizes(PartOperands o) {
    long[] shape = o.shape(0);
    long[] sizes = o.read(1);
    int axis = axis(o.one(2), shape.length);
    need(o.options()[0] == o.results().size() && sizes.length == o.results().size());
    long rest = shape[axis];
    int open = 0;
    for (long size : sizes) {
      need(size >= -1);
      open += size == -1 ? 1 : 0;
      rest -= size == -1 ? 0 : size;
    }
    need(open == 1 || open == 0 && rest == 0);
    List<long[]> results = new ArrayList<>();
    for (long size : sizes) {
      results.add(replaced(shape, axis, size == -1 ? rest : size));
    }
    return results;
  }

  static List<long[]> largest(PartOperands o) {
    long[] shape = o.shape(0);
    long count = o.one(1);
    need(shape.length >= 1 && 1 <= count && count <= shape[shape.length - 1]);
    return Collections.nCopies(2, replaced(shape, shape.length - 1, count));
  }

  static List<long[]> unpack(PartOperands o) {
    long[] shape = o.shape(0);
    int axis = axis(o.options()[1], shape.length);
    need(o.options()[0] == o.results().size() && o.results().size() == shape[axis]);
    return Collections.nCopies(o.results().size(), replaced(shape, axis));
  }

  static long[] gather(PartOperands o) {
    long[] shape = o.shape(0);
    long[] indices = o.shape(1);
    int axis = axis(o.options()[0], shape.length);
    long batch = o.options()[1];
    need(0 <= batch && batch <= Math.min(axis, indices.length));
    need(Arrays.equals(head(shape, (int) batch), head(indices, (int) batch)));
    return replaced(shape, axis, tail(indices, (int) batch));
  }

  static long[] gatherNd(PartOperands o) {
    long[] shape = o.shape(0);
    long[] indices = o.shape(1);
    int last = indices.length - 1;
    need(last >= 0 && indices[last] <= shape.length);
    return joined(head(indices, last), tail(shape, (int) indices[last]));
  }

  static long[] squeeze(PartOperands o) {
    long[] shape = o.shape(0);
    Set<Integer> axes = new HashSet<>();
    for (long axis : o.lists().get(0)) {
      axes.add(axis(axis, shape.length));
    }
    for (int i = 0; i < shape.length && o.lists().get(0).length == 0; i++) {
      if (shape[i] == 1) {
        axes.add(i);
      }
    }
    axes.forEach(axis -> need(shape[axis] == 1));
    return without(shape, axes, false);
  }

  /** A shape without some axes, or with 1 in their place. */
  static long[] without(long[] shape, Set<Integer> axes, boolean keep) {
    long[] kept = new long[shape.length];
    int count = 0;
    for (int i = 0; i < shape.length; i++) {
      if (keep || !axes.contains(i)) {
        kept[count++] = axes.contains(i) ? 1 : shape[i];
      }
    }
    return head(kept, count);
  }

  static long[] transpose(PartOperands o) {
    long[] shape = o.shape(0);
    long[] order = o.read(1);
    Set<Integer> seen = new HashSet<>();
    long[] result = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      int axis = axis(order[i], shape.length);
      need(seen.add(axis));
      result[i] = shape[axis];
    }
    need(order.length == shape.length);
    return result;
  }

  static long[] tile(PartOperands o) {
    long[] times = o.read(1);
    need(times.length == o.shape(0).length);
    long[] result = new long[times.length];
    for (int i = 0; i < times.length; i++) {
      result[i] = times[i] * o.shape(0)[i];
    }
    return result;
  }
}
