package org.frugal.app.budget;

import android.content.Context;
import android.content.Intent;
import android.content.IntentFilter;
import android.os.BatteryManager;
import android.os.Build;
import android.os.PowerManager;
import android.os.SystemClock;
import java.util.function.IntToDoubleFunction;

/** Android's own gauges, each of which a phone may lack. Any thread. */
public final class AndroidDevice implements Device {
  /** Android answers NaN when it is asked for the headroom more than once a second. */
  private static final long HEADROOM_MILLIS = 1100;
  /** The forecast that is asked for: heat is to be met before the phone throttles. */
  private static final int AHEAD_SECONDS = 10;

  private final Context context;
  private final IntToDoubleFunction forecast;
  private final SeldomGauge<Double> headroom = new SeldomGauge<>(HEADROOM_MILLIS);

  public AndroidDevice(Context context) {
    this(context, seconds -> context.getSystemService(PowerManager.class).getThermalHeadroom(seconds));
  }

  /**
   * @param forecast seconds ahead to the share of the headroom used by then, or NaN; not asked where Android has none
   */
  AndroidDevice(Context context, IntToDoubleFunction forecast) {
    this.context = context.getApplicationContext();
    this.forecast = forecast;
  }

  @Override
  public DeviceReading read() {
    BatteryManager battery = context.getSystemService(BatteryManager.class);
    PowerManager power = context.getSystemService(PowerManager.class);
    Intent sticky = context.registerReceiver(null, new IntentFilter(Intent.ACTION_BATTERY_CHANGED));
    return new DeviceReading(
        level(battery, sticky), battery.isCharging(), plugged(sticky), power.isPowerSaveMode(), power.isInteractive(),
        thermalStatus(power), headroom(), scaled(sticky, BatteryManager.EXTRA_TEMPERATURE, 10),
        scaled(sticky, BatteryManager.EXTRA_VOLTAGE, 1000), chargeCounter(battery));
  }

  /** A full battery, or one held at 80 %, does not charge, and all the same the phone runs from its plug. */
  private static Boolean plugged(Intent sticky) {
    int source = sticky == null ? -1 : sticky.getIntExtra(BatteryManager.EXTRA_PLUGGED, -1);
    return source < 0 ? null : (Boolean) (source != 0);
  }

  /** The gauge's own percentage; a phone without one answers MIN_VALUE, or 0 before Android 9. */
  private static Double level(BatteryManager battery, Intent sticky) {
    int percent = battery.getIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY);
    if (percent > 0 && percent <= 100) {
      return percent / 100.0;
    }
    int level = sticky == null ? -1 : sticky.getIntExtra(BatteryManager.EXTRA_LEVEL, -1);
    int scale = sticky == null ? -1 : sticky.getIntExtra(BatteryManager.EXTRA_SCALE, -1);
    return level >= 0 && scale > 0 ? (double) level / scale : null;
  }

  private static Long chargeCounter(BatteryManager battery) {
    long microampHours = battery.getLongProperty(BatteryManager.BATTERY_PROPERTY_CHARGE_COUNTER);
    // As an int, "unsupported" is Integer.MIN_VALUE; as a long, Long.MIN_VALUE. No charge is negative.
    return microampHours > 0 ? microampHours : null;
  }

  private static Double scaled(Intent sticky, String extra, double unit) {
    int value = sticky == null ? 0 : sticky.getIntExtra(extra, 0);
    return value > 0 ? value / unit : null;
  }

  private static Integer thermalStatus(PowerManager power) {
    return Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q ? power.getCurrentThermalStatus() : null;
  }

  private Double headroom() {
    return Build.VERSION.SDK_INT < Build.VERSION_CODES.R ? null
        : headroom.read(SystemClock.elapsedRealtime(), () -> number(forecast.applyAsDouble(AHEAD_SECONDS)));
  }

  private static Double number(double value) {
    return Double.isNaN(value) ? null : (Double) value;
  }
}
