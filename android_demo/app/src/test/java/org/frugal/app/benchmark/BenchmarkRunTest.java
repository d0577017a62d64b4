package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.frugal.app.OnScreen;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.budget.BudgetSettings.Choice;
import org.frugal.app.budget.Device;
import org.frugal.app.budget.DeviceReading;
import org.frugal.app.budget.Trace;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.governor.Decision;
import org.frugal.governor.Governor;
import org.frugal.governor.Policy;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** Runs of the real library on phones that a test makes up. */
@RunWith(RobolectricTestRunner.class)
public class BenchmarkRunTest implements Progress {
  private static final String BUNDLE = "max_min_digits";
  private static final String PHOTOGRAPHS = "lite0_cifar10";
  /** How far the clock goes each time that it is read: a busy machine measures the same. */
  private static final long MILLI = 1_000_000;

  private final List<Stage> stages = new ArrayList<>();
  private final List<Double> seconds = new ArrayList<>();
  private long now;
  private int checksLeft = Integer.MAX_VALUE;

  @Before
  public void installTheBundles() {
    OnScreen.settleAll();
  }

  @Test
  public void energyIsMeasuredWhereThePhoneCanTell() {
    // The blocks last 0.15 s of this test's clock. 100 uAh of 4 V in it are 9.6 W under load, 10 uAh are 0.96 W idle.
    int[] counter = {10_000, 10_000, 9_900, 9_900, 9_890, 9_890, 9_880, 9_880, 9_780};
    int[] read = {0};
    JsonObject energy =
        run(settings(0, 0.3), BudgetSettings.DEFAULT, () -> unplugged(counter[read[0]++])).get("energy").asObject();
    assertTrue(energy.toString(), energy.get("unknown").isNull());
    double found = energy.getDouble("microjoules_per_answer", 0);
    assertTrue(energy.toString(), found > 0 && energy.getDouble("low", 0) > 0);
    assertTrue(energy.toString(), energy.getDouble("low", 0) < found && found < energy.getDouble("high", 0));
    assertEquals("load, idle, idle, load", energy.getString("order", ""));
    assertEquals(List.of(Stage.CHAIN, Stage.ENERGY, Stage.IDLE, Stage.ENERGY), stages);
    assertEquals(counter.length, read[0]);
  }

  @Test
  public void aPhoneThatCannotTellIsNotMadeToRun() {
    JsonObject energy =
        run(settings(0, 3600), BudgetSettings.DEFAULT, () -> DeviceReading.UNKNOWN).get("energy").asObject();
    assertEquals("no_counter", energy.getString("unknown", ""));
    assertEquals(List.of(Stage.CHAIN), stages);
  }

  @Test
  public void aPhoneThatIsPluggedInMeanwhileSaysWhy() {
    DeviceReading full = new DeviceReading(1.0, false, true, false, true, 0, null, 30.0, 4.0, 9_000L);
    Iterator<DeviceReading> counter = List.of(unplugged(10_000), unplugged(10_000), full).iterator();
    JsonObject energy = run(settings(0, 0.2), BudgetSettings.DEFAULT, counter::next).get("energy").asObject();
    assertEquals("plugged", energy.getString("unknown", ""));
    assertEquals("nothing is measured in vain", List.of(Stage.CHAIN, Stage.ENERGY), stages);
    assertTrue(energy.get("microjoules_per_answer").isNull());
  }

  @Test
  public void aHotPhoneIsHeldDownForTheWholeSustainedRun() {
    DeviceReading hot = new DeviceReading(0.9, false, false, false, true, 3, 1.1, 44.5, 4.0, 1L);
    JsonObject report = run(settings(0.3, 0), BudgetSettings.DEFAULT.with(Choice.AUTOMATIC), () -> hot);
    int samples = report.get("sustained").asArray().size();
    assertTrue("0.3 s in tenths: " + samples, samples >= 5 && samples <= 10);
    for (JsonValue sample : report.get("sustained").asArray()) {
      assertEquals(0, sample.asObject().getInt("point", -1));
      assertEquals(44.5, sample.asObject().getDouble("celsius", 0), 0);
    }
    JsonValue reading = report.get("trace").asObject().get("events").asArray().get(0);
    assertEquals("what was seen, not what was decided", 3, reading.asObject().getInt("thermal_status", -1));
    assertNull(reading.asObject().get("manual"));
  }

