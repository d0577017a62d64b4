package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.frugal.TestFiles;
import org.frugal.bundle.Activation;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Rule;
import org.frugal.bundle.Setting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules on numbers worked out by hand. */
class RulesTest {
  private static final Setting NONE = new Setting.Constant(Numbers.of(0));
  private static final double[] SHARES = {0.5, 0.3, 0.2};
  /** Their softmax is SHARES. */
  private static final double[] LOGITS = {Math.log(5), Math.log(3), Math.log(2)};

  private static boolean holds(Rule rule, double threshold, double... values) {
    return Rules.holds(rule, setting -> new double[] {threshold}).holds(values);
  }

  private static List<Rule> softmaxRules(Activation activation) {
    return List.of(
        new Rule.MaxSoftmax("v", NONE, activation),
        new Rule.Margin("v", NONE, activation),
        new Rule.Entropy("v", NONE, activation));
  }

  @Test
  void statisticsOfLogitsAndOfProbabilities() {
    // Largest .5, margin .2, entropy .5 ln 2 + .3 ln (10/3) + .2 ln 5 = 1.029653.
    double[][] around = {{0.4999, 0.5001}, {0.1999, 0.2001}, {1.0297, 1.0296}};
    for (int i = 0; i < 3; i++) {
      assertTrue(holds(softmaxRules(Activation.SOFTMAX).get(i), around[i][0], LOGITS));
      assertFalse(holds(softmaxRules(Activation.SOFTMAX).get(i), around[i][1], LOGITS));
      assertTrue(holds(softmaxRules(Activation.NONE).get(i), around[i][0], SHARES));
      assertFalse(holds(softmaxRules(Activation.NONE).get(i), around[i][1], SHARES));
    }
  }

  @Test
  void atLeastIncludesTheThreshold() {
    assertTrue(holds(new Rule.AtLeast("v", NONE), 0.5, 0.5));
    assertFalse(holds(new Rule.AtLeast("v", NONE), 0.5, 0.4999));
    assertFalse(holds(new Rule.AtLeast("v", NONE), 0.5, Double.NaN));
  }

  @Test
  void aSoftmaxThatIsNotDefinedHoldsNothing() {
    double infinite = Double.POSITIVE_INFINITY;
    double[][] undefined = {
        {infinite, 0}, {0, Double.NaN}, {Double.NaN, 0}, {-infinite, -infinite}, {infinite, infinite}};
    for (double[] logits : undefined) {
      for (int i = 0; i < 3; i++) {
        assertFalse(holds(softmaxRules(Activation.SOFTMAX).get(i), i == 2 ? 1e30 : -1e30, logits));
      }
    }
    assertTrue(holds(softmaxRules(Activation.SOFTMAX).get(2), 0.6931472, 0, -infinite, 0));
    assertTrue(holds(softmaxRules(Activation.NONE).get(2), -1e30, infinite, 0.5));
    assertFalse(holds(softmaxRules(Activation.NONE).get(1), -1e30, infinite, infinite));
    assertTrue(holds(softmaxRules(Activation.NONE).get(0), 1e30, 0.5, infinite));
    assertFalse(holds(softmaxRules(Activation.NONE).get(0), -1e30, 0.5, Double.NaN));
  }

  @Test
  void theFirstLargest() {
    double nan = Double.NaN;
    assertEquals(1, Rules.argmax(new double[] {1, 3, 3}));
    assertEquals(0, Rules.argmax(new double[] {nan, 3}));
    assertEquals(2, Rules.argmax(new double[] {1, nan, 3}));
    assertEquals(0, Rules.argmax(new double[] {1, nan}));
    assertEquals(0, Rules.argmax(new double[] {-0.0, 0.0}));
  }

  @Test
  void logisticEntropy() {
    // 1 / (1 + exp(-(2 * 1.029653 - 1))) = .742558
    Setting weight = new Setting.Constant(Numbers.of(2));
    Setting bias = new Setting.Constant(Numbers.of(-1));
    for (double[] threshold : new double[][] {{0.7426, 1}, {0.7425, 0}}) {
      Setting limit = new Setting.Constant(Numbers.of(threshold[0]));
      Rule rule = new Rule.LogisticEntropy("v", limit, weight, bias, Activation.SOFTMAX);
      Cells cells = new Cells();
      Rules.Predicate predicate = Rules.holds(rule, cells::number);
      cells.set(Map.of());
      assertEquals(threshold[1] == 1, predicate.holds(LOGITS));
    }
    assertEquals(0, Rules.logistic(-1e9));
    assertEquals(1, Rules.logistic(1e9));
    assertEquals(0.5, Rules.logistic(0));
  }

