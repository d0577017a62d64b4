package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.frugal.Budget;
import org.frugal.Event;
import org.frugal.TestFiles;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Setting;
import org.frugal.bundle.Step;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** Rows that an each takes, hands to steps written down here, and stacks; what its buffers hold meanwhile. */
class EachCompilerTest {
  private static final Manifest MANIFEST = Bundle.load(TestFiles.bundle("boxes")).manifest();
  private static final Map<String, String> ROWS = Map.of("row", "table");
  private static final Map<String, String> STACKS = Map.of("stack", "twice");
  private static final Step FILL = new Step.Fill("other", List.of(1), new Setting.Constant(Numbers.of(0)));

  private final Map<String, Value> values = new HashMap<>();
  private final double[] ahead = new double[CostsAhead.UNITS];
  private long now;
  private final Context context = new Context(
      MANIFEST, values, new Cells(), new Meter(), new EventLog(MANIFEST, MANIFEST.main()), () -> now);

  EachCompilerTest() {
    declare("table", Tensor.float32(List.of(1, 3, 2)), 1, 5, 2, 6, 3, 7);
    declare("row", Tensor.float32(List.of(1, 2)));
    declare("twice", Tensor.float32(List.of(1, 2)));
    declare("stack", Tensor.float32(List.of(1, 3, 2)));
    declare("done", Tensor.float32(List.of(1, 1)), 9);
    declare("count", Tensor.float32(List.of(1)), 3);
    context.meter().start(0, null);
    context.log().start();
  }

  private void declare(String name, Tensor tensor, double... numbers) {
    values.put(name, new Value(tensor));
    values.get(name).buffer = Buffers.allocate(tensor.bytes());
    write(name, numbers);
  }

  private void write(String name, double... numbers) {
    for (int i = 0; i < numbers.length; i++) {
      Conversion.write(values.get(name).buffer, i, (float) numbers[i], values.get(name).encoding);
    }
  }

  private double[] read(String name) {
    return context.numbers(name).read();
  }

  /** Doubles the row, into the same buffer each time. */
  private Action twice() {
    ByteBuffer own = Buffers.allocate(8);
    return () -> {
      for (int i = 0; i < 2; i++) {
        own.putFloat(4 * i, 2 * values.get("row").buffer.getFloat(4 * i));
      }
      values.get("twice").buffer = own;
      return Action.Next.GO_ON;
    };
  }

  private Action each(Step.Each step, Action... body) {
    return new EachCompiler(context).compile(step, "main[1]", body, ahead);
  }

  private static Step.Each step(String count) {
    return new Step.Each(ROWS, count, List.of(FILL), STACKS, "done");
  }

  @Test
  void everyRowIsStacked() {
    assertEquals(Action.Next.GO_ON, each(step(null), twice()).run());
    assertArrayEquals(new double[] {2, 10, 4, 12, 6, 14}, read("stack"));
    assertArrayEquals(new double[] {3}, read("done"));
    List<Event> events = context.log().events();
    assertEquals(List.of(Event.row("main[1]", 0), Event.row("main[1]", 1), Event.row("main[1]", 2)),
        events.subList(0, 3));
  }

  @Test
  void aCountIsTheNearestWholeNumberOfRows() {
    Action each = each(step("count"), twice());
    double[] counts = {-1, 0.5, 0.75, 1.5, 2.5, 3, 99, Double.NaN, Double.POSITIVE_INFINITY};
    int[] expected = {0, 0, 1, 2, 2, 3, 3, 0, 3};
    for (int i = 0; i < counts.length; i++) {
      write("count", counts[i]);
      each.run();
      assertArrayEquals(new double[] {expected[i]}, read("done"), "count " + counts[i]);
      double[] stacked = Arrays.copyOf(new double[] {2, 10, 4, 12, 6, 14}, 2 * expected[i]);
      assertArrayEquals(Arrays.copyOf(stacked, 6), read("stack"), "count " + counts[i]);
    }
  }

  @Test
  void aLeaveEndsItWithoutItsRowAndAnAnswerEndsTheProgram() {
    List<Action.Next> next = new ArrayList<>(List.of(Action.Next.GO_ON, Action.Next.LEAVE));
    assertEquals(Action.Next.GO_ON, each(step(null), twice(), () -> next.remove(0)).run());
    assertArrayEquals(new double[] {2, 10, 0, 0, 0, 0}, read("stack"));
    assertArrayEquals(new double[] {1}, read("done"));
    ByteBuffer before = values.get("stack").buffer;
    assertEquals(Action.Next.END, each(step(null), twice(), () -> Action.Next.END).run());
    assertEquals(before, values.get("stack").buffer);
  }

