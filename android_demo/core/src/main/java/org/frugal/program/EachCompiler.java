package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.frugal.Event;
import org.frugal.Reason;
import org.frugal.bundle.Step;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Conversion;

/** Compiles the steps that are done for one row after another. */
final class EachCompiler {
  private final Context context;

  EachCompiler(Context context) {
    this.context = context;
  }

  /**
   * @param body the compiled steps of a row
   * @param ahead what one row and the way from there to the next exit or answer cost
   */
  Action compile(Step.Each step, String where, Action[] body, double[] ahead) {
    Loop loop = new Loop(step, where, body, ahead);
    return loop::run;
  }

  /** The values that steps may write, those inside other steps too. */
  private static Set<String> written(List<Step> steps) {
    Set<String> written = new HashSet<>();
    Step.walk(steps, step -> {
      if (step instanceof Step.Run run) {
        written.addAll(run.outputs().values());
      } else if (step instanceof Step.Crop crop) {
        written.add(crop.output());
      } else if (step instanceof Step.Fill fill) {
        written.add(fill.output());
      } else if (step instanceof Step.Keep keep) {
        written.addAll(keep.outputs().values());
      } else if (step instanceof Step.Each each) {
        written.addAll(each.rows().keySet());
        written.addAll(each.stacks().keySet());
        written.add(each.done());
      }
    });
    return written;
  }

  private final class Loop {
    private final Action[] body;
    private final double[] ahead;
    private final Source[] sources;
    private final Stack[] stacks;
    private final int most;
    private final NumberReader count;
    private final Value done;
    private final ByteBuffer doneBuffer;
    private final Event[] rows;
    private final Map<Reason, Event> stopped;

    Loop(Step.Each step, String where, Action[] body, double[] ahead) {
      this.body = body;
      this.ahead = ahead;
      Set<String> written = written(step.steps());
      written.addAll(step.rows().keySet());
      sources = step.rows().entrySet().stream()
          .map(row -> new Source(value(row.getValue()), value(row.getKey()), written.contains(row.getValue())))
          .toArray(Source[]::new);
      stacks = step.stacks().entrySet().stream()
          .map(stack -> new Stack(value(stack.getKey()), value(stack.getValue()))).toArray(Stack[]::new);
      most = value(step.rows().values().iterator().next()).tensor.shape().get(1);
      count = step.count() == null ? null : context.numbers(step.count());
      done = step.done() == null ? null : value(step.done());
      doneBuffer = done == null ? null : Buffers.allocate(done.tensor.bytes());
      rows = new Event[most];
      for (int i = 0; i < most; i++) {
        rows[i] = Event.row(where, i);
      }
      stopped = Map.of(
          Reason.LATENCY, Event.stopped(where, Reason.LATENCY), Reason.MACS, Event.stopped(where, Reason.MACS),
          Reason.ENERGY, Event.stopped(where, Reason.ENERGY), Reason.BYTES, Event.stopped(where, Reason.BYTES));
    }

    private Value value(String name) {
      return context.values().get(name);
    }

    Action.Next run() {
      for (Source source : sources) {
        source.begin();
      }
      for (Stack stack : stacks) {
        stack.begin();
      }
      int there = count == null ? most : Rules.wholeNumber(count.read()[0], most);
      int finished = 0;
      while (finished < there && !stops()) {
        Action.Next next = row(finished);
        if (next == Action.Next.END) {
          return next;
        } else if (next == Action.Next.LEAVE) {
          break;
        }
        finished++;
      }
      end(finished);
      return Action.Next.GO_ON;
    }

    /** Whether the budget does not reach the end of another row and what is behind it. */
    private boolean stops() {
      Meter meter = context.meter();
      if (!meter.limited) {
        return false;
      }
      meter.check(context.clock().getAsLong());
      Reason why = meter.beyond(context.clock().getAsLong(), ahead);
      if (why != null) {
        context.log().note(stopped.get(why));
      }
      return why != null;
    }

    private Action.Next row(int number) {
      context.log().note(rows[number]);
      for (Source source : sources) {
        source.take(number);
      }
      Action.Next next = Action.all(body);
      if (next == Action.Next.GO_ON) {
        for (Stack stack : stacks) {
          stack.put(number);
        }
      }
      return next;
    }

    private void end(int finished) {
      for (Stack stack : stacks) {
        stack.end(finished);
      }
      if (done != null) {
        Conversion.write(doneBuffer, 0, finished, done.encoding);
        done.buffer = doneBuffer;
      }
    }
  }

  /** A value whose rows an each goes over: as they were before the first one, whatever its steps write. */
  private static final class Source {
    private final Value value;
    private final Value row;
    private final RowCopy copy;
    private final ByteBuffer own;
    private final ByteBuffer before;
    private ByteBuffer read;

    Source(Value value, Value row, boolean changes) {
      this.value = value;
      this.row = row;
      copy = new RowCopy(value.encoding, row.encoding, row.tensor.elements());
      own = Buffers.allocate(row.tensor.bytes());
      before = changes ? Buffers.allocate(value.tensor.bytes()) : null;
    }

    void begin() {
      read = value.buffer;
      if (before != null) {
        Buffers.copy(read, before);
        read = before;
      }
    }

    void take(int number) {
      copy.copy(read, number, own, 0);
      row.buffer = own;
    }
  }

  /** A value that collects rows, in two buffers by turns: what it held may be read until the each is through. */
  private static final class Stack {
    private final Value value;
    private final Value row;
    private final RowCopy copy;
    private final ByteBuffer one;
    private final ByteBuffer other;
    private ByteBuffer next;

    Stack(Value value, Value row) {
      this.value = value;
      this.row = row;
      copy = new RowCopy(row.encoding, value.encoding, row.tensor.elements());
      one = Buffers.allocate(value.tensor.bytes());
      other = Buffers.allocate(value.tensor.bytes());
    }

    void begin() {
      next = value.buffer == one ? other : one;
    }

    void put(int number) {
      copy.copy(row.buffer, 0, next, number);
    }

    /** Rows that were not done are 0. */
    void end(int finished) {
      int elements = value.tensor.elements();
      for (int i = finished * row.tensor.elements(); i < elements; i++) {
        Conversion.write(next, i, 0, value.encoding);
      }
      value.buffer = next;
    }
  }
}
