package org.frugal.program;

import java.nio.ByteBuffer;
import org.frugal.bundle.Step;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Encoding;

/** Compiles the steps that keep the best of many boxes. */
final class KeepCompiler {
  private final Context context;
  private final Bills bills;

  KeepCompiler(Context context, Bills bills) {
    this.context = context;
    this.bills = bills;
  }

  Action compile(Step.Keep step) {
    NumberReader boxes = context.numbers(step.boxes());
    NumberReader scores = context.numbers(step.scores());
    double[] threshold = context.cells().number(step.threshold());
    double[] overlap = context.cells().number(step.overlap());
    BestBoxes best = new BestBoxes(
        context.values().get(step.boxes()).tensor, context.values().get(step.scores()).tensor, step.most());
    Written[] written = step.outputs().entrySet().stream()
        .map(output -> new Written(best.kept(output.getKey()), context.values().get(output.getValue())))
        .toArray(Written[]::new);
    Runnable bill = bills.bill(step, context.meter());
    return () -> {
      context.checkLimits();
      best.choose(boxes.read(), scores.read(), threshold[0], overlap[0]);
      for (Written each : written) {
        each.write();
      }
      bill.run();
      return Action.Next.GO_ON;
    };
  }

  /** Numbers that become a value, in a buffer of its own. */
  private record Written(double[] numbers, Value value, ByteBuffer own) {
    Written(double[] numbers, Value value) {
      this(numbers, value, Buffers.allocate(value.tensor.bytes()));
    }

    void write() {
      Encoding encoding = value.encoding;
      for (int i = 0; i < numbers.length; i++) {
        Conversion.write(own, i, (float) numbers[i], encoding);
      }
      value.buffer = own;
    }
  }
}
