package org.frugal;

import java.util.ArrayList;
import java.util.List;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.GoldenIndex.Case;

/** Runs a bundle's goldens: images with the path and the answer expected, which every runtime must reproduce. */
final class SelfTest {
  private static final double TOLERANCE = 1e-3;

  private SelfTest() {}

  static List<String> check(Chain chain) {
    GoldenIndex index = GoldenIndex.read(chain.bundle());
    List<Picture> pictures = index.pictures(chain.bundle());
    String file = chain.bundle().manifest().goldens().index().file();
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < index.cases().size(); i++) {
      Case expected = index.cases().get(i);
      if (expected.image() >= pictures.size()) {
        throw new BundleException(
            "expected an image below " + pictures.size() + ", received " + expected.image(), file,
            "cases[" + i + "].image");
      }
      String which = "golden " + i + ": ";
      try {
        Result result = chain.run(pictures.get(expected.image()), null, expected.operatingPoint());
        differences(expected, result).forEach(problem -> problems.add(which + problem));
      } catch (ChainException error) {
        throw new BundleException(error.getMessage(), file, "cases[" + i + "]", error);
      }
    }
    return problems;
  }

  private static List<String> differences(Case expected, Result result) {
    List<String> problems = new ArrayList<>();
    compare("label", expected.label(), (long) result.label(), problems);
    compare("path", Words.list(expected.path()), Words.list(result.path()), problems);
    compare("exit", Words.quote(expected.exit()), Words.quote(result.exit()), problems);
    compare("reason", Words.quote(expected.reason()), Words.quote(result.reason().label()), problems);
    Double given = expected.tolerance();
    double ofNumbers = given == null ? TOLERANCE : given;
    double ofAnswer = given == null && result.answerType().isEightBit() ? 0 : ofNumbers;
    compare("answer", expected.answer(), result.answer(), ofAnswer, problems);
    compare("probabilities", expected.probabilities(), result.probabilities(), ofNumbers, problems);
    return problems;
  }

  private static void compare(String what, Object expected, Object received, List<String> problems) {
    if (!expected.equals(received)) {
      problems.add("expected the " + what + " " + expected + ", received " + received);
    }
  }

  private static void compare(
      String what, List<Double> expected, float[] received, double tolerance, List<String> problems) {
    if (expected.size() != received.length) {
      problems.add("expected " + expected.size() + " numbers in " + what + ", received " + received.length);
      return;
    }
    double worst = 0;
    for (int i = 0; i < received.length; i++) {
      double difference = Math.abs((double) expected.get(i).floatValue() - received[i]);
      worst = difference > worst || Double.isNaN(difference) ? difference : worst;
    }
    if (!(worst <= tolerance)) {
      problems.add(
          "expected " + what + " within " + Words.number(tolerance) + ", received " + Words.number(worst) + " off");
    }
  }
}
