package org.frugal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.Random;
import org.frugal.Event;
import org.frugal.Event.Corners;
import org.frugal.Event.Kind;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.Part;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Rule;
import org.frugal.bundle.Setting;
import org.frugal.bundle.Step;
import org.junit.jupiter.api.Test;

/** What is noted in a run, what a result keeps of it, and what a run can be billed for. */
class EventLogTest {
  private static final Rule RULE = new Rule.AtLeast("v", new Setting.Constant(Numbers.of(0)));
  private static final List<String> NAMES = List.of("a", "b", "c", "d");
  private static final Corners CORNERS = new Corners(0, 0.25, 0.5, 1);

  /** The program runs c, then b or a, then c again, but never d. */
  private final Step.Crop costly = crop("p", Map.of("macs", 100.0));
  private final Step.Crop free = crop("q", Map.of());
  private final List<Step> program = List.of(
      run("c"), new Step.Branch(RULE, List.of(run("b"), costly), List.of(run("a"), free)), run("c"), costly);
  private final EventLog log = new EventLog(manifest(program), program);

  private static Step run(String part) {
    return new Step.Run(part, Map.of(), Map.of(), false, null);
  }

  private static Step.Crop crop(String output, Map<String, Double> costs) {
    return new Step.Crop("image", "at", output, 1, 1, Step.CropMode.BOX, 1, 0, costs);
  }

  private static Manifest manifest(List<Step> program) {
    Map<String, Part> parts = new LinkedHashMap<>();
    for (String name : NAMES) {
      Map<String, Double> costs = Map.of("macs", (double) parts.size());
      parts.put(name, new Part(null, "serving_default", Map.of(), Map.of(), List.of(), 0, costs));
    }
    return new Manifest(
        "log", null, null, Map.of(), Map.of(), Map.of(), parts, Map.of(), Map.of(), Map.of("main", program), List.of(),
        "macs", "only", null, null, "{}");
  }

  private List<String> words() {
    List<String> words = new ArrayList<>();
    log.events().forEach(event -> words.add(event.kind().label() + " " + event.name()));
    return words;
  }

  @Test
  void whatIsNotReachedStandsBehindInTheOrderOfTheText() {
    log.start();
    assertEquals(List.of("not_reached c", "not_reached b", "not_reached a"), words());
    log.reached(1, Event.run("b", 0), 5);
    assertEquals(List.of("run b", "not_reached c", "not_reached a"), words());
    log.skipped(new int[] {0, 2});
    assertEquals(List.of("run b", "skipped a", "skipped c"), words());
  }

  @Test
  void whatTookHowLongIsKeptWithItsEvent() {
    log.start();
    log.reached(2, Event.run("c", 0), 7);
    log.note(Event.of(Kind.LEFT, "main[1]"));
    log.reached(0, Event.remote("a", 0, 8, 4), 9);
    log.reached(1, Event.failed("b", "late"), 0);
    log.reached(2, Event.run("c", 0), 11);
    assertEquals(List.of(
        Event.run("c", 7), Event.of(Kind.LEFT, "main[1]"), Event.remote("a", 9, 8, 4), Event.failed("b", "late"),
        Event.run("c", 11)), log.events());
  }

  @Test
  void everyCropHasItsOwnCorners() {
    log.start();
    log.cropped(Event.crop("p", null), 0, 0.25, 0.5, 1);
    log.note(Event.chosen("main[1]", 1));
    log.cropped(Event.crop("q", null), -1, -2, 3, Double.NaN);
    assertEquals(
        List.of(Event.crop("p", CORNERS), Event.chosen("main[1]", 1),
            Event.crop("q", new Corners(-1, -2, 3, Double.NaN))),
        log.events().subList(0, 3));
  }

  @Test
  void aRunBeginsWithNothing() {
    log.start();
    log.reached(2, Event.run("c", 0), 7);
    log.cropped(Event.crop("p", null), 1, 1, 1, 1);
    List<Event> before = log.events();
    log.start();
    log.cropped(Event.crop("p", null), 0, 0.25, 0.5, 1);
    assertEquals(Event.crop("p", CORNERS), log.events().get(0));
    assertEquals(4, log.events().size(), "a crop, and three that are not reached");
    assertEquals(Event.run("c", 7), before.get(0), "what a result keeps stays");
    assertNotSame(log.events(), log.events());
    assertThrows(UnsupportedOperationException.class, () -> before.add(Event.run("c", 1)));
  }

  /** More events and crops than it was made for, in any order: as a list that grows by one keeps them. */
  @Test
  void aLogGrowsAsItHasTo() {
    Random random = new Random(9);
    for (int round = 0; round < 50; round++) {
      List<Event> expected = new ArrayList<>();
      log.start();
      for (int i = random.nextInt(200); i > 0; i--) {
        int number = random.nextInt(1000);
        if (random.nextBoolean()) {
          log.reached(2, Event.run("c", 0), number);
          expected.add(Event.run("c", number));
        } else {
          log.cropped(Event.crop("p", null), number, i, -number, -i);
          expected.add(Event.crop("p", new Corners(number, i, -number, -i)));
        }
      }
      assertEquals(expected, log.events().subList(0, expected.size()));
    }
  }

  @Test
  void theNumbersOfPartsAreThoseOfTheManifestEachOnce() {
    assertArrayEquals(new int[] {2, 1, 0}, EventLog.parts(NAMES, program));
    assertArrayEquals(new int[0], EventLog.parts(NAMES, List.of(free, new Step.Repeat(3, List.of(costly)))));
    assertArrayEquals(new int[] {3},
        EventLog.parts(NAMES, List.of(new Step.Repeat(3, List.of(run("d"), run("d"))))));
  }

  private static List<Integer> billed(Bills bills, Step.Priced... steps) {
    Meter meter = new Meter();
    meter.start(0, null);
    for (Step.Priced step : steps) {
      bills.bill(step, meter).run();
    }
    return IntStream.range(0, meter.count()).mapToObj(meter::bill).collect(Collectors.toList());
  }

  @Test
  void partsAreBilledByTheirNumberAndCropsBehindThem() {
    Bills bills = new Bills(manifest(program), program);
    for (int i = 0; i < NAMES.size(); i++) {
      assertEquals(i, bills.of(NAMES.get(i)));
      assertEquals(NAMES.get(i), bills.part(i));
      assertEquals(Map.of("macs", (double) i), bills.costs(i));
    }
    // The crop that costs stands twice in the program, and the same is one.
    assertEquals(List.of(4), billed(bills, costly));
    assertEquals(null, bills.part(4));
    assertEquals(Map.of("macs", 100.0), bills.costs(4));
    assertEquals(List.of(), billed(bills, free));
    assertThrows(IndexOutOfBoundsException.class, () -> bills.costs(5));
  }

  @Test
  void cropsInsideOtherStepsAreBilledEach() {
    Step.Crop other = crop("p", Map.of("macs", 100.0, "latency_us", 1.0));
    Bills bills = new Bills(manifest(program), List.of(new Step.Repeat(2, List.of(costly, other))));
    assertEquals(List.of(4, 5), billed(bills, costly, other));
    assertTrue(bills.costs(5).containsKey("latency_us"));
  }
}
