package org.frugal.program;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.frugal.Reason;
import org.frugal.tensor.TensorType;

/** How the last run of a program ended. The next run overwrites it. */
public final class Outcome {
  private String name;
  private Reason reason;
  private List<Given> given;

  /** A value that is answered with, read when the run ended. */
  public static final class Given {
    private final String output;
    private final NumberReader reader;
    private final Map<String, NumberReader> readersBeside;
    private final Map<String, double[]> beside = new HashMap<>();
    private double[] numbers;

    Given(String output, NumberReader reader, Map<String, NumberReader> readersBeside) {
      this.output = output;
      this.reader = reader;
      this.readersBeside = readersBeside;
    }

    private void read() {
      numbers = reader.read();
      readersBeside.forEach((key, other) -> beside.put(key, other.read()));
    }

    /** Name of the output. */
    public String output() {
      return output;
    }

    /** The value, dequantized. */
    public double[] numbers() {
      return numbers;
    }

    /** The numbers of a value beside it, such as {@code scores}; null where there is none. */
    public double[] beside(String key) {
      return beside.get(key);
    }

    /** Type of the value. */
    public TensorType type() {
      return reader.type();
    }
  }

  Action.Next end(String endName, Reason why, List<Given> answer) {
    name = endName;
    reason = why;
    given = answer;
    answer.forEach(Given::read);
    return Action.Next.END;
  }

  /** Name of the exit or answer. */
  public String name() {
    return name;
  }

  public Reason reason() {
    return reason;
  }

  /** What is answered of each output, in the order of the manifest's outputs. */
  public List<Given> given() {
    return given;
  }
}
