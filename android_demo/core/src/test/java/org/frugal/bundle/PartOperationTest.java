package org.frugal.bundle;

import static org.frugal.bundle.FlatFile.list;
import static org.frugal.bundle.FlatFile.table;
import static org.frugal.bundle.SmallPart.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One operator of a part: its options, scales and sizes; and the table of those that parts may have. */
class PartOperationTest {
  private static final String OPERATOR = "model.subgraphs[0].operators[0]";
  private static final String OPTIONS = OPERATOR + ".builtin_options";

  /** Names the tensors that the subgraph takes, and its result, which is the last tensor. */
  private static SmallPart wired(SmallPart part, int... inputs) {
    int result = part.tensors.size() - 1;
    part.graph.put(1, inputs);
    part.graph.put(2, new int[] {result});
    part.signature.put(0, list());
    part.signature.put(1, list(table(0, "y", 1, result)));
    if (inputs.length == 1) {
      part.signature.put(0, list(table(0, "x", 1, inputs[0])));
    } else if (inputs.length == 2) {
      part.signature.put(0, list(table(0, "x", 1, inputs[0]), table(0, "z", 1, inputs[1])));
    }
    return part;
  }

  /** Windows of 2 x 2: padding, strides of columns and rows, width, height, activation. */
  private static SmallPart pool(Object... options) {
    SmallPart part = SmallPart.of(17, 1, new int[] {0}, new int[] {1});
    part.tensor(SmallPart.FLOAT32, 1, 4, 4, 1);
    part.tensor(SmallPart.FLOAT32, 1, 2, 2, 1);
    return wired(part.options(5, options), 0);
  }

  @Test
  void optionsAreInTheirBounds() {
    assertNull(pool(0, (byte) 1, 1, 2, 2, 2, 3, 2, 4, 2).problem());
    assertNull(pool(0, (byte) 1, 1, 2, 2, 2, 3, 2, 4, 2, 5, (byte) 5).problem());
    refuses(pool(0, (byte) 2, 1, 2, 2, 2, 3, 2, 4, 2), OPTIONS + ".0", "a number of 0 to 1 / 2");
    refuses(pool(0, (byte) 1, 2, 2, 3, 2, 4, 2), OPTIONS + ".1", "a number of 1 to 1048576 / 0");
    refuses(pool(0, (byte) 1, 1, 2, 2, -1, 3, 2, 4, 2), OPTIONS + ".2", "a number of 1 to 1048576 / -1");
    refuses(pool(0, (byte) 1, 1, 2, 2, 2, 3, 1 << 21, 4, 2), OPTIONS + ".3", "a number of 1 to 1048576 / 2097152");
    refuses(pool(0, (byte) 1, 1, 2, 2, 2, 3, 2, 4, 2, 5, (byte) 6), OPTIONS + ".5", "a number of 0 to 5 / 6");
  }

  @Test
  void aDilationThatIsMissingIsOne() {
    // Type 1; both strides are 1, and the dilations are left out.
    SmallPart part = SmallPart.of(3, 1, new int[] {0, 1}, new int[] {2});
    part.tensor(SmallPart.FLOAT32, 1, 4, 4, 1);
    part.constant(SmallPart.FLOAT32, new byte[16], 1, 2, 2, 1);
    part.tensor(SmallPart.FLOAT32, 1, 3, 3, 1);
    wired(part.options(1, 0, (byte) 1, 1, 1, 2, 1), 0);
    assertNull(part.problem());
    part.options(1, 0, (byte) 1, 1, 1, 2, 1, 5, 3);
    refuses(part, OPERATOR + ".outputs", "the shapes [[1, 1, 3, 1]] / [[1, 3, 3, 1]]");
    part.options(1, 0, (byte) 1, 1, 1, 2, 1, 4, 0);
    refuses(part, OPTIONS + ".4", "a number of 1 to 1048576 / 0");
    part.options(1, 0, (byte) 1, 1, 1, 2, 1, 6, (byte) 10);
    refuses(part, OPTIONS + ".6", "a number of 0 to 9 / 10");
  }

  @Test
  void optionsAndTheirTypeStandTogether() {
    SmallPart part = pool(0, (byte) 1, 1, 2, 2, 2, 3, 2, 4, 2);
    part.operator.remove(3);
    refuses(part, OPTIONS, "both a type and a table, or neither / one of them");
    part.operator.put(3, (byte) 5);
    Object options = part.operator.remove(4);
    refuses(part, OPTIONS, "both a type and a table, or neither / one of them");
    part.operator.remove(3);
    refuses(part, OPTIONS, "the options of MAX_POOL_2D / none");
    part.operator.put(3, (byte) 8);
    part.operator.put(4, options);
    refuses(part, OPTIONS, "the options of MAX_POOL_2D, type 5 / 8");
    // A RELU has none, and says so by leaving them out.
    SmallPart relu = SmallPart.relu();
    relu.options(5);
    refuses(relu, OPTIONS, "the options of RELU, type 0 / 5");
  }

