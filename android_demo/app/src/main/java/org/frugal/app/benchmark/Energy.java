package org.frugal.app.benchmark;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.List;
import java.util.Locale;
import org.frugal.app.budget.DeviceReading;

/**
 * Energy of an answer by the battery's charge counter: what was drawn under load less what was drawn idle.
 *
 * @param microjoules of one answer, or null
 * @param low the least that the readings allow, or null
 * @param high the most that they allow, or null
 * @param why there is no number, or null
 */
public record Energy(Double microjoules, Double low, Double high, Unknown why) {
  /** Why a phone cannot tell. */
  public enum Unknown {
    NO_COUNTER,
    NO_VOLTAGE,
    PLUGGED,
    /** The screen went dark or was lit meanwhile: it draws more than the network. */
    SCREEN_CHANGED,
    /** The counter moves in steps too large for so short a time. */
    COUNTER_STOOD_STILL,
    /** The counter or the voltage says what no phone draws; some makers count in other units. */
    NOT_BELIEVABLE,
    /** What the load drew cannot be told from what the rest of the phone drew. */
    WITHIN_NOISE
  }

  /**
   * One stretch of time.
   *
   * @param start the gauges before it
   * @param end the gauges after it
   * @param answers given in it; 0 of an idle one
   */
  record Block(DeviceReading start, DeviceReading end, double seconds, long answers) {
    /** Mean power in watts. */
    double watts() {
      return drop() * COULOMBS_PER_MICROAMP_HOUR * volts() / seconds;
    }

    /** In microampere hours. */
    private long drop() {
      return start.microampHours() - end.microampHours();
    }

    private double volts() {
      return (start.volts() + end.volts()) / 2;
    }

    /** By how much the power may be off since the counter moves in steps. */
    private double wattsOff(long step) {
      return step * COULOMBS_PER_MICROAMP_HOUR * volts() / seconds;
    }
  }

  private static final double COULOMBS_PER_MICROAMP_HOUR = 3.6e-3;
  /** A counter that has moved by fewer steps says too little of a block. */
  private static final int LEAST_STEPS = 4;
  /** What a phone with a lit screen can draw: beyond it the gauge counts in another unit, or not at all. */
  private static final double LEAST_WATTS = 0.05;
  private static final double MOST_WATTS = 30;
  /** One lithium cell, or two in a row. */
  private static final double LEAST_VOLTS = 2.5;
  private static final double MOST_VOLTS = 10;

  /** Whether a phone can be measured now; null if it can. */
  static Unknown obstacle(DeviceReading reading) {
    if (reading.microampHours() == null) {
      return Unknown.NO_COUNTER;
    }
    if (reading.volts() == null) {
      return Unknown.NO_VOLTAGE;
    }
    if (!Boolean.FALSE.equals(reading.plugged())) {
      return Unknown.PLUGGED;
    }
    boolean sane = reading.volts() >= LEAST_VOLTS && reading.volts() <= MOST_VOLTS;
    return sane ? null : Unknown.NOT_BELIEVABLE;
  }

  /**
   * The bounds are no confidence interval: they hold the spread of the blocks of a kind, and one step of the counter a
   * block.
   *
   * @param blocks load, idle, idle, load: what drifts evenly, such as the battery's own heat, falls out of the means
   * @param step the smallest step that the counter was seen to move by, in microampere hours; 0 if it did not move
   */
  static Energy of(List<Block> blocks, long step) {
    Unknown why = doubt(blocks, step);
    if (why != null) {
      return unknown(why);
    }
    Block first = blocks.get(0);
    Block last = blocks.get(3);
    double own = (first.watts() + last.watts() - blocks.get(1).watts() - blocks.get(2).watts()) / 2;
    double off = Math.abs(first.watts() - last.watts()) / 2
        + Math.abs(blocks.get(1).watts() - blocks.get(2).watts()) / 2
        + first.wattsOff(step) + blocks.get(1).wattsOff(step);
    double microseconds = 1e6 * (first.seconds() + last.seconds()) / (first.answers() + last.answers());
    return own - off > 0
        ? new Energy(own * microseconds, (own - off) * microseconds, (own + off) * microseconds, null)
        : unknown(Unknown.WITHIN_NOISE);
  }

  static Energy unknown(Unknown why) {
    return new Energy(null, null, null, why);
  }

  private static Unknown doubt(List<Block> blocks, long step) {
    Boolean lit = blocks.get(0).start().screenOn();
    for (Block block : blocks) {
      for (DeviceReading reading : new DeviceReading[] {block.start(), block.end()}) {
        if (obstacle(reading) != null) {
          return obstacle(reading);
        }
        if (!java.util.Objects.equals(lit, reading.screenOn())) {
          return Unknown.SCREEN_CHANGED;
        }
      }
    }
    boolean stoodStill = step == 0 || blocks.get(0).drop() == 0 || blocks.get(3).drop() == 0;
    if (stoodStill) {
      return Unknown.COUNTER_STOOD_STILL;
    }
    if (blocks.stream().anyMatch(block -> block.drop() < 0 || block.watts() > MOST_WATTS)
        || blocks.get(0).watts() < LEAST_WATTS) {
      return Unknown.NOT_BELIEVABLE;
    }
    boolean coarse = Math.min(blocks.get(0).drop(), blocks.get(3).drop()) < LEAST_STEPS * step;
    return coarse ? Unknown.COUNTER_STOOD_STILL : null;
  }

  JsonObject json() {
    return Json.object().add("microjoules_per_answer", orNull(microjoules)).add("low", orNull(low))
        .add("high", orNull(high)).add("order", "load, idle, idle, load")
        .add("unknown", why == null ? Json.NULL : Json.value(why.name().toLowerCase(Locale.ROOT)));
  }

  /** Reads what {@link #json} wrote. */
  static Energy read(JsonObject json) {
    JsonValue number = json.get("microjoules_per_answer");
    return number.isNull() ? unknown(Unknown.valueOf(json.get("unknown").asString().toUpperCase(Locale.ROOT)))
        : new Energy(number.asDouble(), json.get("low").asDouble(), json.get("high").asDouble(), null);
  }

  private static JsonValue orNull(Double value) {
    return value == null ? Json.NULL : Json.value(value);
  }
}
