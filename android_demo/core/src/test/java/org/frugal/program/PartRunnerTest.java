package org.frugal.program;

import static org.frugal.bundle.SmallManifest.END;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.frugal.Budget;
import org.frugal.ChainException;
import org.frugal.ChainOptions;
import org.frugal.PartRunner;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.SmallBundle;
import org.frugal.bundle.SmallManifest;
import org.frugal.tensor.Buffers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another engine in the place of TensorFlow Lite: a program runs over parts that are plain Java. */
class PartRunnerTest {
  @TempDir Path scratch;

  /** Adds one to two numbers. */
  private static final class Plain implements PartRunner {
    private final ByteBuffer input = Buffers.allocate(8);
    private final ByteBuffer output = Buffers.allocate(8);
    private final boolean moves;
    private int copies;
    private boolean open = true;

    Plain(boolean moves) {
      this.moves = moves;
    }

    @Override
    public int inputPlace(String name) {
      return List.of("x").indexOf(name);
    }

    @Override
    public int outputPlace(String name) {
      return List.of("other", "y").indexOf(name);
    }

    @Override
    public ByteBuffer inputView(String name) {
      return input.asReadOnlyBuffer().order(ByteOrder.nativeOrder());
    }

    @Override
    public ByteBuffer outputView(String name) {
      return moves ? null : output;
    }

    @Override
    public void run(Object[] inputs, Map<Integer, Object> outputs) {
      if (!open) {
        throw new ChainException("part relu: expected an open engine, received a closed one");
      }
      Buffers.copy((ByteBuffer) inputs[0], input);
      for (int i = 0; i < 8; i += 4) {
        output.putFloat(i, input.getFloat(i) + 1);
      }
      if (outputs.containsKey(1)) {
        ((ByteBuffer) outputs.get(1)).put(output.duplicate());
        copies++;
      }
    }

    @Override
    public void close() {
      open = false;
    }
  }

  private static float[] answer(Bundle bundle, Plain runner) {
    Program program = new Program(
        bundle, "main", Map.of("relu", runner), Map.of(), ChainOptions.DEFAULT.withClock(() -> 0));
    program.setParameters(Map.of());
    program.meter().start(0, Budget.macs(100));
    double[] numbers = program.run().given().get(0).numbers();
    assertEquals(20, program.meter().macs());
    return new float[] {(float) numbers[0], (float) numbers[1]};
  }

  private Bundle bundle() {
    String fill = SmallManifest.fill("v", "[1, 2]", "[-5, 7]");
    String steps = String.join(", ", fill, SmallBundle.run("v", "w"), SmallBundle.run("w", "v"), END);
    return Bundle.load(SmallBundle.of(scratch, steps, root -> { }));
  }

  @Test
  void aProgramRunsOverAnyEngine() {
    Plain plain = new Plain(false);
    assertArrayEquals(new float[] {-3, 9}, answer(bundle(), plain));
    // One engine for two steps: what the first wrote is copied before the second overwrites it.
    assertEquals(2, plain.copies);
    assertEquals(-4, plain.inputView("x").getFloat(0));
  }

  @Test
  void outputsThatMoveAreCopied() {
    Plain plain = new Plain(true);
    assertArrayEquals(new float[] {-3, 9}, answer(bundle(), plain));
    assertEquals(2, plain.copies);
  }

  @Test
  void itIsMeasuredOnWhatItIsFed() {
    Bundle bundle = bundle();
    Plain plain = new Plain(false);
    answer(bundle, plain);
    Object[] fed = TypicalInputs.fed(bundle.manifest().parts().get("relu"), plain);
    assertEquals(8, ((ByteBuffer) fed[0]).getFloat(4));
    long[] now = {0};
    Map<String, Double> medians = Measure.parts(
        bundle.manifest(), Map.of("relu", plain), Map.of("relu", fed), 3, () -> now[0] += 5);
    assertEquals(5, medians.get("relu"));
  }

  @Test
  void anEngineThatIsClosedRefuses() {
    List<String> said = new ArrayList<>();
    Plain plain = new Plain(false);
    plain.close();
    assertFalse(plain.open);
    said.add(assertThrows(ChainException.class, () -> answer(bundle(), plain)).getMessage());
    assertEquals(List.of("part relu: expected an open engine, received a closed one"), said);
  }
}
