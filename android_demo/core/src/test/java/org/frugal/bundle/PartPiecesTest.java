package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shapes of what is cut, joined and turned: by hand, and against doing it element by element. */
class PartPiecesTest {
  /** Lists of a constant, the options, and how many results the file has. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      join        | [2, 3] [2, 5]         |                             | 1 0   |                      | [2, 8]
      join        | [2, 3] [4, 3] [1, 3]  |                             | -2 0  |                      | [7, 3]
      join        | [2, 3] [4, 5]         |                             | 1 0   |                      | misfit
      join        | [2, 3] [2]            |                             | 0 0   |                      | misfit
      join        | [2, 3]                |                             | 2 0   |                      | misfit
      slice       | [5, 6] [2] [2]        | 1=[1, 2] 2=[3, -1]          |       |                      | [3, 4]
      slice       | [5, 6] [2] [2]        | 1=[1, 2] 2=[4, 4]           |       |                      | [4, 4]
      slice       | [5, 6] [2] [2]        | 1=[0, 5] 2=[5, -1]          |       |                      | [5, 1]
      slice       | [5, 6] [2] [2]        | 1=[2, 2] 2=[4, 4]           |       |                      | misfit
      slice       | [5, 6] [2] [2]        | 1=[-1, 0] 2=[1, 1]          |       |                      | misfit
      slice       | [5, 6] [2] [2]        | 1=[5, 0] 2=[-1, 1]          |       |                      | misfit
      slice       | [5, 6] [1] [1]        | 1=[0] 2=[1]                 |       |                      | misfit
      split       | [] [4, 6]             | 0=[1]               | 3     | [4, 2] [4, 2] [4, 2] | [4, 2] [4, 2] [4, 2]
      split       | [] [4, 6]             | 0=[-2]              | 2     | [2, 6] [2, 6]        | [2, 6] [2, 6]
      split       | [] [4, 6]             | 0=[1]               | 4     | [4] [4] [4] [4]      | misfit
      split       | [] [4, 6]             | 0=[1]               | 2     | [4] [4] [4]          | misfit
      split_sizes | [4, 6] [3] []         | 1=[1, 2, 3] 2=[1] | 3     | [1] [1] [1]          | [4, 1] [4, 2] [4, 3]
      split_sizes | [4, 6] [3] []         | 1=[1, -1, 3] 2=[-1] | 3     | [1] [1] [1]          | [4, 1] [4, 2] [4, 3]
      split_sizes | [4, 6] [3] []         | 1=[1, 2, 2] 2=[1]           | 3     | [1] [1] [1]          | misfit
      split_sizes | [4, 6] [3] []         | 1=[-1, 2, -1] 2=[1]         | 3     | [1] [1] [1]          | misfit
      split_sizes | [4, 6] [3] []         | 1=[4, -1, 2] 2=[1]          | 3     | [1] [1] [1]          | misfit
      split_sizes | [4, 6] [3] []         | 1=[9, -2, -1] 2=[1]         | 3     | [1] [1] [1]          | misfit
      split_sizes | [4, 6] [2] []         | 1=[3, 3] 2=[1]              | 3     | [1] [1] [1]          | misfit
      largest     | [4, 6] []             | 1=[3]                       |       | [4, 3] [4, 3]        | [4, 3] [4, 3]
      largest     | [4, 6] []             | 1=[7]                       |       | [4, 3] [4, 3]        | misfit
      largest     | [4, 6] []             | 1=[0]                       |       | [4, 3] [4, 3]        | misfit
      largest     | [] []                 | 1=[1]                       |       | [] []                | misfit
      unpack      | [2, 3]                |                             | 3 1   | [2] [2] [2]          | [2] [2] [2]
      unpack      | [2, 3]                |                             | 2 -2  | [3] [3]              | [3] [3]
      unpack      | [2, 3]                |                             | 3 0   | [3] [3] [3]          | misfit
      unpack      | [2, 3]                |                             | 3 1   | [2] [2]              | misfit
      gather      | [5, 6, 7] [2, 3]      |                             | 1 0   |                      | [5, 2, 3, 7]
      gather      | [5, 6, 7] []          |                             | -1 0  |                      | [5, 6]
      gather      | [5, 6, 7] [5, 3]      |                             | 1 1   |                      | [5, 3, 7]
      gather      | [5, 6, 7] [4, 3]      |                             | 1 1   |                      | misfit
      gather      | [5, 6, 7] [5, 3]      |                             | 0 1   |                      | misfit
      gather      | [5, 6, 7] [5]         |                             | 2 2   |                      | misfit
      gather      | [5, 6, 7] [5]         |                             | 1 -1  |                      | misfit
      squeeze     | [1, 3, 1, 2]          |                             |       |                      | [3, 2]
      squeeze     | [1, 3, 1, 2]          |                             | -2    |                      | [1, 3, 2]
      squeeze     | [1, 3, 1, 2]          |                             | 0 2   |                      | [3, 2]
      squeeze     | [1, 3, 1, 2]          |                             | 1     |                      | misfit
      squeeze     | [1, 3, 1, 2]          |                             | 4     |                      | misfit
      transpose   | [2, 3, 4] [3]         | 1=[2, 0, -2]                |       |                      | [4, 2, 3]
      transpose   | [2, 3, 4] [3]         | 1=[0, 1, 1]                 |       |                      | misfit
      transpose   | [2, 3, 4] [2]         | 1=[0, 1]                    |       |                      | misfit
      transpose   | [2, 3, 4] [3]         | 1=[0, 1, 3]                 |       |                      | misfit
      tile        | [2, 3] [2]            | 1=[4, 1]                    |       |                      | [8, 3]
      tile        | [2, 3] [1]            | 1=[4]                       |       |                      | misfit
      tile        | [2, 3] [2]            | 1=[0, 1]                    |       |                      | misfit
      tile        | [2, 3] [2]            | 1=[-1, -1]                  |       |                      | misfit
      """)
  void byHand(String rule, String shapes, String constants, String options, String results, String expected) {
    ShapeCases.check(rule, shapes, constants, options, results, expected);
  }

  /** Begins, ends and strides of the masks begin, end, ellipsis, new axis, shrink axis, and offset. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      [10]    | 2    | 7    | 1     | 0 0 0 0 0 0 | [5]
      [10]    | 2    | 7    | 2     | 0 0 0 0 0 0 | [3]
      [10]    | -3   | -1   | 1     | 0 0 0 0 0 0 | [2]
      [10]    | -99  | 99   | 3     | 0 0 0 0 0 0 | [4]
      [10]    | 7    | 2    | -2    | 0 0 0 0 0 0 | [3]
      [10]    | 7    | 2    | -1    | 1 1 0 0 0 0 | [10]
      [10]    | 7    | 2    | 1     | 1 1 0 0 0 0 | [10]
      [10]    | 7    | 2    | 1     | 0 1 0 0 0 0 | [3]
      [10]    | 7    | 2    | 1     | 0 0 0 0 0 0 | misfit
      [10]    | 2    | 7    | 0     | 0 0 0 0 0 0 | misfit
      [10]    | 3    | 4    | 1     | 0 0 0 0 1 0 | []
      [10]    | 10   | 11   | 1     | 0 0 0 0 1 0 | misfit
      [10]    | 3    | 4    | -1    | 0 0 0 0 1 0 | misfit
      [10]    | 2    | 7    | 1     | 0 0 1 0 0 0 | misfit
      [10]    | 2    | 7    | 1     | 0 0 0 1 0 0 | misfit
      [10]    | 2    | 7    | 1     | 0 0 0 0 0 1 | misfit
      [4, 5]  | 1    | 3    | 1     | 0 0 0 0 0 0 | [2, 5]
      [4, 5]  | 1 2  | 2 5  | 1 2   | 0 0 0 0 1 0 | [2]
      [4, 5]  | 1 2  | 2 5  | 1     | 0 0 0 0 0 0 | misfit
      [4]     | 1 2  | 2 5  | 1 1   | 0 0 0 0 0 0 | misfit
      """)
  void stridedSlices(String shape, String begins, String ends, String strides, String masks, String expected) {
    String constants = "1=[" + begins.replace(" ", ",") + "] 2=[" + ends.replace(" ", ",") + "] 3=["
        + strides.replace(" ", ",") + "]";
    ShapeCases.check("strided", shape + " [1] [1] [1]", constants, masks, null, expected);
  }

  /** Counts what a slice takes as Python's own does, one index after the other. */
  @Test
  void aStridedSliceHasAsManyElementsAsItTakes() {
    Random random = new Random(3);
    for (int round = 0; round < 5000; round++) {
      int size = random.nextInt(6) + 1;
      int begin = random.nextInt(17) - 8;
      int end = random.nextInt(17) - 8;
      int stride = random.nextInt(7) - 3;
      int taken = stride == 0 ? 0 : taken(size, begin, end, stride);
      ShapeCases.check("strided", "[" + size + "] [1] [1] [1]", "1=[" + begin + "] 2=[" + end + "] 3=[" + stride + "]",
          "0 0 0 0 0 0", null, taken == 0 ? ShapeCases.MISFIT : "[" + taken + "]");
    }
  }

