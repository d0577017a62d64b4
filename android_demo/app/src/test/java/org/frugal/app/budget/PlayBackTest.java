package org.frugal.app.budget;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.shadows.ShadowLooper.idleMainLooper;

import android.os.BatteryManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.benchmark.BenchmarkModel;
import org.frugal.app.benchmark.BenchmarkSettings;
import org.frugal.app.budget.BudgetSettings.Choice;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** Traces on the Budget screen, the one of the app and picked ones. */
@RunWith(RobolectricTestRunner.class)
public class PlayBackTest {
  private static final String TRACE = "{\"format\": \"frugal-trace\", \"description\": \"mine\", "
      + "\"events\": [{\"battery\": 0.9}, 1.5, {\"battery\": 0.1}]}";

  @Test
  public void aPickedTraceTakesThePlaceOfTheBuiltInOne() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      screen.pick(R.id.pick_trace, TRACE.getBytes(StandardCharsets.UTF_8));
      assertEquals("mine", screen.text(R.id.trace_words));
      assertEquals(2, OnScreen.app().budget().player().state().get().frames().size());
      screen.click(R.id.play);
      idleMainLooperFor(TracePlayer.STEP_MILLIS * 3);
      assertEquals(
          "2 of 2: battery 10\u00a0%, heat unknown. fast: held down because the battery is low.",
          screen.text(R.id.trace_step));
    }
  }

  @Test
  public void aFileThatIsNoTraceIsSaidAndTheOneBeforeStays() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      String before = screen.text(R.id.trace_words);
      screen.click(R.id.play);
      screen.pick(R.id.pick_trace, "{}".getBytes(StandardCharsets.UTF_8));
      assertEquals(
          "Expected a readable file, received: expected the format \"frugal-trace\", received null",
          screen.text(R.id.trace_problem));
      assertEquals(before, screen.text(R.id.trace_words));
      assertEquals("it has stopped", "Play", screen.text(R.id.play));
      screen.pick(R.id.pick_trace, TRACE.getBytes(StandardCharsets.UTF_8));
      assertFalse(screen.shows(R.id.trace_problem));
      screen.assertWorks();
    }
  }

  @Test
  public void aTraceThatNoPhoneRecordsIsRefusedAndTheAppGoesOn() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      for (String events : List.of("[]", "[1.5]", "[{\"battery\": 1}, -1]", "[{\"battery\": true}]")) {
        String trace = "{\"format\": \"frugal-trace\", \"events\": " + events + "}";
        screen.pick(R.id.pick_trace, trace.getBytes(StandardCharsets.UTF_8));
        assertTrue(events, screen.shows(R.id.trace_problem));
        assertFalse(screen.text(R.id.trace_problem).contains("\n"));
      }
      screen.click(R.id.play);
      assertTrue(screen.text(R.id.trace_step), screen.text(R.id.trace_step).startsWith("1 of 120: "));
    }
  }

  @Test
  public void aTraceIsDecidedAnewForAnotherBundle() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      screen.pick(R.id.pick_trace, TRACE.getBytes(StandardCharsets.UTF_8));
      assertEquals("accurate", decided(0));
      OnScreen.settleAll();
      OnScreen.app().bundles().choose("max_min_digits_static");
      OnScreen.settle();
      assertEquals("static", decided(0));
      assertEquals("it is the same trace", "mine", screen.text(R.id.trace_words));
    }
  }

  @Test
  public void whatWasMeasuredUnderLoadIsPlayedBack() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      BenchmarkModel benchmark = OnScreen.app().benchmark();
      OnScreen.battery().setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 12);
      OnScreen.settleAll();
      benchmark.start(
          new BenchmarkSettings("max_min_digits", false, null, 1, true, 4, 0, 0.2, 0),
          BudgetSettings.DEFAULT.with(Choice.AUTOMATIC));
      while (benchmark.state().get().running() != null) {
        Thread.sleep(20);
        idleMainLooper();
      }
      screen.click(R.id.tab_budget);
      screen.pick(R.id.pick_trace, Files.readAllBytes(benchmark.state().get().last()));
      assertEquals("A sustained run of max_min_digits on this phone.", screen.text(R.id.trace_words));
      screen.click(R.id.play);
      String step = screen.text(R.id.trace_step);
      assertTrue(step, step.matches(
          "1 of \\d+: battery 12\u00a0%, heat none\\. saver: held down because the battery is low\\."));
    }
  }

  @Test
  public void stoppedPlayBackGoesOnWhereItWas() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      screen.click(R.id.play);
      idleMainLooperFor(TracePlayer.STEP_MILLIS * 10);
      screen.click(R.id.play);
      int at = OnScreen.app().budget().player().state().get().step();
      idleMainLooperFor(TracePlayer.STEP_MILLIS * 10);
      assertEquals(at, OnScreen.app().budget().player().state().get().step());
      screen.click(R.id.play);
      assertEquals(at + 1, OnScreen.app().budget().player().state().get().step());
    }
  }

  @Test
  public void aTraceIsPlayedToItsEnd() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      screen.click(R.id.play);
      assertEquals("Stop", screen.text(R.id.play));
      idleMainLooperFor(TracePlayer.STEP_MILLIS * 20);
      assertTrue(screen.text(R.id.trace_step), screen.text(R.id.trace_step).contains("of 120: battery "));
      idleMainLooperFor(TracePlayer.STEP_MILLIS * 120);
      assertEquals("Play", screen.text(R.id.play));
      assertTrue(screen.text(R.id.trace_step).startsWith("120 of 120: "));
      assertFalse(screen.shows(R.id.trace_problem));
    }
  }

  @Test
  public void aPickedTraceOutlivesARotation() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      OnScreen.app().budget().setTrace(
          Trace.read("{\"format\": \"frugal-trace\", \"description\": \"mine\", \"events\": [{\"battery\": 0.1}]}"));
      screen.controller().recreate();
      OnScreen.settle();
      assertEquals("mine", screen.text(R.id.trace_words));
      screen.click(R.id.play);
      assertEquals(1, OnScreen.app().budget().player().state().get().frames().size());
    }
  }

  private static String decided(int step) {
    return OnScreen.app().budget().player().state().get().frames().get(step).decision().name();
  }

  private static void idleMainLooperFor(long millis) {
    org.robolectric.shadows.ShadowLooper.idleMainLooper(millis, TimeUnit.MILLISECONDS);
    idleMainLooper();
  }
}
