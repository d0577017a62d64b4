package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.frugal.ChainException;
import org.frugal.RemoteParts;
import org.frugal.bundle.Manifest.Part;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Setting;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** Values of a program: read as they are declared, converted on the way; settings, and what comes from a server. */
class ValuesTest {
  private static final Tensor FLOAT = Tensor.float32(List.of(2));
  private static final Tensor CODES = new Tensor(List.of(2), TensorType.INT8, 0.5, -1);
  private static final Tensor PHOTO = new Tensor(List.of(2), TensorType.UINT8, 0.25, 0);

  private static ByteBuffer floats(float... numbers) {
    ByteBuffer buffer = Buffers.allocate(4 * numbers.length);
    for (int i = 0; i < numbers.length; i++) {
      buffer.putFloat(4 * i, numbers[i]);
    }
    return buffer;
  }

  private static double[] read(Tensor tensor, ByteBuffer content) {
    Value value = new Value(tensor);
    value.buffer = content;
    return new NumberReader(value).read();
  }

  @Test
  void aValueIsReadAsTheTensorThatIsDeclared() {
    assertArrayEquals(new double[] {0.5, -2}, read(FLOAT, floats(0.5f, -2)));
    // (3 + 1) * .5 and (-128 + 1) * .5
    assertArrayEquals(new double[] {2, -63.5}, read(CODES, Buffers.allocate(2).put(0, (byte) 3).put(1, (byte) -128)));
    assertArrayEquals(new double[] {63.75, 0}, read(PHOTO, Buffers.allocate(2).put(0, (byte) 255).put(1, (byte) 0)));
    Tensor whole = new Tensor(List.of(2), TensorType.INT32, null, null);
    assertArrayEquals(
        new double[] {-7, 1 << 30}, read(whole, Buffers.allocate(8).putInt(0, -7).putInt(4, 1 << 30)));
    assertEquals(TensorType.INT8, new NumberReader(new Value(CODES)).type());
  }

  @Test
  void aReaderReadsWhatTheValueHoldsNow() {
    Value value = new Value(FLOAT);
    NumberReader reader = new NumberReader(value);
    value.buffer = floats(1, 2);
    assertArrayEquals(new double[] {1, 2}, reader.read());
    value.buffer = floats(3, 4);
    assertArrayEquals(new double[] {3, 4}, reader.read());
  }

  @Test
  void numbersOfOneEncodingAreHandedOnAsTheyLie() {
    Feed direct = Feed.of(CODES.encoding(), new Tensor(List.of(1, 2), TensorType.INT8, 0.5, -1));
    ByteBuffer codes = Buffers.allocate(2);
    assertTrue(direct.isDirect());
    assertSame(codes, direct.pass(codes));
    ByteBuffer copy = Buffers.allocate(2);
    direct.copy(codes.put(1, (byte) 9), copy);
    assertEquals(9, copy.get(1));
  }

  @Test
  void numbersOfOthersAreConvertedIntoABufferOfItsOwn() {
    Feed feed = Feed.of(FLOAT.encoding(), CODES);
    ByteBuffer given = floats(1, -100);
    ByteBuffer made = feed.pass(given);
    // 1 / .5 - 1, and -100 / .5 - 1 is clipped.
    assertEquals(List.of(1, -128), List.of((int) made.get(0), (int) made.get(1)));
    assertSame(made, feed.pass(floats(0, 0)));
    assertFalse(feed.isDirect());
    ByteBuffer copy = Buffers.allocate(2);
    feed.copy(given, copy);
    assertEquals(1, copy.get(0));
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

  @Test
  void aFillIsConvertedToItsValueOnce() {
    Cells cells = new Cells();
    ByteBuffer codes = cells.constant(new Setting.Reference("l"), CODES);
    cells.set(Map.of("l", Numbers.list(List.of(0.25, 63.0))));
    // .25 / .5 goes to the even 0; 63 / .5 - 1.
    assertEquals(List.of(-1, 125), List.of((int) codes.get(0), (int) codes.get(1)));
  }

  private static String refusal(RemoteParts remote) {
    RemoteCall call = new RemoteCall(remote, "far", part());
    return assertThrows(ChainException.class, () -> call.output(call.run(Map.of(), 1e9), "y")).getMessage();
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
    ByteBuffer own = call.output(call.run(Map.of(), 1e9), "y");
    theirs.put(0, (byte) 99);
    assertEquals(List.of(1, 2, 0), List.of((int) own.get(0), (int) own.get(1), own.position()));
    assertEquals(2, theirs.position());
  }
}
