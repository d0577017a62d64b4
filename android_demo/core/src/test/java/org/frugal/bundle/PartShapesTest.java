package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shapes that arithmetic and bookkeeping give, worked out by hand, and inputs that do not fit each other. */
class PartShapesTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      same         | [2, 3]                   | [2, 3]
      all_same     | [2, 3] [2, 3] [2, 3]     | [2, 3]
      all_same     | [2, 3] [2, 3] [3, 2]     | misfit
      broadcasts   | [2, 3] [2, 3]            | [2, 3]
      broadcasts   | [2, 1] [1, 3]            | [2, 3]
      broadcasts   | [4, 1, 3] [5, 1]         | [4, 5, 3]
      broadcasts   | [] [7]                   | [7]
      broadcasts   | [3, 1] [4] [1, 1]        | [3, 4]
      broadcasts   | [2, 3] [2]               | misfit
      prelu        | [1, 4, 4, 3] [1, 1, 3]   | [1, 4, 4, 3]
      prelu        | [1, 1, 3] [1, 4, 4, 3]   | misfit
      prelu        | [1, 3] [2]               | misfit
      choose       | [2, 3] [2, 3] [2, 3]     | [2, 3]
      choose       | [2] [2, 3] [2, 3]        | [2, 3]
      choose       | [] [2, 3] [2, 3]         | [2, 3]
      choose       | [3] [2, 3] [2, 3]        | misfit
      choose       | [2] [2, 3] [2, 4]        | misfit
      rank         | [5, 6, 7]                | [3]
      gather_nd    | [4, 5, 6] [9, 2]         | [9, 6]
      gather_nd    | [4, 5] [3, 2]            | [3]
      gather_nd    | [4, 5] [3, 3]            | misfit
      gather_nd    | [4, 5] []                | misfit
      """)
  void withoutOptions(String rule, String shapes, String expected) {
    ShapeCases.check(rule, shapes, null, null, null, expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      reduce       | [2, 3, 4] [1]   | 1=[1]           | 0 | [2, 4]
      reduce       | [2, 3, 4] [1]   | 1=[1]           | 1 | [2, 1, 4]
      reduce       | [2, 3, 4] [2]   | 1=[-1, 0]       | 0 | [3]
      reduce       | [2, 3, 4] [2]   | 1=[1, 1]        | 0 | [2, 4]
      reduce       | [2, 3, 4] [3]   | 1=[0, 1, 2]     | 0 | []
      reduce       | [2, 3] [1]      | 1=[2]           | 0 | misfit
      arg          | [2, 3, 4] [1]   | 1=[-1]          | 0 | [2, 3]
      arg          | [2, 3, 4] [2]   | 1=[1, 2]        | 0 | misfit
      arg          | [5] [1]         | 1=[0]           | 0 | []
      pad          | [2, 3] [2, 2]   | 1=[0, 1, 2, 3]  | 0 | [3, 8]
      pad          | [2, 3] [1, 2]   | 1=[0, 1]        | 0 | misfit
      pad          | [2, 3] [2, 2]   | 1=[0, -1, 0, 0] | 0 | misfit
      mirror       | [3, 4] [2, 2]   | 1=[2, 0, 1, 3]  | 0 | [5, 8]
      mirror       | [3, 4] [2, 2]   | 1=[3, 0, 0, 0]  | 0 | misfit
      mirror       | [3, 4] [2, 2]   | 1=[3, 0, 0, 0]  | 1 | [6, 4]
      mirror       | [3, 4] [2, 2]   | 1=[4, 0, 0, 0]  | 1 | misfit
      fill         | [2] []          | 0=[3, 4]        | 0 | [3, 4]
      fill         | [2] [2]         | 0=[3, 4]        | 0 | misfit
      fill         | [2] [1]         | 0=[0, 4]        | 0 | misfit
      broadcast_to | [3, 1] [2]      | 1=[3, 5]        | 0 | [3, 5]
      broadcast_to | [3, 1] [2]      | 1=[5, 3]        | 0 | misfit
      broadcast_to | [2, 3] [1]      | 1=[3]           | 0 | misfit
      broadcast_to | [3] [2]         | 1=[0, 3]        | 0 | misfit
      expand       | [2, 3] [1]      | 1=[0]           | 0 | [1, 2, 3]
      expand       | [2, 3] [1]      | 1=[-1]          | 0 | [2, 3, 1]
      expand       | [2, 3] [1]      | 1=[2]           | 0 | [2, 3, 1]
      expand       | [2, 3] [1]      | 1=[3]           | 0 | misfit
      """)
  void withAConstant(String rule, String shapes, String constants, String options, String expected) {
    ShapeCases.check(rule, shapes, constants, options, null, expected);
  }

  /** Options of a dense layer: activation, the form of its weights, whether it keeps the dimensions. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      dense  | [2, 3, 4] [5, 12]       | 0 0 0 | [2, 5]
      dense  | [2, 3, 4] [5, 4]        | 0 0 0 | [6, 5]
      dense  | [2, 3, 4] [5, 4]        | 0 0 1 | [2, 3, 5]
      dense  | [2, 3, 4] [5, 12]       | 0 0 1 | misfit
      dense  | [2, 3, 4] [5, 7]        | 0 0 0 | misfit
      dense  | [2, 4] [5, 4] [5]       | 0 0 0 | [2, 5]
      dense  | [2, 4] [5, 4] -         | 0 0 0 | [2, 5]
      dense  | [2, 4] [5, 4] [4]       | 0 0 0 | misfit
      dense  | [2, 4] [5, 2, 2]        | 0 0 0 | misfit
      dense  | [] [5, 1]               | 0 0 0 | misfit
      matmul | [2, 3] [3, 4]           | 0 0 0 | [2, 4]
      matmul | [3, 2] [3, 4]           | 1 0 0 | [2, 4]
      matmul | [2, 3] [4, 3]           | 0 1 0 | [2, 4]
      matmul | [3, 2] [4, 3]           | 1 1 0 | [2, 4]
      matmul | [7, 1, 2, 3] [5, 3, 4]  | 0 0 0 | [7, 5, 2, 4]
      matmul | [1, 1, 1, 2, 3] [1, 7, 1, 3, 4] | 0 0 0 | [1, 7, 1, 2, 4]
      matmul | [7, 2, 3] [5, 3, 4]     | 0 0 0 | misfit
      matmul | [2, 3] [4, 3]           | 0 0 0 | misfit
      matmul | [3] [3, 4]              | 0 0 0 | misfit
      matmul | [1, 1, 1, 1, 2, 3] [3, 4] | 0 0 0 | misfit
      pack   | [2, 3] [2, 3]           | 2 0   | [2, 2, 3]
      pack   | [2, 3] [2, 3] [2, 3]    | 3 -1  | [2, 3, 3]
      pack   | [2, 3] [2, 3]           | 3 0   | misfit
      pack   | [2, 3] [3, 2]           | 2 0   | misfit
      pack   | [2, 3]                  | 1 3   | misfit
      """)
  void withOptions(String rule, String shapes, String options, String expected) {
    ShapeCases.check(rule, shapes, null, options, null, expected);
  }

  /** The size of a reshape: a constant, the options, or what the file says where it is computed. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      [2, 6] [2]  | 1=[3, 4]      |        |        | [3, 4]
      [2, 6] [2]  | 1=[-1, 4]     |        |        | [3, 4]
      [2, 6] [0]  | 1=[]          |        |        | misfit
      [1, 1] [0]  | 1=[]          |        |        | []
      [2, 6] [2]  | 1=[5, -1]     |        |        | misfit
      [2, 6] [2]  | 1=[-1, -1]    |        |        | misfit
      [2, 6] [2]  | 1=[0, 12]     |        |        | misfit
      [2, 6] [2]  | 1=[0, -1]     |        |        | misfit
      [2, 6] [2]  | 1=[-2, -6]    |        |        | misfit
      [2, 6]      |               | 4 -1   |        | [4, 3]
      [2, 6]      |               | 4 4    |        | misfit
      [2, 6] [2]  |               |        | [6, 2] | [6, 2]
      [2, 6] [2]  |               |        | [6, 3] | misfit
      """)
  void reshapes(String shapes, String constants, String options, String results, String expected) {
    ShapeCases.check("reshape", shapes, constants, options, results, expected);
  }

  @Test
  void oneHot() {
    ShapeCases.check("one_hot", "[2, 3] [1] [] []", "1=[7]", "-1", null, "[2, 3, 7]");
    ShapeCases.check("one_hot", "[2, 3] [1] [] []", "1=[7]", "0", null, "[7, 2, 3]");
    ShapeCases.check("one_hot", "[2, 3] [1] [2] []", "1=[7]", "0", null, ShapeCases.MISFIT);
    ShapeCases.check("one_hot", "[2, 3] [1] [] []", "1=[0]", "0", null, ShapeCases.MISFIT);
    ShapeCases.check("one_hot", "[2, 3] [1] [] []", "1=[7]", "3", null, ShapeCases.MISFIT);
  }

  @Test
  void aResultHasAtLeastOneAndAtMost2To26Elements() {
    ShapeCases.check("fill", "[2] []", "0=[8192, 8192]", null, null, "[8192, 8192]");
    ShapeCases.check("fill", "[2] []", "0=[8192, 8193]", null, null, ShapeCases.MISFIT);
    ShapeCases.check("fill", "[1] []", "0=[67108864]", null, null, "[67108864]");
    ShapeCases.check("fill", "[1] []", "0=[67108865]", null, null, ShapeCases.MISFIT);
    // The product is 2^96, of which a number of 64 bits keeps nothing.
    ShapeCases.check("fill", "[4] []", "0=[16777216, 16777216, 16777216, 16777216]", null, null, ShapeCases.MISFIT);
  }

  @Test
  void productsThatNoLongHoldsAreStillFarBeyondATensor() {
    Random random = new Random(5);
    BigInteger most = BigInteger.valueOf(PartOperands.MOST_ELEMENTS);
    for (int round = 0; round < 2000; round++) {
      long[] shape = new long[random.nextInt(9)];
      BigInteger exact = BigInteger.ONE;
      for (int i = 0; i < shape.length; i++) {
        shape[i] = random.nextInt(4) == 0 ? random.nextInt(Integer.MAX_VALUE) + 1L : random.nextInt(9) + 1L;
        exact = exact.multiply(BigInteger.valueOf(shape[i]));
      }
      long product = PartOperands.product(shape);
      if (exact.compareTo(most) <= 0) {
        assertEquals(exact.longValueExact(), product);
      } else {
        assertEquals(1, Long.compare(product, PartOperands.MOST_ELEMENTS), exact + " became " + product);
      }
    }
  }

  @Test
  void anAxisCountsFromEitherEnd() {
    for (int rank = 1; rank < 9; rank++) {
      for (int axis = 0; axis < rank; axis++) {
        assertEquals(axis, PartOperands.axis(axis, rank));
        assertEquals(axis, PartOperands.axis(axis - rank, rank));
      }
      int tooFar = rank;
      assertThrows(PartOperands.Misfit.class, () -> PartOperands.axis(tooFar, tooFar));
      assertThrows(PartOperands.Misfit.class, () -> PartOperands.axis(-tooFar - 1, tooFar));
    }
    assertThrows(PartOperands.Misfit.class, () -> PartOperands.axis(0, 0));
  }

  @Test
  void shapesAreCutAndJoined() {
    long[] shape = {2, 3, 4};
    assertArrayEquals(new long[] {2, 8, 9, 4}, PartOperands.replaced(shape, 1, 8, 9));
    assertArrayEquals(new long[] {2, 4}, PartOperands.replaced(shape, 1));
    assertArrayEquals(new long[] {2, 3}, PartOperands.head(shape, 2));
    assertArrayEquals(new long[] {}, PartOperands.tail(shape, 3));
    assertArrayEquals(new long[] {2, 3, 4, 2, 3, 4}, PartOperands.joined(shape, shape));
    assertArrayEquals(new long[] {2, 3, 4}, shape, "what is given stays");
  }

  @Test
  void broadcastingDoesNotDependOnTheOrder() {
    Random random = new Random(8);
    for (int round = 0; round < 500; round++) {
      long[] one = sizes(random);
      long[] other = sizes(random);
      assertEquals(broadcast(one, other), broadcast(other, one));
      assertEquals(ShapeCases.shown(List.of(one)), broadcast(one, one));
      assertEquals(ShapeCases.shown(List.of(one)), broadcast(one, new long[0]));
    }
  }

  private static long[] sizes(Random random) {
    return random.longs(random.nextInt(4), 1, 4).toArray();
  }

  private static String broadcast(long[] one, long[] other) {
    try {
      return ShapeCases.shown(List.of(PartOperands.broadcast(List.of(one, other))));
    } catch (PartOperands.Misfit error) {
      return ShapeCases.MISFIT;
    }
  }
}
