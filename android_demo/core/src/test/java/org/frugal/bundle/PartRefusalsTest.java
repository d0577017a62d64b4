package org.frugal.bundle;

import static org.frugal.bundle.FlatFile.list;
import static org.frugal.bundle.FlatFile.table;
import static org.frugal.bundle.SmallPart.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parts put together wrongly: the order of operators, their operands, subgraphs and signatures. */
class PartRefusalsTest {
  private static final String GRAPH = "model.subgraphs[0]";
  private static final String OPERATOR = GRAPH + ".operators[0]";
  private static final String SIGNATURE = "model.signature_defs[0]";

  private static SmallPart with(int field, Object value) {
    SmallPart part = SmallPart.relu();
    part.model.put(field, value);
    return part;
  }

  private static Map<String, PartCheck.Signature> signatures(SmallPart part) {
    return PartCheck.signatures(ByteBuffer.wrap(part.bytes()));
  }

  @Test
  void whatIsPutTogetherWellIsAccepted() {
    assertNull(SmallPart.relu().problem());
    assertEquals(Set.of("serving_default"), signatures(SmallPart.relu()).keySet());
  }

  @Test
  void theModelAsAWhole() {
    refuses(with(0, 2), "model.version", "3 / 2");
    refuses(with(0, 4), "model.version", "3 / 4");
    refuses(with(2, list()), "model.subgraphs", "at least one / none");
    refuses(with(4, list()), "model.buffers", "at least one / none");
    refuses(with(4, list(table(0, new byte[1]))), "model.buffers[0]", "no data / some");
    refuses(with(6, list(table(0, "m"), table(0, "n", 1, 1))), "model.metadata[1].buffer", "a number below 1 / 1");
    SmallPart empty = SmallPart.relu();
    empty.graph.put(0, list());
    refuses(empty, GRAPH + ".tensors", "at least one / none");
  }

  @ParameterizedTest
  @CsvSource({"19,4,RELU of version 1 to 3", "19,0,RELU of version 1 to 3", "14,4,LOGISTIC of version 1 to 3",
      "101,6,ABS of version 1 to 5", "150,3,GELU of version 1 to 2"})
  void versionsThatTheOldestRuntimeDoesNotKnow(int number, int version, String expected) {
    SmallPart part = SmallPart.relu();
    part.code.putAll(table(0, (byte) Math.min(number, 127), 2, version, 3, number));
    refuses(part, "model.operator_codes[0]", expected + " / " + version);
  }

  @Test
  void theHighestVersionIsAcceptedAndSoIsNone() {
    SmallPart part = SmallPart.relu();
    part.code.put(2, 3);
    assertNull(part.problem());
    part.code.remove(2);
    assertNull(part.problem(), "the default is 1");
  }

  @ParameterizedTest
  // A while loop, a variable, a custom operator, a random number, and no operator at all.
  @CsvSource({"119", "142", "32", "148", "9999", "-1"})
  void operatorsThatNoPartMayHave(int number) {
    SmallPart part = SmallPart.relu();
    part.code.putAll(table(0, (byte) 0, 3, number));
    // The larger of the two numbers counts: 0 is ADD, which takes two operands.
    String problem = number < 0 ? null : "expected an operator that parts may have as model.operator_codes[0], "
        + "received number " + number;
    assertEquals(number < 0 ? "expected 2 to 2 tensors of ADD as " + OPERATOR + ".inputs, received 1" : problem,
        part.problem());
  }

  @Test
  void anOperatorReadsWhatIsThereByThen() {
    SmallPart part = SmallPart.relu();
    part.operator.put(1, new int[] {1});
    refuses(part, OPERATOR + ".inputs[0]", "a constant, an input or an earlier result / 1");
    part.operator.put(1, new int[] {2});
    refuses(part, OPERATOR + ".inputs[0]", "a number below 2 / 2");
    part.operator.put(1, new int[] {-1});
    refuses(part, OPERATOR + ".inputs[0]", "a number below 2 / -1");
    part.operator.put(1, new int[] {0, 0});
    refuses(part, OPERATOR + ".inputs", "1 to 1 tensors of RELU / 2");
    part.operator.put(1, new int[0]);
    refuses(part, OPERATOR + ".inputs", "1 to 1 tensors of RELU / 0");
    part.operator.put(0, 1);
    refuses(part, OPERATOR + ".opcode_index", "a number below 1 / 1");
  }

  @Test
  void anOperatorWritesWhatNothingHasWritten() {
    SmallPart part = SmallPart.relu();
    part.operator.put(2, new int[] {0});
    refuses(part, OPERATOR + ".outputs[0]", "a tensor that nothing has written / 0");
    part.operator.put(2, new int[] {9});
    refuses(part, OPERATOR + ".outputs[0]", "a number below 2 / 9");
    part.operator.put(2, new int[] {1, 1});
    refuses(part, OPERATOR + ".outputs", "1 to 1 tensors of RELU / 2");
    // The same operator once more writes what it has written.
    part.operator.put(2, new int[] {1});
    part.graph.put(3, list(part.operator, part.operator));
    refuses(part, GRAPH + ".operators[1].outputs[0]", "a tensor that nothing has written / 1");
  }

