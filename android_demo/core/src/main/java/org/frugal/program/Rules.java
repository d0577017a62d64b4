package org.frugal.program;

import java.util.function.Function;
import org.frugal.bundle.Activation;
import org.frugal.bundle.Rule;
import org.frugal.bundle.Setting;

/** The rules of exits and branches, in float64. A rule over NaN does not hold. */
public final class Rules {
  private Rules() {}

  /** Whether a rule holds for the elements of its value. */
  interface Predicate {
    boolean holds(double[] values);
  }

  /** A statistic of probabilities. */
  private interface Statistic {
    double of(double[] probabilities);
  }

  /**
   * Builds the predicate of a rule.
   *
   * @param cell gives the cell of one element that holds a setting's present value
   */
  static Predicate holds(Rule rule, Function<Setting, double[]> cell) {
    double[] threshold = cell.apply(rule.threshold());
    if (rule instanceof Rule.MaxSoftmax max) {
      return max.activation() == Activation.SOFTMAX
          ? values -> maxSoftmax(values) >= threshold[0]
          : values -> largest(values) >= threshold[0];
    } else if (rule instanceof Rule.Margin margin) {
      Statistic statistic = ofProbabilities(margin.activation(), Rules::margin);
      return values -> statistic.of(values) >= threshold[0];
    } else if (rule instanceof Rule.Entropy entropy) {
      Statistic statistic = ofProbabilities(entropy.activation(), Rules::entropy);
      return values -> statistic.of(values) <= threshold[0];
    } else if (rule instanceof Rule.LogisticEntropy logistic) {
      Statistic statistic = ofProbabilities(logistic.activation(), Rules::entropy);
      double[] weight = cell.apply(logistic.weight());
      double[] bias = cell.apply(logistic.bias());
      return values -> logistic(weight[0] * statistic.of(values) + bias[0]) <= threshold[0];
    }
    return values -> values[0] >= threshold[0];
  }

  /** A statistic of logits or of probabilities; the softmax goes to an array that is kept. */
  private static Statistic ofProbabilities(Activation activation, Statistic statistic) {
    if (activation == Activation.NONE) {
      return statistic;
    }
    double[][] kept = {new double[0]};
    return logits -> {
      if (kept[0].length != logits.length) {
        kept[0] = new double[logits.length];
      }
      softmax(logits, kept[0]);
      return statistic.of(kept[0]);
    };
  }

  /** exp(v - max) / sum of those; all NaN if a logit is NaN or +infinity, or if all are -infinity. */
  public static void softmax(double[] logits, double[] probabilities) {
    double top = logits[argmax(logits)];
    double total = 0;
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = Math.exp(logits[i] - top);
      total += probabilities[i];
    }
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] /= total;
    }
  }

  /** The largest element of the softmax: the largest exponential is 1, so it is 1 / their sum. */
  static double maxSoftmax(double[] logits) {
    double top = logits[argmax(logits)];
    double total = 0;
    for (double logit : logits) {
      total += Math.exp(logit - top);
    }
    return 1.0 / total;
  }

  /** The largest element, or NaN if any is. */
  static double largest(double[] probabilities) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double p : probabilities) {
      largest = Math.max(largest, p);
    }
    return largest;
  }

  /** -sum p ln p in nats; a probability of zero (or less) adds nothing. */
  static double entropy(double[] probabilities) {
    double sum = 0;
    for (double p : probabilities) {
      if (!(p <= 0)) {
        sum += p * Math.log(p);
      }
    }
    return -sum;
  }

  /** The largest probability less the second largest, or NaN if any is: Math.max and Math.min hand it on. */
  static double margin(double[] probabilities) {
    double first = Double.NEGATIVE_INFINITY;
    double second = Double.NEGATIVE_INFINITY;
    for (double p : probabilities) {
      second = Math.max(second, Math.min(first, p));
      first = Math.max(first, p);
    }
    return first - second;
  }

  /** 1 / (1 + exp(-x)), without overflow. */
  static double logistic(double x) {
    double e = Math.exp(-Math.abs(x));
    return x < 0 ? e / (1 + e) : 1 / (1 + e);
  }

  /** A count or a class that a value holds: the nearest whole number, ties to even, within 0 to most; NaN is 0. */
  public static int wholeNumber(double number, int most) {
    return Double.isNaN(number) ? 0 : (int) Math.rint(Math.min(Math.max(number, 0), most));
  }

  /** Index of the largest number, the lowest among equals: 0 if a NaN comes first; any other NaN is passed over. */
  public static int argmax(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }
}