  @Test
  public void aSustainedRunIsDecidedAgainAsItWas() throws Exception {
    int[] read = {0};
    DeviceReading warm = new DeviceReading(0.9, false, false, false, true, 2, 0.9, 44.5, 4.0, 1L);
    BudgetSettings budget = BudgetSettings.DEFAULT.with(Choice.AUTOMATIC).withLatencyMillis(1e-3);
    JsonObject report = run(settings(30, 0), budget, () -> read[0]++ == 3 ? warm : DeviceReading.UNKNOWN);
    List<Integer> decided = new ArrayList<>();
    report.get("sustained").asArray().forEach(sample -> decided.add(sample.asObject().getInt("point", -1)));
    Manifest manifest = Bundle.load(OnScreen.app().bundles().store().path(BUNDLE)).manifest();
    List<Integer> again = new ArrayList<>();
    Trace.read(report.toString()).play(Governor.of(manifest, budget.policy()))
        .forEach(frame -> again.add(frame.decision().point()));
    assertEquals(decided, again);
    assertTrue("heat, and then lateness, lower it: " + decided, decided.stream().distinct().count() >= 3);
  }

  /** Of a phone that gets hot, cools and empties, with a target that is met and missed, chosen by hand or not. */
  @Test
  public void aSustainedRunReplaysToItsOwnDecisions() throws Exception {
    for (BudgetSettings settings : List.of(
        BudgetSettings.DEFAULT.with(Choice.AUTOMATIC), BudgetSettings.DEFAULT.withPoint("full"),
        BudgetSettings.DEFAULT.with(Choice.AUTOMATIC).withLatencyMillis(2.5))) {
      int[] read = {0};
      JsonObject report = run(settings(0.3, 0), settings, () -> new DeviceReading(
          1 - 0.1 * read[0], false, false, false, true, read[0] % 3 == 1 ? 3 : 0, read[0]++ % 2 == 0 ? null : 0.5, 30.0,
          4.0, 1L));
      Trace trace = Trace.read(report.toString());
      List<Integer> decided = new ArrayList<>();
      report.get("sustained").asArray().forEach(each -> decided.add(each.asObject().getInt("point", -1)));
      assertEquals(decided, trace.recording().replay().stream().map(Decision::point).toList());
      assertEquals(decided, trace.play(new Governor(List.of("another"), Policy.DEFAULT)).stream()
          .map(frame -> frame.decision().point()).toList());
      assertTrue("points: " + decided, decided.stream().distinct().count() >= 2);
    }
  }

  @Test
  public void withoutASayOfTheDeviceThePointIsThatOfTheSettings() {
    DeviceReading hot = new DeviceReading(0.05, false, false, true, true, 3, 1.1, 44.5, 4.0, 1L);
    BudgetSettings settings = BudgetSettings.DEFAULT.withPoint("full").withFollowDevice(false);
    JsonObject report = run(settings(0.3, 0), settings, () -> hot);
    int mostExpensive = report.get("sustained").asArray().get(0).asObject().getInt("point", -1);
    assertTrue("the last of several: " + mostExpensive, mostExpensive >= 2);
  }

