package org.frugal.program;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.frugal.RemoteParts;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.Part;
import org.frugal.bundle.Step;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Tensor;

/** Compiles the steps that run parts. */
final class RunCompiler {
  private final Manifest manifest;
  private final Map<String, OpenPart> parts;
  private final RemoteParts remote;
  private final LongSupplier clock;
  private final Values values;
  private final Meter meter;
  private final List<String> partNames;
  private final Map<Object, Integer> timesRun = new HashMap<>();

  RunCompiler(
      Manifest manifest, Map<String, OpenPart> parts, RemoteParts remote, LongSupplier clock, Values values,
      Meter meter) {
    this.manifest = manifest;
    this.parts = parts;
    this.remote = remote;
    this.clock = clock;
    this.values = values;
    this.meter = meter;
    partNames = new ArrayList<>(manifest.parts().keySet());
    Step.walk(manifest.program(), step -> {
      if (step instanceof Step.Run run && !run.remote()) {
        timesRun.merge(parts.get(run.part()).place(), 1, Integer::sum);
      }
    });
  }

  Action compile(Step.Run step, String where) {
    return step.remote() ? remote(step, where) : local(step, where);
  }

  /** How one tensor becomes a part's input: the conversion and the buffer that it writes, or null and null. */
  private record Feed(Conversion conversion, ByteBuffer own, int elements) {
    static Feed of(Tensor from, Tensor to) {
      Conversion conversion = Conversion.between(from.encoding(), to.encoding());
      return new Feed(conversion, conversion == null ? null : Buffers.allocate(to.bytes()), to.elements());
    }
  }

  private Action local(Step.Run step, String where) {
    OpenPart part = parts.get(step.part());
    int number = partNames.indexOf(step.part());
    double macs = part.part().cost("macs");
    double energy = part.part().cost("energy_uj");
    Outputs outputs = new Outputs(step, part);
    Inputs inputs = new Inputs(step, part, where);
    return () -> {
      long begin = clock.getAsLong();
      checkLimits(begin);
      inputs.gather();
      outputs.rewind();
      part.run(inputs.buffers, outputs.copied);
      outputs.write();
      meter.macs += macs;
      meter.energy += energy;
      meter.note(number, clock.getAsLong() - begin);
      return false;
    };
  }

  private void checkLimits(long now) {
    if (meter.limited) {
      meter.check(now);
    }
  }

  /** The inputs of one step, by place. */
  private final class Inputs {
    final Object[] buffers;
    private final List<Values.Choice<Feed>> feeds = new ArrayList<>();
    private final int[] places;

    Inputs(Step.Run step, OpenPart part, String where) {
      buffers = new Object[part.inputs()];
      places = new int[step.inputs().size()];
      step.inputs().forEach((input, value) -> {
        Tensor target = part.part().inputs().get(input);
        places[feeds.size()] = part.inputPlace(input);
        feeds.add(values.choice(value, where + ".inputs." + input, tensor -> Feed.of(tensor, target)));
      });
    }

    /** Hands on what needs no conversion as it lies: TensorFlow Lite takes a copy of it. */
    void gather() {
      for (int i = 0; i < places.length; i++) {
        Values.Choice<Feed> choice = feeds.get(i);
        Feed feed = choice.now();
        ByteBuffer value = choice.buffer();
        if (feed.conversion != null) {
          feed.conversion.convert(value, feed.own, feed.elements);
          value = feed.own;
        }
        buffers[places[i]] = value;
      }
    }
  }

  /**
   * The outputs of one step. They are read where they lie; those of a part that several steps run, or that moves its
   * memory, are copied, so that a later run does not overwrite what an earlier one wrote.
   */
  private final class Outputs {
    final Map<Integer, Object> copied;
    private final ByteBuffer[] buffers;
    private final Tensor[] tensors;
    private final int[] slots;

    Outputs(Step.Run step, OpenPart part) {
      int count = step.outputs().size();
      buffers = new ByteBuffer[count];
      tensors = new Tensor[count];
      slots = new int[count];
      boolean shared = timesRun.get(part.place()) > 1;
      Map<Integer, Object> copies = new HashMap<>();
      int i = 0;
      for (Map.Entry<String, String> output : step.outputs().entrySet()) {
        Tensor tensor = part.part().outputs().get(output.getKey());
        tensors[i] = values.known(tensor);
        slots[i] = values.slot(output.getValue());
        ByteBuffer view = shared ? null : part.outputView(output.getKey());
        buffers[i] = view != null ? view : Buffers.allocate(tensor.bytes());
        if (view == null) {
          copies.put(part.outputPlace(output.getKey()), buffers[i]);
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
        values.write(slots[i], buffers[i], tensors[i]);
      }
    }
  }

  private Action remote(Step.Run step, String where) {
    Part part = manifest.parts().get(step.part());
    int number = partNames.indexOf(step.part());
    Map<String, Values.Choice<Feed>> feeds = new HashMap<>();
    step.inputs().forEach((input, value) -> {
      Tensor target = part.inputs().get(input);
      feeds.put(input, values.choice(value, where + ".inputs." + input, tensor -> Feed.of(tensor, target)));
    });
    RemoteCall call = new RemoteCall(remote, step.part(), part);
    return () -> {
      long begin = clock.getAsLong();
      checkLimits(begin);
      Map<String, RemoteParts.Value> inputs = new HashMap<>();
      feeds.forEach((input, choice) -> {
        Feed feed = choice.now();
        // Copies, for the receiver may keep them: what lies in an interpreter changes with its next run.
        ByteBuffer copy = Buffers.allocate(part.inputs().get(input).bytes());
        if (feed.conversion != null) {
          feed.conversion.convert(choice.buffer(), copy, feed.elements);
        } else {
          Buffers.copy(choice.buffer(), copy);
        }
        inputs.put(input, new RemoteParts.Value(part.inputs().get(input), copy));
      });
      Map<String, RemoteParts.Value> outputs = call.run(inputs);
      step.outputs().forEach((output, value) ->
          values.write(values.slot(value), call.output(outputs, output), values.known(part.outputs().get(output))));
      meter.macs += part.cost("macs");
      meter.energy += part.cost("energy_uj");
      meter.note(number, clock.getAsLong() - begin);
      return false;
    };
  }
}
