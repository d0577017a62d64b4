package org.frugal.program;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.frugal.BundleException;
import org.frugal.ChainException;
import org.frugal.ChainOptions;
import org.frugal.PartRunner;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.SmallBundle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Medians of parts, and which goldens they are fed from. */
class MeasureTest {
  private static final String PROGRAM = fill("v", "[1, 2]", "[1, 2]") + ", " + SmallBundle.run("v", "v") + ", " + END;
  private static final String GOLDEN = "{'inputs': {'image': NUMBER}, 'operating_point': 'only', 'path': [], "
      + "'events': [], 'exit': 'end', 'reason': 'final', 'outputs': {'label': {'numbers': [0, 0], 'label': 0, "
      + "'probabilities': [0.5, 0.5]}}}";

  @TempDir Path scratch;
  private Path folder;

  @BeforeEach
  void write() {
    folder = SmallBundle.of(scratch, PROGRAM, root -> { });
  }

  private static void addGoldens(Path folder, int count) {
    String[] cases = new String[count];
    for (int i = 0; i < count; i++) {
      cases[i] = GOLDEN.replace("NUMBER", "" + i);
    }
    SmallBundle.addGoldens(folder, new byte[2 * count], cases);
  }

  @Test
  void theMedianIsTheMiddleOfAnyTimes() {
    Random random = new Random(3);
    for (int round = 0; round < 500; round++) {
      long[] times = random.longs(random.nextInt(20) + 1, 0, 100).toArray();
      double median = Measure.median(times.clone());
      long below = Arrays.stream(times).filter(time -> time < median).count();
      long above = Arrays.stream(times).filter(time -> time > median).count();
      assertTrue(2 * below <= times.length && 2 * above <= times.length, Arrays.toString(times) + " " + median);
      // Between two in the middle it favours neither: turned around, it is as far on the other side.
      assertEquals(-median, Measure.median(Arrays.stream(times).map(time -> -time).toArray()), 0.0);
    }
    assertEquals(7, Measure.median(new long[] {7}));
  }

  @Test
  void everyPartIsTimedOnWhatItIsFed() {
    Bundle bundle = Bundle.load(folder);
    AtomicLong now = new AtomicLong();
    try (OpenParts opened = OpenParts.open(bundle, ChainOptions.DEFAULT)) {
      PartRunner relu = opened.byName().get("relu");
      Object[] inputs = TypicalInputs.zeros(bundle.manifest().parts().get("relu"), relu);
      ((ByteBuffer) inputs[0]).putFloat(0, -4).putFloat(4, 4);
      Map<String, Double> medians = Measure.parts(
          bundle.manifest(), opened.byName(), Map.of("relu", inputs), 4, () -> now.addAndGet(10));
      assertEquals(10, medians.get("relu"));
      assertEquals(5, medians.size());
      assertArrayEquals(new float[] {0, 4}, floats(relu.outputView("y")));
    }
  }

  private static float[] floats(ByteBuffer buffer) {
    return new float[] {buffer.getFloat(0), buffer.getFloat(4)};
  }

  @Test
  void aPartThatFailsIsNamedWithItsFile() {
    Bundle bundle = Bundle.load(folder);
    try (OpenParts opened = OpenParts.open(bundle, ChainOptions.DEFAULT)) {
      Map<String, Object[]> wrong = Map.of("relu", new Object[] {ByteBuffer.allocateDirect(3)});
      BundleException error = assertThrows(BundleException.class,
          () -> Measure.parts(bundle.manifest(), opened.byName(), wrong, 1, () -> 0));
      assertEquals(List.of("parts/relu.tflite", "parts.relu"), List.of(error.file(), error.field()));
      assertTrue(error.problem().startsWith("part relu: expected an inference, but TFLite says: "), error.problem());
    }
  }

  @Test
  void goldensAreRunUntilEveryPartWasReached() {
    addGoldens(folder, 20);
    Bundle bundle = Bundle.load(folder);
    try (OpenParts opened = OpenParts.open(bundle, ChainOptions.DEFAULT)) {
      List<String> points = new ArrayList<>();
      PartRunner relu = opened.byName().get("relu");
      Map<String, Object[]> fed = TypicalInputs.of(bundle, opened.byName(), (given, golden) -> {
        points.add(golden.operatingPoint());
        Object[] inputs = TypicalInputs.zeros(bundle.manifest().parts().get("relu"), relu);
        ((ByteBuffer) inputs[0]).putFloat(0, points.size());
        relu.run(inputs);
        // Parts that nobody knows are passed over; the third run reaches the only one.
        return points.size() < 3 ? List.of("real", "other") : List.of("other", "relu");
      });
      assertEquals(List.of("only", "only", "only"), points);
      assertEquals(3, ((ByteBuffer) fed.get("relu")[0]).getFloat(0));
      relu.run(TypicalInputs.zeros(bundle.manifest().parts().get("relu"), relu));
      assertEquals(3, ((ByteBuffer) fed.get("relu")[0]).getFloat(0), "a copy of its own");
    }
  }

  @Test
  void noMoreThanSixteenGoldensAreRun() {
    addGoldens(folder, 20);
    Bundle bundle = Bundle.load(folder);
    try (OpenParts opened = OpenParts.open(bundle, ChainOptions.DEFAULT)) {
      AtomicLong runs = new AtomicLong();
      Map<String, Object[]> fed = TypicalInputs.of(bundle, opened.byName(), (given, golden) -> {
        runs.incrementAndGet();
        return List.of();
      });
      assertEquals(16, runs.get());
      // What none of them reaches is fed zeros.
      assertArrayEquals(new float[2], floats((ByteBuffer) fed.get("relu")[0]));
    }
  }

  @Test
  void withoutGoldensPartsAreFedZeros() {
    Bundle bundle = Bundle.load(folder);
    try (OpenParts opened = OpenParts.open(bundle, ChainOptions.DEFAULT)) {
      Map<String, Object[]> fed = TypicalInputs.of(bundle, opened.byName(), (given, golden) -> {
        throw new AssertionError("nothing to run");
      });
      assertEquals(8, ((ByteBuffer) fed.get("relu")[0]).capacity());
      assertArrayEquals(new float[2], floats((ByteBuffer) fed.get("relu")[0]));
    }
  }

  @Test
  void aGoldenThatDoesNotRunIsTold() {
    addGoldens(folder, 3);
    Bundle bundle = Bundle.load(folder);
    try (OpenParts opened = OpenParts.open(bundle, ChainOptions.DEFAULT)) {
      AtomicLong runs = new AtomicLong();
      ChainException cause = new ChainException("no");
      BundleException error = assertThrows(BundleException.class,
          () -> TypicalInputs.of(bundle, opened.byName(), (given, golden) -> {
            if (runs.incrementAndGet() == 2) {
              throw cause;
            }
            return List.of();
          }));
      assertEquals("golden/index.json: cases[1]: no", error.getMessage());
      assertEquals(cause, error.getCause());
    }
  }
}