  @Test
  public void theStaticNetworkIsAskedAboutTheChainsPictures() {
    BenchmarkSettings settings = new BenchmarkSettings(BUNDLE, true, BUNDLE + "_static", 1, true, 12, 0, 0, 0);
    JsonObject report = run(settings, BudgetSettings.DEFAULT, () -> DeviceReading.UNKNOWN);
    List<String> measured = new ArrayList<>();
    report.get("results").asArray().forEach(each -> measured.add(each.asObject().getString("measured", "")));
    assertEquals(List.of("chain", "full_depth", "static_network"), measured);
    assertEquals(EnumSet.of(Stage.CHAIN, Stage.FULL_DEPTH, Stage.STATIC_NETWORK), EnumSet.copyOf(stages));
    for (JsonValue each : report.get("results").asArray()) {
      assertEquals(12, each.asObject().getInt("queries", 0));
      assertTrue("from the file to the first answer", each.asObject().getDouble("first_answer_ms", 0) >= 2);
    }
    assertNull("no load was asked for", report.get("sustained"));
    assertNull(report.get("energy"));
  }

  /** Once through the samples of the photographs, chain and both static networks in turns. */
  @Test
  public void theSamplesCostWhatTheCardSaysAndTheSmallerNetworkTakesTurnsToo() {
    BenchmarkSettings settings =
        new BenchmarkSettings(PHOTOGRAPHS, false, PHOTOGRAPHS + "_static", 1, true, 128, 0, 0, 0)
            .withSmaller(PHOTOGRAPHS + "_smaller");
    JsonObject report = run(settings, BudgetSettings.DEFAULT, () -> DeviceReading.UNKNOWN);
    List<String> measured = new ArrayList<>();
    List<Double> macs = new ArrayList<>();
    report.get("results").asArray().forEach(each -> {
      measured.add(each.asObject().getString("measured", ""));
      macs.add(each.asObject().getDouble("mean_macs", 0));
    });
    assertEquals(List.of("chain", "static_network", "smaller_network"), measured);
    Manifest manifest = Bundle.load(OnScreen.app().bundles().store().path(PHOTOGRAPHS)).manifest();
    double promised = manifest.operatingPoints().stream()
        .filter(point -> point.name().equals(manifest.defaultOperatingPoint())).findFirst().get().costs().get("macs");
    assertEquals(promised, macs.get(0), 0.03 * promised);
    assertTrue(macs + " from cheap to expensive", macs.get(0) < macs.get(2) && macs.get(2) < macs.get(1));
  }

  @Test
  public void progressNeverGoesBack() {
    Iterator<DeviceReading> counter =
        List.of(unplugged(10), unplugged(10), unplugged(10), unplugged(9), unplugged(9)).iterator();
    run(settings(0.1, 0.2), BudgetSettings.DEFAULT, () -> counter.hasNext() ? counter.next() : unplugged(9));
    for (int i = 1; i < seconds.size(); i++) {
      assertTrue(seconds.get(i - 1) + " and then " + seconds.get(i), seconds.get(i - 1) <= seconds.get(i));
    }
  }

  @Test
  public void whoCancelsWaitsForOneAnswerOnly() {
    checksLeft = 40;
    assertThrows(CancellationException.class,
        () -> run(settings(3600, 3600), BudgetSettings.DEFAULT, () -> DeviceReading.UNKNOWN));
    assertTrue("" + stages, stages.size() <= 2);
  }

  @Override
  public void at(Stage stage, double elapsed) {
    if (stages.isEmpty() || stages.get(stages.size() - 1) != stage) {
      stages.add(stage);
    }
    seconds.add(elapsed);
  }

  @Override
  public void check() {
    if (checksLeft-- == 0) {
      throw new CancellationException();
    }
  }

  private JsonObject run(BenchmarkSettings settings, BudgetSettings budget, Device device) {
    return new BenchmarkRun(
        settings, budget, OnScreen.app().bundles().store()::path, device, () -> now += MILLI, this).run();
  }

  private static BenchmarkSettings settings(double sustainedSeconds, double energySeconds) {
    return new BenchmarkSettings(BUNDLE, false, null, 1, true, 6, 0, sustainedSeconds, energySeconds);
  }

  private static DeviceReading unplugged(long microampHours) {
    return new DeviceReading(0.5, false, false, false, true, 0, null, 30.0, 4.0, microampHours);
  }
}
