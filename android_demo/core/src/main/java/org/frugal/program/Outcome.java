package org.frugal.program;

import org.frugal.Reason;
import org.frugal.bundle.Activation;
import org.frugal.tensor.TensorType;

/** How the last run of a program ended. The next run overwrites it. */
public final class Outcome {
  private String name;
  private Reason reason;
  private double[] numbers;
  private Activation activation;
  private TensorType type;

  /** Always true, which is what an action that ended the program returns. */
  boolean end(String endName, Reason why, double[] answer, Activation kind, TensorType answerType) {
    name = endName;
    reason = why;
    numbers = answer;
    activation = kind;
    type = answerType;
    return true;
  }

  /** Name of the exit or answer. */
  public String name() {
    return name;
  }

  public Reason reason() {
    return reason;
  }

  /** The value answered with, dequantized. */
  public double[] numbers() {
    return numbers;
  }

  /** What the numbers are. */
  public Activation activation() {
    return activation;
  }

  /** Type of the value answered with. */
  public TensorType type() {
    return type;
  }
}
