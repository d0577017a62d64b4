package org.frugal.bundle;

/** When an exit answers, a branch takes {@code then} or a repeat is left; a rule over NaN does not hold. */
public sealed interface Rule {
  /** Name of the value that is looked at. */
  String value();

  /** What it is compared with: one number. */
  Setting threshold();

  /** The value, of one element, is at least the threshold. */
  record AtLeast(String value, Setting threshold) implements Rule {}

  /** The largest probability is at least the threshold. */
  record MaxSoftmax(String value, Setting threshold, Activation activation) implements Rule {}

  /** The entropy in nats is at most the threshold. */
  record Entropy(String value, Setting threshold, Activation activation) implements Rule {}

  /** The largest probability less the second largest is at least the threshold. */
  record Margin(String value, Setting threshold, Activation activation) implements Rule {}

  /** 1 / (1 + exp(-(weight * entropy + bias))) is at most the threshold (IDK cascades). */
  record LogisticEntropy(String value, Setting threshold, Setting weight, Setting bias, Activation activation)
      implements Rule {}
}
