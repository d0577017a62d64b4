package org.frugal.bundle;

import static org.frugal.bundle.PartOperands.MOST_ELEMENTS;
import static org.frugal.bundle.PartOperands.axis;
import static org.frugal.bundle.PartOperands.broadcast;
import static org.frugal.bundle.PartOperands.head;
import static org.frugal.bundle.PartOperands.joined;
import static org.frugal.bundle.PartOperands.need;
import static org.frugal.bundle.PartOperands.padded;
import static org.frugal.bundle.PartOperands.product;
import static org.frugal.bundle.PartOperands.replaced;
import static org.frugal.bundle.PartOperands.tail;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The shapes of an operator's results, as TensorFlow Lite computes them: the twin of tflite/bundle/part_shapes.py. What
 * a file says of a shape is only what somebody wrote there.
 */
final class PartShapes {
  private static final Map<String, Function<PartOperands, List<long[]>>> RULES = new HashMap<>();

  static {
    one("same", o -> o.shape(0));
    one("all_same", PartShapes::allSame);
    one("broadcasts", o -> broadcast(o.shapes()));
    one("prelu", PartShapes::prelu);
    one("choose", PartShapes::choose);
    one("reduce", PartShapes::reduce);
    one("arg", o -> replaced(o.shape(0), axis(o.one(1), o.shape(0).length)));
    one("pool", PartImages::pool);
    one("conv", PartImages::conv);
    one("depthwise", PartImages::depthwise);
    one("transposed_conv", PartImages::transposedConv);
    one("resize", PartImages::resize);
    one("to_depth", PartImages::toDepth);
    one("from_depth", PartImages::fromDepth);
    one("to_batch", PartImages::toBatch);
    one("from_batch", PartImages::fromBatch);
    one("dense", PartShapes::dense);
    one("matmul", PartShapes::matmul);
    one("reshape", PartShapes::reshape);
    one("join", PartPieces::join);
    one("pad", o -> padded(o.shape(0), o.read(1)));
    one("mirror", PartShapes::mirror);
    one("slice", PartPieces::slice);
    one("strided", PartPieces::strided);
    RULES.put("split", PartPieces::split);
    RULES.put("split_sizes", PartPieces::splitSizes);
    one("squeeze", PartPieces::squeeze);
    one("expand", o -> inserted(o.shape(0), o.one(1), 1));
    one("transpose", PartPieces::transpose);
    one("tile", PartPieces::tile);
    one("fill", PartShapes::fill);
    one("broadcast_to", PartShapes::broadcastTo);
    RULES.put("largest", PartPieces::largest);
    one("pack", PartShapes::pack);
    RULES.put("unpack", PartPieces::unpack);
    one("gather", PartPieces::gather);
    one("gather_nd", PartPieces::gatherNd);
    one("one_hot", PartShapes::oneHot);
    one("rank", o -> new long[] {o.shape(0).length});
  }

  private PartShapes() {}

  private static void one(String name, Function<PartOperands, long[]> rule) {
    RULES.put(name, o -> List.of(rule.apply(o)));
  }

  /**
   * The shapes of an operator's outputs.
   *
   * @throws PartOperands.Misfit the inputs do not fit each other
   */
  static List<long[]> results(String rule, PartOperands operands) {
    List<long[]> results = RULES.get(rule).apply(operands);
    for (long[] shape : results) {
      for (long size : shape) {
        need(1 <= size && size <= MOST_ELEMENTS);
      }
      need(product(shape) <= MOST_ELEMENTS);
    }
    return results;
  }

  private static long[] inserted(long[] shape, long at, long size) {
    int axis = axis(at, shape.length + 1);
    return joined(head(shape, axis), new long[] {size}, tail(shape, axis));
  }

  private static long[] allSame(PartOperands o) {
    o.shapes().forEach(shape -> need(Arrays.equals(shape, o.shape(0))));
    return o.shape(0);
  }

