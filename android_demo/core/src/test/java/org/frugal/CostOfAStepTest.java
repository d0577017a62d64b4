package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Bundle;
import org.frugal.tensor.Buffers;
import org.junit.jupiter.api.Test;
import org.tensorflow.lite.Interpreter;

/**
 * What a chain adds to TensorFlow Lite's own calls, in time and in garbage, on ten tiny parts with an exit behind each
 * but the last. The numbers are printed; the bounds leave room for a busy machine.
 */
class CostOfAStepTest {
  private static final int ROUNDS = 60;
  private static final int RUNS = 500;

  private final Bundle bundle = Bundle.load(TestFiles.bundle("stages"));
  private final Picture picture = Picture.grey(new byte[] {1, 2}, 1, 2);

  /** The same parts by the public calls of TensorFlow Lite alone: each reads the buffer that the last one wrote. */
  private final class BareCalls implements AutoCloseable {
    private final List<Interpreter> interpreters = new ArrayList<>();
    private final List<Object[]> inputs = new ArrayList<>();

    BareCalls() {
      Object input = Buffers.allocate(8);
      for (var part : bundle.manifest().parts().values()) {
        Interpreter interpreter = new Interpreter(bundle.content(part.file().file()));
        interpreter.allocateTensors();
        interpreters.add(interpreter);
        inputs.add(new Object[] {input});
        input = interpreter.getOutputTensor(0).asReadOnlyBuffer();
      }
    }

    void run() {
      for (int i = 0; i < interpreters.size(); i++) {
        interpreters.get(i).runForMultipleInputsOutputs(inputs.get(i), Collections.emptyMap());
      }
    }

    @Override
    public void close() {
      interpreters.forEach(Interpreter::close);
    }
  }

  /** The fastest round of each: what they take when nobody disturbs them; rounds alternate. */
  private static double[] nanosPerCall(Runnable bare, Runnable chain) {
    double[] fastest = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
    for (int round = 0; round < ROUNDS; round++) {
      for (int which = 0; which < 2; which++) {
        Runnable call = which == 0 ? bare : chain;
        long begin = System.nanoTime();
        for (int i = 0; i < RUNS; i++) {
          call.run();
        }
        fastest[which] = Math.min(fastest[which], (double) (System.nanoTime() - begin) / RUNS);
      }
    }
    return fastest;
  }

  @Test
  void aStepTakesAtMostAMicrosecondMoreThanTheCallInIt() {
    try (Chain chain = new Chain(bundle, ChainOptions.DEFAULT); BareCalls bare = new BareCalls()) {
      Budget budget = new Budget(1e6, 1e6, null);
      assertEquals(10, chain.run(picture, budget).path().size());
      int steps = bundle.manifest().main().size();
      double[] nanos = nanosPerCall(bare::run, () -> chain.run(picture, budget));
      double perStep = (nanos[1] - nanos[0]) / steps;
      System.out.printf(
          "ten parts by TensorFlow Lite alone %.2f us, as a chain of %d steps %.2f us: %.3f us a step%n",
          nanos[0] / 1000, steps, nanos[1] / 1000, perStep / 1000);
      // A microsecond is for a machine that does a bare call in one; this one may be slower, or busy.
      double slowness = Math.max(1, nanos[0] / 10 / 1000);
      assertTrue(perStep < 1000 * slowness, perStep + " ns a step");
    }
  }

  @Test
  void aWarmRunMakesNoGarbageButItsResult() {
    try (Chain chain = new Chain(bundle, ChainOptions.DEFAULT); BareCalls bare = new BareCalls()) {
      long ofBareCalls = bytesPerCall(bare::run);
      long ofChain = bytesPerCall(() -> chain.run(picture, Budget.UNLIMITED));
      System.out.printf("bytes allocated: %d by TensorFlow Lite's ten calls, %d by a run%n", ofBareCalls, ofChain);
      // The record, its answer with arrays of 2 probabilities and 2 numbers, and an event of 56 bytes for each part.
      assertTrue(ofChain - ofBareCalls <= 960, ofChain + " bytes a run, " + ofBareCalls + " in TensorFlow Lite");
    }
  }

  private static long bytesPerCall(Runnable call) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long[] rounds = new long[5];
    for (int round = 0; round < rounds.length; round++) {
      for (int i = 0; i < 20_000; i++) {
        call.run();
      }
      long before = threads.getThreadAllocatedBytes(thread);
      for (int i = 0; i < 1000; i++) {
        call.run();
      }
      rounds[round] = (threads.getThreadAllocatedBytes(thread) - before) / 1000;
    }
    return Arrays.stream(rounds).min().getAsLong();
  }

  @Test
  void memoryStaysFlat() throws IOException {
    try (Chain chain = Chain.load(TestFiles.bundle("shared"), TestFiles.OPTIONS)) {
      for (int i = 0; i < 50_000; i++) {
        chain.run(picture);
      }
      long before = residentKilobytes();
      for (int i = 0; i < 200_000; i++) {
        chain.run(picture);
      }
      long grown = residentKilobytes() - before;
      // A native handle left behind in each run of a signature would be some 50 MB.
      assertTrue(grown < 16_000, grown + " KiB more after 200,000 runs");
    }
  }

  /** Of the whole process, with the heap (256 MB, see pom.xml) used all over. */
  private static long residentKilobytes() throws IOException {
    long used = 0;
    for (int i = 0; i < 10_000; i++) {
      used += new byte[1 << 16].length;
    }
    assertEquals(10_000L << 16, used);
    String pages = Files.readAllLines(Path.of("/proc/self/statm")).get(0).split(" ")[1];
    return 4 * Long.parseLong(pages);
  }

  @Test
  void thePathAndTheCostsOfAnAnswerAreSharedBetweenAnswers() {
    try (Chain chain = new Chain(bundle, ChainOptions.DEFAULT)) {
      Result one = chain.run(picture);
      Result other = chain.run(picture);
      assertTrue(one.path() == other.path() && one.costs() == other.costs());
      assertEquals(Map.of("macs", 550.0), one.costs());
      assertTrue(one.probabilities() != other.probabilities() && one.answer() != other.answer());
    }
  }
}