  @Test
  void optionsThatAreReadElsewhereAreRefused() {
    // Field 3 of a dense layer's is one that this version has no use for: another form of its weights.
    SmallPart part = SmallPart.of(9, 1, new int[] {0, 1}, new int[] {2});
    part.tensor(SmallPart.FLOAT32, 1, 2);
    part.constant(SmallPart.FLOAT32, new byte[24], 3, 2);
    part.tensor(SmallPart.FLOAT32, 1, 3);
    wired(part.options(8, 1, (byte) 1), 0);
    refuses(part, OPTIONS + ".1", "nothing / a value");
  }

  private static SmallPart codes(int number, int optionsType, float beta, float in, float out) {
    SmallPart part = SmallPart.of(number, 1, new int[] {0}, new int[] {1});
    part.codes(SmallPart.INT8, in, 0, 1, 2);
    part.codes(SmallPart.INT8, out, 0, 1, 2);
    return wired(optionsType == 0 ? part : part.options(optionsType, 0, beta), 0);
  }

  @Test
  void aSoftmaxThatCannotBeComputedInWholeNumbers() {
    String problem = "a scale and a beta of at least 2^-25 together / less";
    assertNull(codes(25, 9, 1, 0x1p-25f, 1).problem());
    refuses(codes(25, 9, 1, 0x1p-26f, 1), OPERATOR, problem);
    refuses(codes(25, 9, 0, 1, 1), OPERATOR, problem);
    refuses(codes(25, 9, -1, 1, 1), OPERATOR, problem);
    refuses(codes(50, 0, 1, 0x1p-26f, 1), OPERATOR, problem);
    // Without its options its beta is 0.
    refuses(codes(25, 0, 1, 1, 1), OPERATOR, problem);
    for (float wild : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      refuses(codes(25, 9, wild, 1, 1), OPTIONS + ".0", "a finite number / another");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 41})
  void aSumWhoseResultIsTooFineForItsInputs(int number) {
    for (float scale : new float[] {0x1p-18f, 0x1p-19f}) {
      SmallPart part = SmallPart.of(number, 1, new int[] {0, 1}, new int[] {2}).options(number == 0 ? 11 : 28);
      part.codes(SmallPart.INT8, 0x1p-30f, 0, 1, 2);
      part.codes(SmallPart.INT8, 1, 0, 1, 2);
      part.codes(SmallPart.INT8, scale, 0, 1, 2);
      wired(part, 0, 1);
      if (scale == 0x1p-18f) {
        assertNull(part.problem());
      } else {
        refuses(part, OPERATOR, "a result with no smaller scale than inputs / 2^18 / one");
      }
    }
  }

  @Test
  void aConstantWithAScaleAChannelIsOnlyTheWeightsOfAConvolution() {
    SmallPart part = SmallPart.of(18, 1, new int[] {0, 1}, new int[] {2}).options(21);
    part.codes(SmallPart.INT8, 1, 0, 1, 2);
    part.constant(SmallPart.INT8, new byte[2], 1, 2);
    part.tensors.get(1).put(
        SmallPart.QUANTIZATION, table(2, new float[] {1, 2}, 3, new long[2], 6, 1));
    part.codes(SmallPart.INT8, 1, 0, 1, 2);
    wired(part, 0);
    refuses(part, OPERATOR + ".inputs[1]", "one scale for MUL / one a channel");
  }