  private static long[] prelu(PartOperands o) {
    need(Arrays.equals(broadcast(o.shapes()), o.shape(0)));
    return o.shape(0);
  }

  private static long[] choose(PartOperands o) {
    long[] condition = o.shape(0);
    long[] first = o.shape(1);
    boolean rows = condition.length == 1 && first.length > 0 && condition[0] == first[0];
    need(Arrays.equals(first, o.shape(2)));
    need(Arrays.equals(condition, first) || rows || condition.length == 0);
    return first;
  }

  private static long[] reduce(PartOperands o) {
    long[] shape = o.shape(0);
    Set<Integer> axes = new HashSet<>();
    for (long axis : o.read(1)) {
      axes.add(axis(axis, shape.length));
    }
    return PartPieces.without(shape, axes, o.options()[0] != 0);
  }

  private static long[] dense(PartOperands o) {
    long[] shape = o.shape(0);
    long[] weights = o.shape(1);
    need(weights.length == 2 && shape.length >= 1);
    o.checkBias(2, weights[0]);
    if (o.options()[2] != 0) {
      need(shape[shape.length - 1] == weights[1]);
      return replaced(shape, shape.length - 1, weights[0]);
    }
    need(product(shape) % weights[1] == 0);
    return new long[] {product(shape) / weights[1], weights[0]};
  }

  private static long[] matmul(PartOperands o) {
    long[] first = o.shape(0);
    long[] second = o.shape(1);
    int m = first.length;
    int n = second.length;
    need(2 <= m && m <= 5 && 2 <= n && n <= 5);
    boolean turned = o.options()[0] != 0;
    boolean other = o.options()[1] != 0;
    need((turned ? first[m - 2] : first[m - 1]) == (other ? second[n - 1] : second[n - 2]));
    long rows = turned ? first[m - 1] : first[m - 2];
    long columns = other ? second[n - 2] : second[n - 1];
    return joined(broadcast(List.of(head(first, m - 2), head(second, n - 2))), new long[] {rows, columns});
  }

  private static long[] reshape(PartOperands o) {
    long elements = product(o.shape(0));
    long[] wanted = o.shapes().size() == 2 ? o.read(1) : o.lists().get(0);
    if (wanted == null) { // TFLite reads the size from a tensor when it runs, and refuses another number of elements
      need(product(o.results().get(0)) == elements);
      return o.results().get(0);
    }
    long known = 1;
    int open = 0;
    for (long size : wanted) {
      need(size >= -1 && size != 0);
      open += size == -1 ? 1 : 0;
      known = product(known, size == -1 ? 1 : size);
    }
    need(open <= 1 && known <= MOST_ELEMENTS);
    long[] result = wanted.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] = wanted[i] == -1 ? elements / known : wanted[i];
    }
    need(product(result) == elements);
    return result;
  }

  private static long[] mirror(PartOperands o) {
    long[] pads = o.read(1);
    long[] result = padded(o.shape(0), pads);
    for (int i = 0; i < pads.length; i++) {
      need(pads[i] <= o.shape(0)[i / 2] - (1 - o.options()[0]));
    }
    return result;
  }

  private static long[] fill(PartOperands o) {
    need(product(o.shape(1)) == 1);
    return o.read(0);
  }

  private static long[] broadcastTo(PartOperands o) {
    long[] wanted = o.read(1);
    for (long size : wanted) {
      need(size >= 1);
    }
    need(Arrays.equals(broadcast(List.of(o.shape(0), wanted)), wanted));
    return wanted;
  }

  private static long[] pack(PartOperands o) {
    need(o.options()[0] == o.shapes().size());
    return inserted(allSame(o), o.options()[1], o.shapes().size());
  }

  private static long[] oneHot(PartOperands o) {
    need(product(o.shape(2)) == 1 && product(o.shape(3)) == 1);
    return inserted(o.shape(0), o.options()[0], o.one(1));
  }
}
