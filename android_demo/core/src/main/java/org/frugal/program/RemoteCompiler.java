package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.frugal.ChainException;
import org.frugal.Event;
import org.frugal.NoAnswerException;
import org.frugal.RemoteParts;
import org.frugal.bundle.Manifest.Part;
import org.frugal.bundle.Step;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;

/** Compiles the steps that have a part run elsewhere. */
final class RemoteCompiler {
  private final Context context;
  private final Bills bills;
  private final RemoteParts remote;

  /**
   * @param remote runs parts elsewhere; null where every such step says what to do otherwise
   */
  RemoteCompiler(Context context, Bills bills, RemoteParts remote) {
    this.context = context;
    this.bills = bills;
    this.remote = remote;
  }

  /**
   * @param otherwise what is gone where the part cannot be reached, fails, would be late or is sent too much; or null
   * @param ahead what the next answer costs by way of that
   */
  Action compile(Step.Run step, Action[] otherwise, double[] ahead) {
    Action absent = failing(step.part(), "absent", otherwise);
    if (remote == null) {
      return absent;
    }
    Action late = failing(step.part(), "late", otherwise);
    Action failed = failing(step.part(), "error", otherwise);
    Part part = context.manifest().parts().get(step.part());
    Action costly = failing(step.part(), "bytes", otherwise);
    double usual = part.cost("latency_us") * 1e3;
    long bytes = part.inputBytes();
    Request request = new Request(step, part);
    Meter meter = context.meter();
    boolean timed = remote.keepsTime();
    return () -> {
      long begin = context.clock().getAsLong();
      double left = meter.left(begin, otherwise == null ? null : ahead, timed);
      if (meter.limited) {
        meter.check(begin);
        if (otherwise != null && !meter.remote) {
          return absent.run();
        }
        if (otherwise != null && usual > left) {
          return late.run();
        }
        if (meter.isTooMuchToSend(bytes)) {
          return costly.run();
        }
      }
      meter.sent += bytes;
      try {
        request.run(left);
      } catch (ChainException error) {
        if (otherwise == null) {
          throw error;
        }
        return failed.run();
      }
      request.account(context.clock().getAsLong() - begin);
      return Action.Next.GO_ON;
    };
  }

  private Action failing(String part, String why, Action[] otherwise) {
    int number = bills.of(part);
    Event event = Event.failed(part, why);
    return () -> {
      context.log().reached(number, event, 0);
      if (otherwise == null) {
        throw new NoAnswerException(
            "run: expected to send no more than the budget's bytes, received " + part + ", which needs more", why);
      }
      return Action.all(otherwise);
    };
  }

  /** What a step sends, and what it keeps of the reply. */
  private final class Request {
    private final Part part;
    private final RemoteCall call;
    private final Map<String, Value> given = new HashMap<>();
    private final Map<String, Feed> feeds = new HashMap<>();
    private final List<Kept> kept = new ArrayList<>();
    private final int number;
    private final Event event;

    Request(Step.Run step, Part part) {
      this.part = part;
      call = new RemoteCall(remote, step.part(), part);
      for (Map.Entry<String, String> input : step.inputs().entrySet()) {
        Value value = context.values().get(input.getValue());
        Tensor tensor = part.inputs().get(input.getKey());
        given.put(input.getKey(), value);
        feeds.put(input.getKey(), Feed.of(value.tensor.encoding(), tensor));
      }
      long received = 0;
      for (Map.Entry<String, String> output : step.outputs().entrySet()) {
        Value value = context.values().get(output.getValue());
        Tensor tensor = part.outputs().get(output.getKey());
        kept.add(new Kept(output.getKey(), Feed.of(tensor.encoding(), value.tensor), value));
        received += tensor.bytes();
      }
      number = bills.of(step.part());
      event = Event.remote(step.part(), 0, part.inputBytes(), received);
    }

    void run(double nanos) {
      Map<String, RemoteParts.Value> inputs = new HashMap<>();
      feeds.forEach((input, feed) -> {
        // Copies, for the receiver may keep them: what lies in an interpreter changes with its next run.
        Tensor tensor = part.inputs().get(input);
        ByteBuffer copy = Buffers.allocate(tensor.bytes());
        feed.copy(given.get(input).buffer, copy);
        inputs.put(input, new RemoteParts.Value(tensor, copy));
      });
      Map<String, RemoteParts.Value> outputs = call.run(inputs, nanos);
      List<ByteBuffer> checked = new ArrayList<>();
      // All of them are kept, or none.
      kept.forEach(each -> checked.add(call.output(outputs, each.output)));
      for (int i = 0; i < checked.size(); i++) {
        kept.get(i).value.buffer = kept.get(i).feed.pass(checked.get(i));
      }
    }

    void account(long nanos) {
      context.meter().spend(part.cost("macs"), part.cost("energy_uj"));
      context.meter().note(number);
      context.log().reached(number, event, nanos);
    }
  }

  private record Kept(String output, Feed feed, Value value) {}
}