  private static byte[] longs(long... numbers) {
    ByteBuffer data = ByteBuffer.allocate(8 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(numbers).forEach(data::putLong);
    return data.array();
  }

  /** A sum over axes: tensor 1. */
  private static SmallPart sum(int type, byte[] axes, int count) {
    SmallPart part = SmallPart.of(74, 1, new int[] {0, 1}, new int[] {2}).options(27);
    part.tensor(SmallPart.FLOAT32, 2, 3);
    part.constant(type, axes, count);
    part.tensor(SmallPart.FLOAT32, 3);
    return wired(part, 0);
  }

  @Test
  void sizesAreWholeNumbersOf32Bits() {
    String misfit = "inputs that fit SUM and each other / [[2, 3], [1]]";
    assertNull(sum(SmallPart.INT64, longs(0), 1).problem());
    assertNull(sum(SmallPart.INT32, new byte[4], 1).problem());
    refuses(sum(SmallPart.FLOAT32, new byte[4], 1), OPERATOR + ".inputs", misfit);
    refuses(sum(SmallPart.INT64, longs(1L << 32), 1), OPERATOR + ".inputs", misfit);
    refuses(sum(SmallPart.INT64, longs(Long.MIN_VALUE), 1), OPERATOR + ".inputs", misfit);
    // Sixteen numbers are as many as pads of eight dimensions take.
    assertNull(sum(SmallPart.INT32, new byte[64], 16).problem());
    refuses(sum(SmallPart.INT32, new byte[68], 17), OPERATOR + ".inputs",
        "inputs that fit SUM and each other / [[2, 3], [17]]");
  }

  /** A slice of four elements from a begin to an end, which TensorFlow Lite moves inside of its axis. */
  private static SmallPart slice(long begin, long end, int result) {
    SmallPart part = SmallPart.of(45, 1, new int[] {0, 1, 2, 3}, new int[] {4}).options(32);
    part.tensor(SmallPart.FLOAT32, 4);
    part.constant(SmallPart.INT64, longs(begin), 1);
    part.constant(SmallPart.INT64, longs(end), 1);
    part.constant(SmallPart.INT64, longs(1), 1);
    part.tensor(SmallPart.FLOAT32, result);
    return wired(part, 0);
  }

  @Test
  void numbersBeyond32BitsAreRefusedWhereverTheyWouldBeMovedTo() {
    assertNull(slice(1, 3, 2).problem());
    assertNull(slice(-(1L << 31), 1L << 31, 4).problem());
    String misfit = "inputs that fit STRIDED_SLICE and each other / [[4], [1], [1], [1]]";
    refuses(slice(0, (1L << 31) + 1, 4), OPERATOR + ".inputs", misfit);
    refuses(slice(-(1L << 31) - 1, 4, 4), OPERATOR + ".inputs", misfit);
    refuses(slice(0, Long.MAX_VALUE, 4), OPERATOR + ".inputs", misfit);
  }

  @Test
  void theFilesShapesAreThoseThatAreComputed() {
    SmallPart part = SmallPart.relu();
    part.tensors.get(1).put(SmallPart.SHAPE, new int[] {2, 1});
    refuses(part, OPERATOR + ".outputs", "the shapes [[1, 2]] / [[2, 1]]");
    part.tensors.get(1).put(SmallPart.SHAPE, new int[] {1, 2, 1});
    refuses(part, OPERATOR + ".outputs", "the shapes [[1, 2]] / [[1, 2, 1]]");
  }

  @Test
  void anOperandThatIsLeftOutIsShownAsNone() {
    SmallPart part = SmallPart.of(9, 1, new int[] {0, 1, -1}, new int[] {2}).options(8);
    part.tensor(SmallPart.FLOAT32, 1, 3);
    part.constant(SmallPart.FLOAT32, new byte[24], 3, 2);
    part.tensor(SmallPart.FLOAT32, 1, 3);
    refuses(wired(part, 0), OPERATOR + ".inputs",
        "inputs that fit FULLY_CONNECTED and each other / [[1, 3], [3, 2], None]");
  }

  /** Number, name, version, inputs, outputs, the type of its options, and which inputs are constants. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      3   | CONV_2D         | 8  | 2 3    | 1 1    | 1  | gppaqqt | []
      9   | FULLY_CONNECTED | 11 | 2 3    | 1 1    | 8  | a-bbt   | []
      2   | CONCATENATION   | 4  | 1 1000 | 1 1    | 10 | ia      | []
      49  | SPLIT           | 4  | 2 2    | 1 1000 | 35 | p       | [0]
      45  | STRIDED_SLICE   | 8  | 4 4    | 1 1    | 32 | iiiiib  | [1, 2, 3]
      67  | TRANSPOSE_CONV  | 5  | 3 4    | 1 1    | 49 | gppat   | [0]
      48  | TOPK_V2         | 3  | 2 2    | 2 2    | 34 |         | [1]
      14  | LOGISTIC        | 3  | 1 1    | 1 1    | 0  |         | []
      """)
  void theTableIsReadAsItIsWritten(
      long number, String name, int version, String inputs, String outputs, int type, String letters,
      String constants) {
    PartOperator operator = PartOperator.of(number);
    assertEquals(name, operator.name());
    assertEquals(version, operator.version());
    assertEquals(inputs, operator.fewestInputs() + " " + operator.mostInputs());
    assertEquals(outputs, operator.fewestOutputs() + " " + operator.mostOutputs());
    assertEquals(type, operator.optionsType());
    assertEquals(letters == null ? "" : letters, operator.options());
    assertEquals(constants, operator.constants().toString());
    assertEquals(List.of("CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV").contains(name), operator.optional());
  }

  @Test
  void everyOperatorHasARuleForShapesAndANameOfItsOwn() {
    Set<String> names = new HashSet<>();
    for (long number = 0; number < 1000; number++) {
      PartOperator operator = PartOperator.of(number);
      if (operator != null) {
        assertTrue(names.add(operator.name()), operator.name());
        // A rule that is not there would be a null pointer, not a misfit.
        PartOperands nothing =
            ShapeCases.operands("[1] [1] [1] [1]", "0=[0] 1=[0] 2=[0] 3=[0]", "1 1 1 1 1 1 1", "[1]");
        try {
          assertTrue(PartShapes.results(operator.rule(), nothing).size() > 0);
        } catch (PartOperands.Misfit misfit) {
          assertTrue(operator.rule().length() > 0);
        }
      }
    }
    assertEquals(99, names.size());
  }
}
