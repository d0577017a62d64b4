package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.frugal.ChainException;
import org.frugal.RemoteParts;
import org.frugal.bundle.Manifest.Part;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.ProgramFacts;
import org.frugal.bundle.Setting;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** Values of a program: read as the tensor that wrote them last, settings in their cells, what comes from a server. */
class ValuesTest {
  private static final Tensor FLOAT = Tensor.float32(List.of(2));
  private static final Tensor CODES = new Tensor(List.of(2), TensorType.INT8, 0.5, -1);
  private static final Tensor PHOTO = new Tensor(List.of(2), TensorType.UINT8, 0.25, 0);

  private static Values values(Set<String> overwritten) {
    Map<String, Set<Tensor>> ever = new LinkedHashMap<>();
    ever.put("image", Set.of(FLOAT));
    ever.put("v", Set.of(FLOAT, CODES));
    Map<String, Set<Tensor>> found =
        Map.of("program[1].value", Set.of(FLOAT, CODES), "program[0].value", Set.of(FLOAT));
    return new Values(new ProgramFacts(found, ever, overwritten, Map.of()), "image", PHOTO);
  }

  private static ByteBuffer floats(float... numbers) {
    ByteBuffer buffer = Buffers.allocate(4 * numbers.length);
    for (int i = 0; i < numbers.length; i++) {
      buffer.putFloat(4 * i, numbers[i]);
    }
    return buffer;
  }

  private static double[] read(Values.Choice<NumberReader> choice) {
    return choice.now().read(choice.buffer());
  }

  @Test
  void aValueIsReadAsWhatWroteItLast() {
    Values values = values(Set.of("v"));
    Values.Choice<NumberReader> choice = values.choice("v", "program[1].value", NumberReader::new);
    values.write(values.slot("v"), floats(0.5f, -2), values.known(FLOAT));
    assertArrayEquals(new double[] {0.5, -2}, read(choice));
    ByteBuffer codes = Buffers.allocate(2).put(0, (byte) 3).put(1, (byte) -128);
    values.write(values.slot("v"), codes, values.known(new Tensor(List.of(2), TensorType.INT8, 0.5, -1)));
    // (3 + 1) * .5 and (-128 + 1) * .5
    assertArrayEquals(new double[] {2, -63.5}, read(choice));
    assertEquals(TensorType.INT8, choice.now().type());
  }

  @Test
  void theImageIsReadAsItWasPreparedUnlessAStepWritesIt() {
    Values.Choice<Tensor> prepared = values(Set.of("v")).choice("image", "program[0].value", tensor -> tensor);
    assertEquals(PHOTO, prepared.now());
    Values.Choice<Tensor> written = values(Set.of("v", "image")).choice("image", "program[0].value", tensor -> tensor);
    assertEquals(FLOAT, written.now());
  }

  @Test
  void equalTensorsAreOneObject() {
    Values values = values(Set.of());
    assertSame(values.known(CODES), values.known(new Tensor(List.of(2), TensorType.INT8, 0.5, -1)));
  }

  @Test
  void wholeNumbersAndUnsignedCodesAreReadAsNumbers() {
    ByteBuffer whole = Buffers.allocate(8).putInt(0, -7).putInt(4, 1 << 30);
    assertArrayEquals(
        new double[] {-7, 1 << 30}, new NumberReader(new Tensor(List.of(2), TensorType.INT32, null, null)).read(whole));
    ByteBuffer codes = Buffers.allocate(2).put(0, (byte) 255).put(1, (byte) 0);
    assertArrayEquals(new double[] {63.75, 0}, new NumberReader(PHOTO).read(codes));
  }

  @Test
  void cellsFollowTheParameters() {
    Cells cells = new Cells();
    double[] fixed = cells.number(new Setting.Constant(Numbers.of(7)));
    double[] knob = cells.number(new Setting.Reference("k"));
    ByteBuffer one = cells.constant(new Setting.Reference("k"), FLOAT);
    ByteBuffer list = cells.constant(new Setting.Reference("l"), FLOAT);
    cells.set(Map.of("k", Numbers.of(0.5), "l", Numbers.list(List.of(1.0, 2.0))));
    assertEquals(List.of(7.0, 0.5), List.of(fixed[0], knob[0]));
    // One number fills the tensor.
    assertEquals(List.of(0.5f, 0.5f, 1f, 2f),
        List.of(one.getFloat(0), one.getFloat(4), list.getFloat(0), list.getFloat(4)));
    cells.set(Map.of("k", Numbers.of(-1), "l", Numbers.list(List.of(3.0, 4.0))));
    assertEquals(List.of(7.0, -1.0), List.of(fixed[0], knob[0]));
    assertEquals(List.of(-1f, 4f), List.of(one.getFloat(4), list.getFloat(4)));
  }

  private static String refusal(RemoteParts remote) {
    RemoteCall call = new RemoteCall(remote, "far", part());
    return assertThrows(ChainException.class, () -> call.output(call.run(Map.of()), "y")).getMessage();
  }

  private static Part part() {
    return new Part(null, "serving_default", Map.of(), Map.of("y", CODES), List.of(), 0, Map.of());
  }

  @Test
  void whatAServerGivesIsChecked() {
    String place = " for the output 'y', received ";
    String none = "remote part far: expected a value" + place + "none";
    assertEquals(none, refusal((part, inputs) -> null));
    assertEquals(none, refusal((part, inputs) -> Map.of()));
    assertEquals(none, refusal((part, inputs) -> Map.of("y", new RemoteParts.Value(null, Buffers.allocate(2)))));
    assertEquals(none, refusal((part, inputs) -> Map.of("y", new RemoteParts.Value(CODES, null))));
    String other = "remote part far: expected int8 [2]" + place;
    assertEquals(other + "int8 [2] in 3 bytes",
        refusal((part, inputs) -> Map.of("y", new RemoteParts.Value(CODES, Buffers.allocate(3)))));
    assertEquals(other + "uint8 [2] in 2 bytes",
        refusal((part, inputs) -> Map.of("y", new RemoteParts.Value(PHOTO, Buffers.allocate(2)))));
    Tensor high = new Tensor(List.of(2, 1), TensorType.INT8, 0.5, -1);
    assertEquals(other + "int8 [2, 1] in 2 bytes",
        refusal((part, inputs) -> Map.of("y", new RemoteParts.Value(high, Buffers.allocate(2)))));
    assertEquals("remote part far: expected outputs, but the application threw java.lang.IllegalStateException: off",
        refusal((part, inputs) -> {
          throw new IllegalStateException("off");
        }));
  }

  @Test
  void whatAServerGaveIsTheChainsOwn() {
    ByteBuffer theirs = Buffers.allocate(2).put((byte) 1).put((byte) 2);
    RemoteCall call =
        new RemoteCall((part, inputs) -> Map.of("y", new RemoteParts.Value(CODES, theirs)), "far", part());
    ByteBuffer own = call.output(call.run(Map.of()), "y");
    theirs.put(0, (byte) 99);
    assertEquals(List.of(1, 2, 0), List.of((int) own.get(0), (int) own.get(1), own.position()));
    assertEquals(2, theirs.position());
  }
}