  @Test
  void aRuleOverNaNDoesNotHold() {
    for (int place = 0; place < 3; place++) {
      for (Activation activation : Activation.values()) {
        double[] values = SHARES.clone();
        values[place] = Double.NaN;
        for (Rule rule : softmaxRules(activation)) {
          assertFalse(holds(rule, rule instanceof Rule.Entropy ? 9 : -9, values), rule + " " + place);
        }
      }
    }
  }

  @Test
  void aProbabilityOfZeroAddsNothingToTheEntropy() {
    assertEquals(0, Rules.entropy(new double[] {1, 0}), 0);
    assertEquals(Math.log(2), Rules.entropy(new double[] {0.5, 0.5, 0}), 1e-15);
  }

  @Test
  void theLowestIndexAmongEquals() {
    assertEquals(1, Rules.argmax(new double[] {1, 3, 3, 2}));
    assertEquals(2, Rules.argmax(new double[] {1, Double.NaN, 2}));
    assertEquals(0, Rules.argmax(new double[] {Double.NaN, 1}));
  }

  @Test
  void aSoftmaxOfLargeLogitsDoesNotOverflow() {
    double[] shares = new double[2];
    Rules.softmax(new double[] {1000, 1000}, shares);
    assertEquals(0.5, shares[0]);
    assertEquals(1, Rules.maxSoftmax(new double[] {1e300, -1e300}));
  }

  static List<JsonObject> cases() {
    return TestFiles.cases("rules");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bothRuntimesDecideAlike(JsonObject line) {
    Cells cells = new Cells();
    Rules.Predicate predicate = Rules.holds(rule(line.get("rule").asObject()), cells::number);
    cells.set(Map.of());
    assertEquals(line.getBoolean("holds", false), predicate.holds(TestFiles.numbers(line.get("values"))));
  }

  private static Rule rule(JsonObject form) {
    Activation activation = form.getString("activation", "").equals("none") ? Activation.NONE : Activation.SOFTMAX;
    Setting threshold = setting(form, "threshold");
    switch (form.getString("rule", "")) {
      case "at_least":
        return new Rule.AtLeast("v", threshold);
      case "max_softmax":
        return new Rule.MaxSoftmax("v", threshold, activation);
      case "margin":
        return new Rule.Margin("v", threshold, activation);
      case "entropy":
        return new Rule.Entropy("v", threshold, activation);
      default:
        return new Rule.LogisticEntropy("v", threshold, setting(form, "weight"), setting(form, "bias"), activation);
    }
  }

  private static Setting setting(JsonObject form, String name) {
    return new Setting.Constant(Numbers.of(form.get(name).asDouble()));
  }

  @Test
  void aRuleOfParametersFollowsThem() {
    Cells cells = new Cells();
    Rule rule = new Rule.LogisticEntropy(
        "v", new Setting.Reference("limit"), new Setting.Reference("weight"), NONE, Activation.NONE);
    Rules.Predicate predicate = Rules.holds(rule, cells::number);
    // The entropy of two halves is ln 2, and 1 / (1 + exp(-ln 2)) = 2 / 3, 1 / (1 + exp(ln 2)) = 1 / 3.
    double[][] asked = {{0.67, 1, 1}, {0.66, 1, 0}, {0.34, -1, 1}, {0.33, -1, 0}};
    for (double[] each : asked) {
      cells.set(Map.of("limit", Numbers.of(each[0]), "weight", Numbers.of(each[1])));
      assertEquals(each[2] == 1, predicate.holds(new double[] {0.5, 0.5}), each[0] + " " + each[1]);
    }
  }

  @Test
  void oneRuleMayBeAskedOfValuesOfSeveralLengths() {
    Rule rule = new Rule.Entropy("v", NONE, Activation.SOFTMAX);
    Rules.Predicate predicate = Rules.holds(rule, setting -> new double[] {1.0});
    // ln 2 = .69 is at most 1, ln 3 = 1.1 is not.
    assertTrue(predicate.holds(new double[] {4, 4}));
    assertFalse(predicate.holds(new double[] {4, 4, 4}));
    assertTrue(predicate.holds(new double[] {4, 4}));
  }
}
