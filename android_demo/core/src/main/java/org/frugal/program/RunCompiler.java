package org.frugal.program;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.frugal.Event;
import org.frugal.PartRunner;
import org.frugal.bundle.Manifest.Part;
import org.frugal.bundle.Step;
import org.frugal.tensor.Buffers;

/** Compiles the steps that run parts here. */
final class RunCompiler {
  private final Context context;
  private final Bills bills;
  private final Map<String, PartRunner> parts;
  private final Map<Object, Integer> timesRun = new HashMap<>();

  RunCompiler(Context context, Bills bills, List<Step> program, Map<String, PartRunner> parts) {
    this.context = context;
    this.bills = bills;
    this.parts = parts;
    Step.walk(program, step -> {
      if (step instanceof Step.Run run && !run.remote()) {
        timesRun.merge(parts.get(run.part()).memory(), 1, Integer::sum);
      }
    });
  }

  Action compile(Step.Run step) {
    PartRunner runner = parts.get(step.part());
    Part part = context.manifest().parts().get(step.part());
    int number = bills.of(step.part());
    double macs = part.cost("macs");
    double energy = part.cost("energy_uj");
    Outputs outputs = new Outputs(step, part, runner);
    Inputs inputs = new Inputs(step, part, runner);
    Event event = Event.run(step.part(), 0);
    Meter meter = context.meter();
    return () -> {
      outputs.bind();
      long begin = context.clock().getAsLong();
      if (meter.limited) {
        meter.check(begin);
      }
      inputs.gather();
      outputs.rewind();
      runner.run(inputs.buffers, outputs.copied);
      outputs.write();
      meter.spend(macs, energy);
      meter.note(number);
      context.log().reached(number, event, context.clock().getAsLong() - begin);
      return Action.Next.GO_ON;
    };
  }

  /** The inputs of one step, by place. */
  private final class Inputs {
    final Object[] buffers;
    private final Value[] values;
    private final Feed[] feeds;
    private final int[] places;

    Inputs(Step.Run step, Part part, PartRunner runner) {
      int count = step.inputs().size();
      buffers = new Object[count];
      values = new Value[count];
      feeds = new Feed[count];
      places = new int[count];
      int i = 0;
      for (Map.Entry<String, String> input : step.inputs().entrySet()) {
        values[i] = context.values().get(input.getValue());
        feeds[i] = Feed.of(values[i].tensor.encoding(), part.inputs().get(input.getKey()));
        places[i] = runner.inputPlace(input.getKey());
        i++;
      }
    }

    /** Hands on what needs no conversion as it lies: TensorFlow Lite takes a copy of it. */
    void gather() {
      for (int i = 0; i < places.length; i++) {
        buffers[places[i]] = feeds[i].pass(values[i].buffer);
      }
    }
  }

  /**
   * The outputs of one step. They are read where they lie; those of a part that several steps run, or that moves its
   * memory, are copied, so that a later run does not overwrite what an earlier one wrote.
   */
  private final class Outputs {
    Map<Integer, Object> copied;
    private final Step.Run step;
    private final Part part;
    private final PartRunner runner;
    private final ByteBuffer[] buffers;
    private final Feed[] feeds;
    private final Value[] values;

    Outputs(Step.Run step, Part part, PartRunner runner) {
      this.step = step;
      this.part = part;
      this.runner = runner;
      int count = step.outputs().size();
      buffers = new ByteBuffer[count];
      feeds = new Feed[count];
      values = new Value[count];
      int i = 0;
      for (Map.Entry<String, String> output : step.outputs().entrySet()) {
        values[i] = context.values().get(output.getValue());
        feeds[i] = Feed.of(part.outputs().get(output.getKey()).encoding(), values[i].tensor);
        i++;
      }
      if (runner.isOpen()) {
        bind();
      }
    }

    /** Opens a part that is opened when it is first reached: from then on it stays open. */
    void bind() {
      if (copied != null) {
        return;
      }
      runner.open();
      boolean shared = timesRun.get(runner.memory()) > 1;
      Map<Integer, Object> copies = new HashMap<>();
      int i = 0;
      for (String output : step.outputs().keySet()) {
        // What is converted at once may be read where it lies, however often the part runs.
        boolean lies = !shared || !feeds[i].isDirect();
        ByteBuffer view = lies ? runner.outputView(output) : null;
        buffers[i] = view != null ? view : Buffers.allocate(part.outputs().get(output).bytes());
        if (view == null) {
          copies.put(runner.outputPlace(output), buffers[i]);
        }
        i++;
      }
      copied = copies.isEmpty() ? Collections.emptyMap() : copies;
    }

    /** TensorFlow Lite writes copies from the buffer's position on. */
    void rewind() {
      if (!copied.isEmpty()) {
        for (ByteBuffer buffer : buffers) {
          ((Buffer) buffer).rewind();
        }
      }
    }

    void write() {
      for (int i = 0; i < buffers.length; i++) {
        values[i].buffer = feeds[i].pass(buffers[i]);
      }
    }
  }
}