  @Test
  void rowsBeginWhereTheBudgetReachesTheirEnd() {
    ahead[CostsAhead.MACS] = 50;
    Action spend = () -> {
      context.meter().spend(20, 0);
      return Action.Next.GO_ON;
    };
    Action each = each(step(null), twice(), spend);
    double[] limits = {49, 50, 69, 70, 89, 90};
    for (int i = 0; i < limits.length; i++) {
      context.meter().start(0, Budget.macs(limits[i]));
      context.log().start();
      each.run();
      int done = i == 0 ? 0 : (i + 1) / 2;
      assertArrayEquals(new double[] {done}, read("done"), limits[i] + " multiply-adds");
      Event last = context.log().events().get(done == 3 ? 2 : done);
      assertEquals(done == 3 ? "row" : "stopped", last.kind().label());
      assertEquals(done == 3 ? null : "macs", last.why());
    }
    ahead[CostsAhead.MACS] = 0;
    ahead[CostsAhead.LATENCY] = 1;
    context.meter().start(0, Budget.latencyMillis(1));
    context.log().start();
    now = 1_000_000;
    each.run();
    assertEquals("latency", context.log().events().get(0).why());
  }

  /** What it stacks may be what it goes over, and one of its steps may renew that. */
  @Test
  void itGoesOverTheRowsAsTheyWereBeforeTheFirst() {
    Step.Each renews = new Step.Each(ROWS, null, List.of(FILL), Map.of("table", "twice"), null);
    List<Double> seen = new ArrayList<>();
    Action look = () -> {
      seen.add(read("table")[5]);
      return Action.Next.GO_ON;
    };
    Action each = each(renews, twice(), look);
    for (int times = 2; times < 40; times *= 2) {
      each.run();
      assertEquals(Collections.nCopies(3, 7.0 * times / 2), seen);
      seen.clear();
      assertArrayEquals(new double[] {times, 5 * times, 2 * times, 6 * times, 3 * times, 7 * times}, read("table"));
    }
    // A step that overwrites the table in its place, as a part does that runs again.
    declare("table", Tensor.float32(List.of(1, 3, 2)), 1, 5, 2, 6, 3, 7);
    Step fill = new Step.Fill("table", List.of(1, 3, 2), new Setting.Constant(Numbers.of(0)));
    Step.Each over = new Step.Each(ROWS, null, List.of(fill), STACKS, null);
    Action erase = () -> {
      write("table", new double[6]);
      return Action.Next.GO_ON;
    };
    each(over, erase, twice()).run();
    assertArrayEquals(new double[] {2, 10, 4, 12, 6, 14}, read("stack"));
    assertArrayEquals(new double[6], read("table"));
  }

  @Test
  void rowsAndStacksAreConverted() {
    declare("table", new Tensor(List.of(1, 3, 2), TensorType.INT8, 0.5, -3), 1, 5, 2, 6, 3, 7);
    declare("stack", new Tensor(List.of(1, 3, 2), TensorType.UINT8, 1.0, 7));
    Action each = each(step("count"), twice());
    write("count", 2);
    each.run();
    assertArrayEquals(new double[] {2, 10, 4, 12, 0, 0}, read("stack"));
    // Zero is the code 7.
    assertEquals(7, values.get("stack").buffer.get(5));
    declare("row", new Tensor(List.of(1, 2), TensorType.INT8, 0.5, -3));
    declare("copies", new Tensor(List.of(1, 3, 2), TensorType.INT8, 0.5, -3));
    Step.Each copies = new Step.Each(ROWS, null, List.of(FILL), Map.of("copies", "row"), null);
    each(copies).run();
    assertArrayEquals(new double[] {1, 5, 2, 6, 3, 7}, read("copies"));
  }

  @Test
  void aWarmRunLeavesNothingForTheCollector() {
    declare("table", Tensor.float32(List.of(1, 1000, 2)));
    declare("stack", Tensor.float32(List.of(1, 1000, 2)));
    Action each = each(step("count"), twice());
    write("count", 1000);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long id = Thread.currentThread().getId();
    long bytes = 0;
    for (int i = 0; i < 5; i++) {
      long before = threads.getThreadAllocatedBytes(id);
      context.log().start();
      each.run();
      bytes = threads.getThreadAllocatedBytes(id) - before;
    }
    assertTrue(bytes < 1000, bytes + " bytes for a thousand rows");
  }
}
