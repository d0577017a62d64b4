package org.frugal.app.budget;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.shadows.ShadowLooper.idleMainLooper;

import android.os.BatteryManager;
import android.os.PowerManager;
import android.widget.RadioGroup;
import android.widget.Switch;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.budget.BudgetSettings.Choice;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.shadow.api.Shadow;
import org.robolectric.shadows.ShadowBatteryManager;
import org.robolectric.shadows.ShadowPowerManager;

@RunWith(RobolectricTestRunner.class)
public class BudgetScreenTest {
  @Test
  public void aPhoneWithoutABatteryGaugeIsUnknownAndHoldsNothingDown() {
    try (OnScreen screen = budget()) {
      assertTrue(screen.text(R.id.gauges), screen.text(R.id.gauges).startsWith("Battery unknown"));
      assertEquals("balanced: as chosen.", screen.text(R.id.decision));
    }
  }

  @Test
  public void aLowBatteryLowersThePointUnlessItHasNoSay() {
    battery().setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 12);
    try (OnScreen screen = budget()) {
      assertTrue(screen.text(R.id.gauges), screen.text(R.id.gauges).startsWith("Battery 12"));
      assertEquals("fast: held down because the battery is low.", screen.text(R.id.decision));
      screen.<Switch>find(R.id.follow).setChecked(false);
      OnScreen.settle();
      assertEquals("balanced: as chosen.", screen.text(R.id.decision));
    }
  }

  @Test
  public void heatIsReadAgainWhileTheScreenIsShown() {
    try (OnScreen screen = budget()) {
      ShadowPowerManager power =
          Shadow.extract(RuntimeEnvironment.getApplication().getSystemService(PowerManager.class));
      power.setCurrentThermalStatus(PowerManager.THERMAL_STATUS_SEVERE);
      org.robolectric.shadows.ShadowLooper.idleMainLooper(2, TimeUnit.SECONDS);
      assertEquals("fast: held down because the phone is warm.", screen.text(R.id.decision));
      assertTrue(screen.text(R.id.gauges).contains("Heat: severe"));
    }
  }

  @Test
  public void aPointByHandAnswersInLiveAndIsKept() {
    try (OnScreen screen = budget()) {
      screen.<RadioGroup>find(R.id.choices).getChildAt(5).performClick();
      OnScreen.settle();
      assertEquals("full: as chosen.", screen.text(R.id.decision));
      assertEquals("full", OnScreen.app().live().state().get().answer().decision().name());
      BudgetSettings kept = new BudgetModel(
          RuntimeEnvironment.getApplication().getSharedPreferences("app", 0), null).settings().get();
      assertEquals(new BudgetSettings(null, null, null, Choice.BY_HAND, "full", true), kept);
    }
  }

  @Test
  public void anAllowanceEndsAnAnswerEarly() {
    try (OnScreen screen = budget()) {
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.withPoint("full").withMacsShare(0.2));
      OnScreen.settle();
      assertEquals("macs", OnScreen.app().live().state().get().answer().reason().label());
      assertTrue(OnScreen.app().live().state().get().answer().path().spentShare() <= 0.2);
      assertTrue(screen.text(R.id.macs_words), screen.text(R.id.macs_words).contains("of the full network"));
    }
  }

  @Test
  public void aTraceIsPlayedToItsEnd() {
    try (OnScreen screen = budget()) {
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
    try (OnScreen screen = budget()) {
      OnScreen.app().budget().setTrace(
          Trace.read("{\"format\": \"frugal-trace\", \"description\": \"mine\", \"events\": [{\"battery\": 0.1}]}"));
      screen.controller().recreate();
      OnScreen.settle();
      assertEquals("mine", screen.text(R.id.trace_words));
      screen.click(R.id.play);
      assertEquals(1, OnScreen.app().budget().player().state().get().frames().size());
    }
  }

  @Test
  public void theSlidersStandWhereTheSettingsAre() {
    assertEquals(null, Allowances.value(Allowances.MILLIS, Allowances.MILLIS.length));
    for (int i = 0; i < Allowances.MILLIS.length; i++) {
      assertEquals(i, Allowances.step(Allowances.MILLIS, Allowances.value(Allowances.MILLIS, i)));
    }
    assertEquals(Allowances.SHARES.length, Allowances.step(Allowances.SHARES, null));
    assertEquals("what is kept is a float", 0, Allowances.step(Allowances.SHARES, (double) 0.1f));
  }

  private static void idleMainLooperFor(long millis) {
    org.robolectric.shadows.ShadowLooper.idleMainLooper(millis, TimeUnit.MILLISECONDS);
    idleMainLooper();
  }

  private static OnScreen budget() {
    OnScreen screen = new OnScreen();
    screen.click(R.id.tab_budget);
    return screen;
  }

  private static ShadowBatteryManager battery() {
    return Shadow.extract(RuntimeEnvironment.getApplication().getSystemService(BatteryManager.class));
  }
}