  @Test
  void theInputsAndOutputsOfASubgraph() {
    SmallPart part = SmallPart.relu();
    part.graph.put(1, new int[] {0, 0});
    refuses(part, GRAPH + ".inputs[1]", "a tensor of its own without data / 0");
    part.graph.put(1, new int[] {7});
    refuses(part, GRAPH + ".inputs[0]", "a number below 2 / 7");
    part.graph.put(1, new int[] {0});
    part.graph.put(2, new int[] {1, -1});
    refuses(part, GRAPH + ".outputs[1]", "a number below 2 / -1");
    part.tensor(SmallPart.FLOAT32, 1, 2);
    part.graph.put(2, new int[] {2});
    refuses(part, GRAPH + ".outputs[0]", "a tensor that is computed / 2");
  }

  @Test
  void aConstantIsNoInput() {
    SmallPart part = SmallPart.relu();
    part.buffers.add(table(0, new byte[8]));
    part.tensors.get(0).put(SmallPart.BUFFER, 1);
    refuses(part, GRAPH + ".inputs[0]", "a tensor of its own without data / 0");
  }

  @Test
  void computedElementsTogetherAreBounded() {
    SmallPart part = SmallPart.relu();
    for (int i = 0; i < 16; i++) {
      part.tensor(SmallPart.FLOAT32, 8192, 8192);
    }
    // 16 * 2^26, and the two elements of both of the others.
    refuses(part, GRAPH + ".tensors", "at most 1073741824 elements that are computed / 1073741828");
    part.tensors.get(17).put(SmallPart.SHAPE, new int[] {(1 << 26) - 3});
    refuses(part, GRAPH + ".tensors", "at most 1073741824 elements that are computed / 1073741825");
    part.tensors.get(17).put(SmallPart.SHAPE, new int[] {(1 << 26) - 4});
    assertNull(part.problem());
  }

  /** An operator that may leave its last input out, and needs a size that is constant. */
  @Test
  void inputsThatMayBeLeftOutAndThoseThatAreConstants() {
    SmallPart dense = SmallPart.of(9, 1, new int[] {0, 1, -1}, new int[] {2}).options(8);
    dense.tensor(SmallPart.FLOAT32, 1, 2);
    dense.constant(SmallPart.FLOAT32, new byte[24], 3, 2);
    dense.tensor(SmallPart.FLOAT32, 1, 3);
    dense.graph.put(2, new int[] {2});
    dense.signature.put(1, list(table(0, "y", 1, 2)));
    assertNull(dense.problem());
    dense.operator.put(1, new int[] {0, -1, 1});
    refuses(dense, OPERATOR + ".inputs[1]", "a number below 3 / -1");
    SmallPart sum = SmallPart.of(74, 1, new int[] {0, 1}, new int[] {2}).options(27);
    sum.tensor(SmallPart.FLOAT32, 1, 2);
    sum.tensor(SmallPart.INT32, 1);
    sum.tensor(SmallPart.FLOAT32, 1);
    sum.graph.putAll(table(1, new int[] {0, 1}, 2, new int[] {2}));
    refuses(sum, OPERATOR + ".inputs[1]", "a constant for SUM / 1");
  }

  @Test
  void everySubgraphHasASignatureOfItsOwn() {
    refuses(with(7, list()), "model.signature_defs", "as many signatures as subgraphs, 1 / 0");
    SmallPart part = SmallPart.relu();
    part.model.put(2, list(part.graph, part.graph));
    refuses(part, "model.signature_defs", "as many signatures as subgraphs, 2 / 1");
    part.model.put(7, list(part.signature, part.signature));
    refuses(part, "model.signature_defs[1].subgraph_index", "a subgraph of its own / 0");
    TreeMap<Integer, Object> second = new TreeMap<>(part.signature);
    second.put(4, 1);
    part.model.put(7, list(part.signature, second));
    refuses(part, "model.signature_defs[1].signature_key", "a key of its own / one that stands twice");
    second.put(2, "other");
    assertEquals(List.of("serving_default", "other"), List.copyOf(signatures(part).keySet()));
    second.put(4, 2);
    refuses(part, "model.signature_defs[1].subgraph_index", "a number below 2 / 2");
    second.put(4, 1);
    second.put(2, "");
    refuses(part, "model.signature_defs[1].signature_key", "a name / none");
  }

  @Test
  void aSignatureNamesAllInputsAndOutputs() {
    SmallPart part = SmallPart.relu();
    part.signature.put(0, list());
    refuses(part, SIGNATURE + ".inputs", "names for the tensors [0] / []");
    part.signature.put(0, list(table(0, "x", 1, 1)));
    refuses(part, SIGNATURE + ".inputs", "names for the tensors [0] / [1]");
    part.signature.put(0, list(table(0, "x", 1, 0), table(0, "z", 1, 0)));
    refuses(part, SIGNATURE + ".inputs", "names for the tensors [0] / [0, 0]");
    part.signature.put(0, list(table(0, "x", 1, 0)));
    part.signature.put(1, list(table(0, "y", 1, 0)));
    refuses(part, SIGNATURE + ".outputs", "names for the tensors [1] / [0]");
  }

  /** Of a subgraph that gives one tensor twice, both places are named, and no name stands twice. */
  @Test
  void anOutputThatIsGivenTwiceHasTwoNames() {
    SmallPart part = SmallPart.relu();
    part.graph.put(2, new int[] {1, 1});
    part.signature.put(1, list(table(0, "y", 1, 1), table(0, "y", 1, 1)));
    refuses(part, SIGNATURE + ".outputs[1].name", "a name of its own / one that stands twice");
    part.signature.put(1, list(table(0, "y", 1, 1), table(0, "z", 1, 1)));
    PartCheck.Signature signature = signatures(part).get("serving_default");
    assertSame(signature.outputs().get("y"), signature.outputs().get("z"));
  }
}
