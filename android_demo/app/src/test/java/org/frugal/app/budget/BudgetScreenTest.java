package org.frugal.app.budget;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.shadows.ShadowLooper.idleMainLooper;

import android.content.Intent;
import android.content.SharedPreferences;
import android.os.BatteryManager;
import android.os.PowerManager;
import android.view.KeyEvent;
import android.view.View;
import android.widget.RadioButton;
import android.widget.RadioGroup;
import android.widget.SeekBar;
import android.widget.Switch;
import android.widget.TextView;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.budget.BudgetSettings.Choice;
import org.frugal.governor.Ceiling;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class BudgetScreenTest {
  @Test
  public void aPhoneWithoutABatteryGaugeIsUnknownAndHoldsNothingDown() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      assertTrue(screen.text(R.id.gauges), screen.text(R.id.gauges).startsWith("Battery unknown"));
      assertEquals("balanced: as chosen.", screen.text(R.id.decision));
    }
  }

  @Test
  public void aLowBatteryLowersThePointUnlessItHasNoSay() {
    OnScreen.battery().setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 12);
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      assertTrue(screen.text(R.id.gauges), screen.text(R.id.gauges).startsWith("Battery 12"));
      assertEquals("fast: held down because the battery is low.", screen.text(R.id.decision));
      screen.<Switch>find(R.id.follow).setChecked(false);
      OnScreen.settle();
      assertEquals("balanced: as chosen.", screen.text(R.id.decision));
    }
  }

  @Test
  public void heatIsReadAgainWhileTheScreenIsShown() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      OnScreen.power().setCurrentThermalStatus(PowerManager.THERMAL_STATUS_SEVERE);
      org.robolectric.shadows.ShadowLooper.idleMainLooper(2, TimeUnit.SECONDS);
      assertEquals("fast: held down because the phone is warm.", screen.text(R.id.decision));
      assertTrue(screen.text(R.id.gauges).contains("Heat: severe"));
    }
  }

  @Test
  public void everyGaugeIsReadInWords() {
    OnScreen.battery().setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 80);
    OnScreen.battery().setIsCharging(true);
    OnScreen.power().setIsPowerSaveMode(true);
    OnScreen.power().setCurrentThermalStatus(PowerManager.THERMAL_STATUS_LIGHT);
    RuntimeEnvironment.getApplication().sendStickyBroadcast(
        new Intent(Intent.ACTION_BATTERY_CHANGED).putExtra(BatteryManager.EXTRA_TEMPERATURE, 312));
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      String gauges = screen.text(R.id.gauges);
      assertTrue(gauges, gauges.startsWith("Battery 80\u00a0%, charging: yes, power saving: yes\nHeat: light, "));
      assertTrue(gauges, gauges.endsWith("\nBattery temperature: 31.2 °C"));
    }
  }

  @Test
  public void powerSavingHoldsThePointDownUntilThePhoneIsPluggedIn() {
    OnScreen.power().setIsPowerSaveMode(true);
    OnScreen.battery().setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 100);
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.with(Choice.AUTOMATIC));
      OnScreen.settle();
      assertTrue(screen.text(R.id.decision).endsWith(": held down because power saving is on."));
      assertEquals("and so in Live", Ceiling.POWER_SAVING,
          OnScreen.app().live().state().get().answer().decision().reason());
      OnScreen.battery().setIsCharging(true);
      idleMainLooperFor(2000);
      assertEquals("accurate: nothing holds it down.", screen.text(R.id.decision));
    }
  }

  @Test
  public void answersThatComeTooLateLowerThePointAndLiveSaysSo() {
    try (OnScreen screen = new OnScreen()) {
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.with(Choice.AUTOMATIC).withLatencyMillis(1e-3));
      OnScreen.settle();
      assertEquals("accurate", OnScreen.app().live().state().get().answer().decision().name());
      // Twelve late answers in a row are too many, and one more is given then.
      for (int i = 0; i < 13; i++) {
        OnScreen.app().live().askAgain();
      }
      OnScreen.settle();
      String why = screen.text(R.id.why);
      assertTrue(why, why.endsWith(", held down to meet the latency target."));
      assertFalse(why, why.contains("Operating point accurate"));
    }
  }

  @Test
  public void aChoiceThatStaysKeepsItsButtonAndTheFocusOnIt() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      RadioGroup choices = screen.find(R.id.choices);
      assertEquals(6, choices.getChildCount());
      View automatic = choices.getChildAt(1);
      assertTrue(automatic.requestFocusFromTouch());
      automatic.performClick();
      OnScreen.settle();
      assertTrue("a keyboard goes on from here", automatic.isFocused());
      assertEquals(automatic.getId(), choices.getCheckedRadioButtonId());
      assertEquals(Choice.AUTOMATIC, OnScreen.app().budget().settings().get().choice());
      choices.getChildAt(5).performClick();
      OnScreen.settle();
      assertEquals("only one is chosen", choices.getChildAt(5).getId(), choices.getCheckedRadioButtonId());
      assertFalse(((RadioButton) automatic).isChecked());
      OnScreen.settleAll();
      OnScreen.app().bundles().choose("max_min_digits_static");
      OnScreen.settle();
      assertEquals("the points are those of the bundle", 3, choices.getChildCount());
      assertEquals("At most static", ((RadioButton) choices.getChildAt(2)).getText().toString());
    }
  }

  @Test
  public void aPointThatAnotherOneBeatsIsToldAndCanBeChosen() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      OnScreen.settleAll();
      OnScreen.app().bundles().choose("max_min_digits");
      OnScreen.settle();
      RadioGroup choices = screen.find(R.id.choices);
      assertEquals("At most accurate", ((RadioButton) choices.getChildAt(5)).getText().toString());
      RadioButton full = (RadioButton) choices.getChildAt(6);
      assertEquals("At most full. Another point is at least as accurate and costs no more.", full.getText().toString());
      full.performClick();
      OnScreen.settle();
      assertEquals("full", OnScreen.app().live().state().get().answer().decision().name());
      String automatic = ((RadioButton) choices.getChildAt(1)).getText().toString();
      assertFalse("the best is the knee", automatic.contains("most expensive"));
    }
  }

  @Test
  public void aScreenThatIsNotShownDoesNotAskTheGauges() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      String before = screen.text(R.id.gauges);
      TextView gauges = screen.find(R.id.gauges);
      screen.controller().pause().stop();
      OnScreen.power().setCurrentThermalStatus(PowerManager.THERMAL_STATUS_SEVERE);
      idleMainLooperFor(10_000);
      assertEquals(before, gauges.getText().toString());
      screen.controller().start().resume();
      assertTrue(gauges.getText().toString().contains("Heat: severe"));
    }
  }

  @Test
  public void aPointByHandAnswersInLiveAndIsKept() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
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
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.withPoint("full").withMacsShare(0.2));
      OnScreen.settle();
      assertEquals("macs", OnScreen.app().live().state().get().answer().reason().label());
      assertTrue(OnScreen.app().live().state().get().answer().path().spentShare() <= 0.2);
      assertTrue(screen.text(R.id.macs_words), screen.text(R.id.macs_words).contains("of the full network"));
    }
  }

  @Test
  public void aBundleThatDoesNotKnowItsEnergySaysSo() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      assertFalse(screen.find(R.id.energy_share).isEnabled());
      assertEquals(
          "Energy for an answer cannot be limited: the parts of this bundle carry no energy_uj.",
          screen.text(R.id.energy_words));
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.withEnergyShare(0.1));
      OnScreen.settle();
      assertEquals("it has no effect", "rule", OnScreen.app().live().state().get().answer().reason().label());
    }
  }

  @Test
  public void anAllowanceOfEnergyEndsAnAnswerEarlyWhereTheBundleKnows() throws IOException {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.tab_bundles);
      screen.pick(R.id.add, new ZipBundles("steps").bytes());
      screen.click(R.id.tab_budget);
      assertTrue(screen.find(R.id.energy_share).isEnabled());
      assertEquals("Energy for an answer: no limit", screen.text(R.id.energy_words));
      SeekBar bar = screen.find(R.id.energy_share);
      for (int i = bar.getMax(); i > 0; i--) {
        press(bar, KeyEvent.KEYCODE_DPAD_LEFT);
      }
      assertEquals(0.1, OnScreen.app().budget().settings().get().energyShare(), 1e-9);
      String words = screen.text(R.id.energy_words);
      assertTrue(words, words.matches("Energy for an answer: 10\u00a0% of the full network, [\\d.]+ µJ"));
      assertEquals("energy", OnScreen.app().live().state().get().answer().reason().label());
      screen.click(R.id.tab_live);
      assertTrue(screen.text(R.id.why), screen.text(R.id.why).contains("allowance of energy does not reach"));
    }
  }

  @Test
  public void theSlidersMoveByKeysAndTheirWordsWithThem() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      assertEquals("Time for an answer: no limit", screen.text(R.id.latency_words));
      press(screen.find(R.id.latency), KeyEvent.KEYCODE_DPAD_LEFT);
      assertEquals("Time for an answer: 100\u00a0ms", screen.text(R.id.latency_words));
      assertEquals(100, OnScreen.app().budget().settings().get().latencyMillis(), 0);
      assertTrue(screen.shows(R.id.decision_latency));
      press(screen.find(R.id.macs), KeyEvent.KEYCODE_DPAD_LEFT);
      String macs = screen.text(R.id.macs_words);
      assertTrue(macs, macs.matches("Multiply-adds for an answer: 90\u00a0% of the full network, 58\\.\\d\u00a0M"));
      press(screen.find(R.id.latency), KeyEvent.KEYCODE_DPAD_RIGHT);
      assertEquals(null, OnScreen.app().budget().settings().get().latencyMillis());
      assertFalse(screen.shows(R.id.decision_latency));
    }
  }

  @Test
  public void everySettingOutlivesTheProcess() {
    SharedPreferences kept = RuntimeEnvironment.getApplication().getSharedPreferences("other", 0);
    BudgetSettings all = new BudgetSettings(2.8, 0.5, 0.25, Choice.BY_HAND, "p2", false);
    new BudgetModel(kept, null).set(all);
    assertEquals(all, rounded(new BudgetModel(kept, null).settings().get()));
    new BudgetModel(kept, null).set(BudgetSettings.DEFAULT);
    assertEquals(BudgetSettings.DEFAULT, new BudgetModel(kept, null).settings().get());
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

  /** A key, as of a keyboard or a switch for accessibility. */
  private static void press(View view, int key) {
    view.requestFocus();
    view.onKeyDown(key, new KeyEvent(KeyEvent.ACTION_DOWN, key));
    OnScreen.settle();
  }

  /** Kept numbers are floats. */
  private static BudgetSettings rounded(BudgetSettings kept) {
    return new BudgetSettings(
        Math.round(kept.latencyMillis() * 1e4) / 1e4, Math.round(kept.macsShare() * 1e4) / 1e4,
        Math.round(kept.energyShare() * 1e4) / 1e4, kept.choice(), kept.point(), kept.followDevice());
  }
}
