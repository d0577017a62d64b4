package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shapes that operators on images give: by hand, and against sliding the window over the image. */
class PartImagesTest {
  /** Padding (0 the same size, 1 whole windows), strides of columns and rows, width and height of the window. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      [1, 8, 6, 3]   | 1 2 2 2 2 0 | [1, 4, 3, 3]
      [1, 7, 7, 3]   | 1 2 2 2 2 0 | [1, 3, 3, 3]
      [1, 7, 7, 3]   | 0 2 2 2 2 0 | [1, 4, 4, 3]
      [1, 7, 9, 3]   | 1 3 1 2 5 0 | [1, 3, 3, 3]
      [1, 2, 2, 3]   | 1 1 1 2 2 0 | [1, 1, 1, 3]
      [1, 2, 2, 3]   | 1 1 1 3 1 0 | misfit
      [1, 2, 2, 3]   | 0 1 1 3 3 0 | [1, 2, 2, 3]
      [2, 2, 3]      | 0 1 1 1 1 0 | misfit
      """)
  void pooling(String shape, String options, String expected) {
    ShapeCases.check("pool", shape, null, options, null, expected);
  }

  /** Padding, strides of columns and rows, activation, dilations of columns and rows, type of the bias. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      [1, 8, 8, 3] [16, 3, 3, 3]          | 0 1 1 0 1 1 0 | [1, 8, 8, 16]
      [1, 8, 8, 3] [16, 3, 3, 3]          | 1 1 1 0 1 1 0 | [1, 6, 6, 16]
      [1, 8, 8, 3] [16, 3, 3, 3]          | 1 1 2 0 1 1 0 | [1, 3, 6, 16]
      [1, 8, 8, 3] [16, 3, 3, 3]          | 1 1 1 0 3 2 0 | [1, 4, 2, 16]
      [1, 6, 6, 3] [16, 3, 3, 3]          | 1 1 1 0 3 1 0 | misfit
      [1, 8, 8, 3] [16, 3, 3, 3] [16]     | 0 1 1 0 1 1 0 | [1, 8, 8, 16]
      [1, 8, 8, 3] [16, 3, 3, 3] [3]      | 0 1 1 0 1 1 0 | misfit
      [1, 8, 8, 6] [16, 3, 3, 3]          | 0 1 1 0 1 1 0 | [1, 8, 8, 16]
      [1, 8, 8, 6] [15, 3, 3, 3]          | 0 1 1 0 1 1 0 | misfit
      [1, 8, 8, 4] [16, 3, 3, 3]          | 0 1 1 0 1 1 0 | misfit
      [1, 8, 8, 3] [16, 3, 3]             | 0 1 1 0 1 1 0 | misfit
      """)
  void convolutions(String shapes, String options, String expected) {
    ShapeCases.check("conv", shapes, null, options, null, expected);
  }

  /** As a convolution's, with how many results each channel has behind the strides. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      [1, 8, 8, 3] [1, 3, 3, 6]           | 0 1 1 2 0 1 1 | [1, 8, 8, 6]
      [1, 8, 8, 3] [1, 3, 3, 3] [3]       | 1 1 2 1 0 1 1 | [1, 3, 6, 3]
      [1, 8, 8, 3] [1, 3, 3, 3]           | 1 1 1 1 0 3 1 | [1, 6, 2, 3]
      [1, 8, 8, 3] [1, 3, 3, 3] [6]       | 1 1 1 1 0 1 1 | misfit
      [1, 8, 8, 3] [1, 3, 3, 6]           | 0 1 1 1 0 1 1 | misfit
      [1, 8, 8, 3] [2, 3, 3, 3]           | 0 1 1 1 0 1 1 | misfit
      """)
  void depthwiseConvolutions(String shapes, String options, String expected) {
    ShapeCases.check("depthwise", shapes, null, options, null, expected);
  }

  /** The size of the result is given; what it came from has to be what a convolution of it gives. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      [4] [5, 3, 3, 2] [1, 4, 4, 2]       | 0=[1, 8, 8, 5]  | 0 2 2 0 0 | [1, 8, 8, 5]
      [4] [5, 3, 3, 2] [1, 4, 4, 2]       | 0=[1, 7, 8, 5]  | 0 2 2 0 0 | [1, 7, 8, 5]
      [4] [5, 3, 3, 2] [1, 4, 4, 2]       | 0=[1, 9, 8, 5]  | 0 2 2 0 0 | misfit
      [4] [5, 3, 3, 2] [1, 4, 4, 2]       | 0=[1, 9, 10, 5] | 1 2 2 0 0 | [1, 9, 10, 5]
      [4] [5, 3, 3, 2] [1, 4, 4, 2] [5]   | 0=[1, 8, 8, 5]  | 0 2 2 0 0 | [1, 8, 8, 5]
      [4] [5, 3, 3, 2] [1, 4, 4, 2] [2]   | 0=[1, 8, 8, 5]  | 0 2 2 0 0 | misfit
      [4] [5, 3, 3, 2] [1, 4, 4, 3]       | 0=[1, 8, 8, 5]  | 0 2 2 0 0 | misfit
      [4] [5, 3, 3, 2] [1, 4, 4, 2]       | 0=[2, 8, 8, 5]  | 0 2 2 0 0 | misfit
      [4] [5, 3, 3, 2] [1, 4, 4, 2]       | 0=[1, 8, 8, 2]  | 0 2 2 0 0 | misfit
      [4] [5, 3, 3, 2] [1, 4, 4, 2]       | 0=[1, 0, 8, 5]  | 0 2 2 0 0 | misfit
      [3] [5, 3, 3, 2] [1, 4, 4, 2]       | 0=[1, 8, 8]     | 0 2 2 0 0 | misfit
      """)
  void transposedConvolutions(String shapes, String constants, String options, String expected) {
    ShapeCases.check("transposed_conv", shapes, constants, options, null, expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      resize     | [1, 4, 4, 3] [2]       | 1=[9, 2]                 | 0 0 | [1, 9, 2, 3]
      resize     | [1, 4, 4, 3] [3]       | 1=[9, 2, 3]              | 0 0 | misfit
      resize     | [1, 4, 4, 3] [2]       | 1=[9, 0]                 | 0 0 | misfit
      to_depth   | [1, 4, 6, 3]           |                          | 2   | [1, 2, 3, 12]
      to_depth   | [1, 4, 5, 3]           |                          | 2   | misfit
      from_depth | [1, 2, 3, 12]          |                          | 2   | [1, 4, 6, 3]
      from_depth | [1, 2, 3, 6]           |                          | 2   | misfit
      to_batch   | [1, 4, 5, 3] [2] [2, 2] | 1=[2, 3] 2=[0, 0, 1, 0] | 0   | [6, 2, 2, 3]
      to_batch   | [1, 4, 5, 3] [2] [2, 2] | 1=[2, 3] 2=[0, 0, 0, 0] | 0   | misfit
      to_batch   | [1, 4, 5, 3] [2] [2, 2] | 1=[0, 1] 2=[0, 0, 0, 0] | 0   | misfit
      to_batch   | [1, 4, 5, 3] [2] [2, 2] | 1=[1, 1] 2=[0, 0]       | 0   | misfit
      from_batch | [6, 2, 2, 3] [2] [2, 2] | 1=[2, 3] 2=[0, 0, 1, 0] | 0   | [1, 4, 5, 3]
      from_batch | [5, 2, 2, 3] [2] [2, 2] | 1=[2, 3] 2=[0, 0, 0, 0] | 0   | misfit
      from_batch | [6, 2, 2, 3] [2] [2, 2] | 1=[2, 3] 2=[2, 2, 0, 0] | 0   | misfit
      from_batch | [6, 2, 2, 3] [2] [2, 2] | 1=[2, 3] 2=[0, -1, 0, 0] | 0  | misfit
      """)
  void piecesOfImages(String rule, String shapes, String constants, String options, String expected) {
    ShapeCases.check(rule, shapes, constants, options, null, expected);
  }

  /** Whole windows that fit, counted one by one; of the same size, every stride's first pixel. */
  @Test
  void aWindowFitsAsOftenAsItDoes() {
    Random random = new Random(2);
    for (int round = 0; round < 3000; round++) {
      int size = random.nextInt(12) + 1;
      int window = random.nextInt(5) + 1;
      int stride = random.nextInt(4) + 1;
      int dilation = random.nextInt(3) + 1;
      int whole = 0;
      for (int first = 0; first + (window - 1) * dilation < size; first += stride) {
        whole++;
      }
      int same = 0;
      for (int first = 0; first < size; first += stride) {
        same++;
      }
      String shapes = "[1, " + size + ", 1, 1] [1, " + window + ", 1, 1]";
      String behind = " 1 " + stride + " 0 1 " + dilation + " 0";
      ShapeCases.check("conv", shapes, null, "1" + behind, null,
          whole == 0 ? ShapeCases.MISFIT : "[1, " + whole + ", 1, 1]");
      ShapeCases.check("conv", shapes, null, "0" + behind, null, "[1, " + same + ", 1, 1]");
    }
  }

  @Test
  void whatIsMovedToDepthOrBatchAndBackIsTheSame() {
    Random random = new Random(4);
    for (int round = 0; round < 500; round++) {
      int block = random.nextInt(3) + 1;
      long[] image = {1, block * (random.nextInt(4) + 1), block * (random.nextInt(4) + 1), random.nextInt(3) + 1};
      long[] deep = result("to_depth", List.of(image), null, block);
      assertEquals(Arrays.toString(image), Arrays.toString(result("from_depth", List.of(deep), null, block)));
      long[] blocks = {block, 1};
      long[] pads = {0, 0, random.nextInt(2), random.nextInt(2)};
      long[][] constants = {null, blocks, pads};
      long[] many = result("to_batch", List.of(image), constants);
      assertEquals(block, many[0]);
      assertEquals(Arrays.toString(image), Arrays.toString(result("from_batch", List.of(many), constants)));
    }
  }

  private static long[] result(String rule, List<long[]> shapes, long[][] constants, long... options) {
    return PartShapes.results(
        rule, new PartOperands(shapes, i -> constants[i], options, List.of(), List.of())).get(0);
  }
}
