package org.frugal.app.budget;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import android.content.Intent;
import android.os.BatteryManager;
import android.os.Build;
import android.os.PowerManager;
import java.util.ArrayList;
import java.util.List;
import org.frugal.app.OnScreen;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.shadows.ShadowBatteryManager;
import org.robolectric.shadows.ShadowPowerManager;
import org.robolectric.util.ReflectionHelpers;

/** What a phone's gauges say, and what phones without one say. */
@RunWith(RobolectricTestRunner.class)
public class AndroidDeviceTest {
  private final Context context = RuntimeEnvironment.getApplication();
  private final ShadowBatteryManager battery = OnScreen.battery();
  private final ShadowPowerManager power = OnScreen.power();
  private final AndroidDevice device = new AndroidDevice(context);

  @Test
  public void everyGaugeIsReadInItsUnit() {
    battery.setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 34);
    battery.setLongProperty(BatteryManager.BATTERY_PROPERTY_CHARGE_COUNTER, 1_250_000);
    battery.setIsCharging(true);
    power.setIsPowerSaveMode(true);
    power.setCurrentThermalStatus(PowerManager.THERMAL_STATUS_MODERATE);
    sticky(new Intent(Intent.ACTION_BATTERY_CHANGED).putExtra(BatteryManager.EXTRA_TEMPERATURE, 312)
        .putExtra(BatteryManager.EXTRA_VOLTAGE, 3987));
    DeviceReading reading = device.read();
    assertEquals(0.34, reading.battery(), 1e-12);
    assertEquals(true, reading.charging());
    assertEquals(true, reading.powerSaving());
    assertEquals(2, (int) reading.thermalStatus());
    assertEquals(31.2, reading.celsius(), 1e-12);
    assertEquals(3.987, reading.volts(), 1e-12);
    assertEquals(1_250_000, (long) reading.microampHours());
  }

  @Test
  public void aPhoneWithoutABatteryGaugeKnowsNothing() {
    for (int unsupported : new int[] {Integer.MIN_VALUE, 0, -1, 101}) {
      battery.setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, unsupported);
      assertNull("" + unsupported, device.read().battery());
    }
    for (long unsupported : new long[] {Long.MIN_VALUE, Integer.MIN_VALUE, 0}) {
      battery.setLongProperty(BatteryManager.BATTERY_PROPERTY_CHARGE_COUNTER, unsupported);
      assertNull("" + unsupported, device.read().microampHours());
    }
    assertNull(device.read().celsius());
    assertNull(device.read().volts());
  }

  @Test
  public void theBroadcastStandsInForAGaugeThatIsNotThere() {
    battery.setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, Integer.MIN_VALUE);
    sticky(new Intent(Intent.ACTION_BATTERY_CHANGED).putExtra(BatteryManager.EXTRA_LEVEL, 30)
        .putExtra(BatteryManager.EXTRA_SCALE, 200));
    assertEquals(0.15, device.read().battery(), 1e-12);
    sticky(new Intent(Intent.ACTION_BATTERY_CHANGED).putExtra(BatteryManager.EXTRA_LEVEL, 30));
    assertNull("of what is not said", device.read().battery());
  }

  @Test
  public void anOlderAndroidThatHasNoGaugeOfHeatIsNotAskedForIt() {
    power.setCurrentThermalStatus(PowerManager.THERMAL_STATUS_SEVERE);
    int now = Build.VERSION.SDK_INT;
    try {
      ReflectionHelpers.setStaticField(Build.VERSION.class, "SDK_INT", Build.VERSION_CODES.P);
      assertNull(device.read().thermalStatus());
      assertNull(device.read().thermalHeadroom());
      assertEquals("what it has is read", false, device.read().powerSaving());
      ReflectionHelpers.setStaticField(Build.VERSION.class, "SDK_INT", Build.VERSION_CODES.Q);
      assertEquals(3, (int) device.read().thermalStatus());
      assertNull(device.read().thermalHeadroom());
    } finally {
      ReflectionHelpers.setStaticField(Build.VERSION.class, "SDK_INT", now);
    }
  }

  @Test
  public void theForecastOfTenSecondsAheadIsAskedFor() {
    List<Integer> asked = new ArrayList<>();
    assertEquals(0.75, forecast(asked, 0.75).read().thermalHeadroom(), 0);
    assertNull("a phone that cannot tell", forecast(asked, Float.NaN).read().thermalHeadroom());
    assertEquals(List.of(10, 10), asked);
  }

  private AndroidDevice forecast(List<Integer> asked, double said) {
    return new AndroidDevice(context, seconds -> {
      asked.add(seconds);
      return said;
    });
  }

  @Test
  public void theHeadroomIsAskedForAtMostOnceASecond() {
    SeldomGauge<Double> gauge = new SeldomGauge<>(1100);
    assertEquals(0.5, gauge.read(0, () -> 0.5), 0);
    assertEquals("asked again at once it would not know", 0.5, gauge.read(1099, () -> null), 0);
    assertEquals(0.9, gauge.read(1100, () -> 0.9), 0);
    assertNull(gauge.read(2200, () -> null));
    assertNull("not known is an answer too", gauge.read(2201, () -> 0.9));
    assertEquals(0.9, gauge.read(3300, () -> 0.9), 0);
  }

  @Test
  public void whereManyReadingsAreWantedTheGaugesAreAskedOnceASecond() {
    long[] now = {0};
    int[] asked = {0};
    RecentReadings recent = new RecentReadings(() -> {
      asked[0]++;
      return device.read();
    }, () -> now[0]);
    for (; now[0] < 3000; now[0] += 33) {
      battery.setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 50 - (int) now[0] / 100);
      double behind = recent.read().battery() - (50 - (int) now[0] / 100) / 100.0;
      assertTrue("at most a second old", behind >= 0 && behind < 0.11);
    }
    assertEquals("of 91 frames in three seconds", 3, asked[0]);
  }

  @Test
  public void aFullBatteryAtItsPlugIsPluggedInThoughItDoesNotCharge() {
    battery.setIsCharging(false);
    assertNull("no broadcast says so", device.read().plugged());
    for (int source : new int[] {BatteryManager.BATTERY_PLUGGED_AC, BatteryManager.BATTERY_PLUGGED_USB, 0}) {
      sticky(new Intent(Intent.ACTION_BATTERY_CHANGED).putExtra(BatteryManager.EXTRA_PLUGGED, source));
      assertEquals(source != 0, device.read().plugged());
      assertEquals(false, device.read().charging());
    }
  }

  @Test
  public void theGovernorSeesWhatThePhoneSaysAndNothingElse() {
    DeviceReading reading = new DeviceReading(0.5, false, false, true, true, 3, 0.7, 40.0, 4.0, 9L);
    assertEquals(0.5, reading.reading().battery(), 0);
    assertEquals(3, (int) reading.reading().thermalStatus());
    assertEquals(0.7, reading.reading().thermalHeadroom(), 0);
    assertNull("that is for a person to say", reading.reading().manual());
  }

  @SuppressWarnings("deprecation")
  private void sticky(Intent intent) {
    context.sendStickyBroadcast(intent);
  }
}