  private static int taken(int size, int begin, int end, int stride) {
    int first = begin < 0 ? begin + size : begin;
    int last = end < 0 ? end + size : end;
    int count = 0;
    // Outside of the axis nothing is taken, but a slice begins at its first element inside.
    int start = stride > 0 ? Math.max(0, first) : Math.min(size - 1, first);
    for (int i = start; stride > 0 ? i < Math.min(last, size) : i > Math.max(last, -1); i += stride) {
      count++;
    }
    return count;
  }

  @Test
  void piecesJoinedAgainAreTheWhole() {
    Random random = new Random(6);
    for (int round = 0; round < 300; round++) {
      long[] shape = random.longs(random.nextInt(4) + 1, 1, 5).toArray();
      int axis = random.nextInt(shape.length);
      long[] sizes = random.longs(random.nextInt(4) + 1, 1, 4).toArray();
      shape[axis] = Arrays.stream(sizes).sum();
      long[] asked = sizes.clone();
      asked[random.nextInt(asked.length)] = -1;
      List<long[]> places = Collections.nCopies(sizes.length, new long[0]);
      List<long[]> pieces = PartShapes.results("split_sizes", new PartOperands(
          Arrays.asList(shape, new long[] {asked.length}, new long[0]),
          i -> i == 1 ? asked : new long[] {axis - shape.length}, new long[] {sizes.length}, List.of(), places));
      for (int i = 0; i < sizes.length; i++) {
        assertEquals(sizes[i], pieces.get(i)[axis]);
      }
      PartOperands joined = new PartOperands(pieces, i -> null, new long[] {axis, 0}, List.of(), List.of());
      assertEquals(Arrays.toString(shape), ShapeCases.shown(PartShapes.results("join", joined)));
    }
  }

  @Test
  void turningBackGivesWhatWasTurned() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      long[] shape = random.longs(random.nextInt(6) + 1, 1, 9).toArray();
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < shape.length; i++) {
        order.add(i);
      }
      Collections.shuffle(order, random);
      long[] there = order.stream().mapToLong(Integer::longValue).toArray();
      long[] back = new long[shape.length];
      for (int i = 0; i < back.length; i++) {
        back[order.get(i)] = i;
      }
      assertEquals(Arrays.toString(shape), Arrays.toString(transposed(transposed(shape, there), back)));
    }
  }

  private static long[] transposed(long[] shape, long[] order) {
    return PartShapes.results("transpose", new PartOperands(
        List.of(shape, new long[] {order.length}), i -> order, new long[0], List.of(), List.of())).get(0);
  }
}
