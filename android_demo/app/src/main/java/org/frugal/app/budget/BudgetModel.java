package org.frugal.app.budget;

import android.content.SharedPreferences;
import org.frugal.app.Watched;

/** The budget in force, kept over restarts. Main thread only. */
public final class BudgetModel {
  private static final String LATENCY = "latency_ms";
  private static final String MACS = "macs_share";
  private static final String ENERGY = "energy_share";
  private static final String CHOICE = "choice";
  private static final String POINT = "operating_point";
  private static final String FOLLOW = "follow_device";

  private final SharedPreferences kept;
  private final Watched<BudgetSettings> settings;
  private final TracePlayer player;
  private Trace trace;

  public BudgetModel(SharedPreferences kept, TracePlayer player) {
    this.player = player;
    this.kept = kept;
    settings = new Watched<>(new BudgetSettings(
        positive(LATENCY), positive(MACS), positive(ENERGY), choice(), kept.getString(POINT, null),
        kept.getBoolean(FOLLOW, true)));
  }

  public Watched<BudgetSettings> settings() {
    return settings;
  }

  public TracePlayer player() {
    return player;
  }

  /** The trace to play back, or null before one is read; it outlives the screen. */
  public Trace trace() {
    return trace;
  }

  public void setTrace(Trace next) {
    trace = next;
  }

  public void set(BudgetSettings next) {
    kept.edit()
        .putFloat(LATENCY, number(next.latencyMillis()))
        .putFloat(MACS, number(next.macsShare()))
        .putFloat(ENERGY, number(next.energyShare()))
        .putString(CHOICE, next.choice().name())
        .putString(POINT, next.point())
        .putBoolean(FOLLOW, next.followDevice())
        .apply();
    settings.set(next);
  }

  private BudgetSettings.Choice choice() {
    return BudgetSettings.Choice.valueOf(kept.getString(CHOICE, BudgetSettings.Choice.DEFAULT.name()));
  }

  private static float number(Double value) {
    return value == null ? 0 : value.floatValue();
  }

  private Double positive(String key) {
    float value = kept.getFloat(key, 0);
    return value > 0 ? (double) value : null;
  }
}
