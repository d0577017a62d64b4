package org.frugal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.frugal.Event.Corners;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.GoldenIndex.Case;
import org.frugal.bundle.GoldenIndex.Happening;
import org.frugal.bundle.GoldenIndex.Output;

/** Runs a bundle's goldens: inputs with the path and the answer expected, which every runtime must reproduce. */
final class SelfTest {
  private static final double TOLERANCE = 1e-3;

  private final Case expected;
  private final Result result;
  private final List<String> problems = new ArrayList<>();

  private SelfTest(Case expected, Result result) {
    this.expected = expected;
    this.result = result;
  }

  /** Runs a golden on its inputs. */
  interface Run {
    Result of(Map<String, Object> inputs, Case expected);
  }

  static List<String> check(Bundle bundle, Run run) {
    GoldenIndex index = GoldenIndex.read(bundle);
    List<GoldenIndex.Array> arrays = index.arrays(bundle);
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < index.cases().size(); i++) {
      Case expected = index.cases().get(i);
      Map<String, Object> inputs = index.inputs(i, arrays);
      String which = "golden " + i + ": ";
      try {
        Result result = run.of(inputs, expected);
        new SelfTest(expected, result).differences().forEach(problem -> problems.add(which + problem));
      } catch (ChainException error) {
        String file = bundle.manifest().goldens().index().file();
        throw new BundleException(error.getMessage(), file, "cases[" + i + "]", error);
      }
    }
    return problems;
  }

  /**
   * Refuses a bundle whose self-test has found something.
   *
   * @throws BundleException there is a problem
   */
  static void requirePassed(Bundle bundle, List<String> problems) {
    if (!problems.isEmpty()) {
      long cases = problems.stream().map(problem -> problem.substring(0, problem.indexOf(':'))).distinct().count();
      String problem = "expected a bundle that passes its self-test here, received one that fails " + cases
          + " of its cases: " + problems.get(0);
      throw new BundleException(problem, bundle.path().toString(), "goldens");
    }
  }

  private List<String> differences() {
    compare("the path", Words.list(expected.path()), Words.list(result.path()));
    compare("the exit", Words.quote(expected.exit()), Words.quote(result.exit()));
    compare("the reason", Words.quote(expected.reason()), Words.quote(result.reason().label()));
    compareEvents();
    TreeSet<String> outputs = new TreeSet<>(result.outputs().keySet());
    if (expected.outputs().keySet().equals(outputs)) {
      expected.outputs().forEach((name, output) -> compare(name, output, result.outputs().get(name)));
    } else {
      String wanted = Words.list(new TreeSet<>(expected.outputs().keySet()));
      problems.add("expected the outputs " + wanted + ", received " + Words.list(outputs));
    }
    return problems;
  }

  private void compare(String what, Object wanted, Object received) {
    if (!wanted.equals(received)) {
      problems.add("expected " + what + " " + wanted + ", received " + received);
    }
  }

  private void compare(String name, Output output, Answer answer) {
    String label = labels(answer);
    String wanted = labels(output);
    if (!wanted.equals(label)) {
      problems.add("expected the label " + wanted + " of " + name + ", received " + label);
    }
    double usual = tolerance();
    double ofNumbers = expected.tolerance() == null && answer.type().isEightBit() ? 0 : usual;
    compare("numbers of " + name, output.numbers(), answer.numbers(), ofNumbers);
    List<Double> shares = output.probabilities() == null ? List.of() : output.probabilities();
    float[] received = answer.probabilities() == null ? new float[0] : answer.probabilities();
    compare("probabilities of " + name, shares, received, usual);
    List<GoldenIndex.Box> boxes = output.boxes() == null ? List.of() : output.boxes();
    List<Box> got = answer.boxes() == null ? List.of() : answer.boxes();
    compare("scores of " + name, map(boxes, GoldenIndex.Box::score), floats(map(got, Box::score)), usual);
    compare("masks of " + name, masks(boxes), floats(pixels(got)), usual);
  }

  private double tolerance() {
    return expected.tolerance() == null ? TOLERANCE : expected.tolerance();
  }

  /** The label, or those of the boxes. */
  private static String labels(Output output) {
    String label = output.label() == null ? "None" : output.label().toString();
    return output.boxes() == null ? label : Words.list(map(output.boxes(), GoldenIndex.Box::label));
  }

  private static String labels(Answer answer) {
    String label = answer.hasLabel() ? String.valueOf(answer.label()) : "None";
    return answer.boxes() == null ? label : Words.list(map(answer.boxes(), Box::label));
  }

  private static List<Double> masks(List<GoldenIndex.Box> boxes) {
    List<Double> masks = new ArrayList<>();
    boxes.forEach(box -> masks.addAll(box.mask() == null ? List.of() : box.mask()));
    return masks;
  }

  private static List<Float> pixels(List<Box> boxes) {
    List<Float> pixels = new ArrayList<>();
    for (Box box : boxes) {
      for (float[] row : box.mask() == null ? new float[0][] : box.mask()) {
        for (float pixel : row) {
          pixels.add(pixel);
        }
      }
    }
    return pixels;
  }

  private static <T, R> List<R> map(List<T> items, Function<T, R> change) {
    return items.stream().map(change).collect(Collectors.toList());
  }

  private static float[] floats(List<Float> numbers) {
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = numbers.get(i);
    }
    return floats;
  }

  /** Those of parts that ran are no part of a golden: the path is. */
  private void compareEvents() {
    List<Event> received = new ArrayList<>(result.events());
    received.removeIf(Event::hasRun);
    List<Happening> wanted = map(expected.events(), SelfTest::plain);
    List<Happening> got = map(received, SelfTest::plain);
    if (!wanted.equals(got)) {
      problems.add("expected the events " + told(wanted) + ", received " + told(got));
      return;
    }
    for (int i = 0; i < received.size(); i++) {
      Happening event = expected.events().get(i);
      Corners corners = received.get(i).corners();
      float[] numbers = corners == null ? new float[0] : new float[] {
          (float) corners.top(), (float) corners.left(), (float) corners.bottom(), (float) corners.right()};
      List<Double> mine = event.corners() == null ? List.of() : event.corners();
      compare("corners of " + event.name(), mine, numbers, tolerance());
    }
  }

  /** All but its corners, which are compared number by number. */
  private static Happening plain(Happening event) {
    return new Happening(event.kind(), event.name(), event.why(), event.way(), event.row(), null);
  }

  private static Happening plain(Event event) {
    Long way = event.way() < 0 ? null : (long) event.way();
    Long row = event.row() < 0 ? null : (long) event.row();
    return new Happening(event.kind().label(), event.name(), event.why(), way, row, null);
  }

  private static String told(List<Happening> events) {
    return "[" + events.stream().map(SelfTest::words).collect(Collectors.joining(", ")) + "]";
  }

  private static String words(Happening event) {
    String detail = (event.why() == null ? "" : " " + Words.quote(event.why()))
        + (event.way() == null ? "" : " " + event.way()) + (event.row() == null ? "" : " " + event.row());
    return event.kind() + " " + Words.quote(event.name()) + detail;
  }

  private void compare(String what, List<Double> wanted, float[] received, double tolerance) {
    if (wanted.size() != received.length) {
      problems.add("expected " + wanted.size() + " numbers in " + what + ", received " + received.length);
      return;
    }
    double worst = 0;
    for (int i = 0; i < received.length; i++) {
      double difference = Math.abs((double) wanted.get(i).floatValue() - received[i]);
      worst = difference > worst || Double.isNaN(difference) ? difference : worst;
    }
    if (!(worst <= tolerance)) {
      problems.add(
          "expected " + what + " within " + Words.number(tolerance) + ", received " + Words.number(worst) + " off");
    }
  }
}
