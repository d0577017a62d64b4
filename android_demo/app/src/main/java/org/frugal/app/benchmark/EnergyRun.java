package org.frugal.app.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.frugal.app.budget.Device;
import org.frugal.app.budget.DeviceReading;

/** Measures energy in four blocks: load, idle, idle, load. */
final class EnergyRun {
  /** How often the counter is read meanwhile, alike in each block, to find its steps. */
  private static final double READ_SECONDS = 1;
  private static final long IDLE_MILLIS = 100;

  private final SingleStream stream;
  private final Device device;
  private final LongSupplier clock;
  private long step;

  EnergyRun(SingleStream stream, Device device, LongSupplier clock) {
    this.stream = stream;
    this.device = device;
    this.clock = clock;
  }

  /**
   * A phone that cannot tell is not made to run for minutes to find out.
   *
   * @param seconds of load, and as many idle
   * @param tell is told, often, which of the two it is
   */
  Energy run(SingleStream.Query load, double seconds, java.util.function.Consumer<Progress.Stage> tell) {
    Energy.Unknown obstacle = Energy.obstacle(device.read());
    if (obstacle != null) {
      return Energy.unknown(obstacle);
    }
    SingleStream.Query idle = i -> android.os.SystemClock.sleep(IDLE_MILLIS);
    List<Energy.Block> blocks = new ArrayList<>();
    for (boolean loaded : new boolean[] {true, false, false, true}) {
      Energy.Block block = loaded ? block(load, seconds / 2, true, () -> tell.accept(Progress.Stage.ENERGY))
          : block(idle, seconds / 2, false, () -> tell.accept(Progress.Stage.IDLE));
      blocks.add(block);
      if (Energy.obstacle(block.end()) != null) {
        return Energy.unknown(Energy.obstacle(block.end()));
      }
    }
    return Energy.of(blocks, step);
  }

  private Energy.Block block(SingleStream.Query query, double seconds, boolean counts, Runnable tell) {
    DeviceReading start = device.read();
    long began = clock.getAsLong();
    DeviceReading[] last = {start};
    double[] readAt = {0};
    int queries = stream.run(query, 1, seconds, elapsed -> {
      tell.run();
      if (elapsed - readAt[0] >= READ_SECONDS) {
        readAt[0] = elapsed;
        DeviceReading now = device.read();
        see(last[0], now);
        last[0] = now;
      }
    }).length;
    double took = (clock.getAsLong() - began) / 1e9;
    DeviceReading end = device.read();
    see(last[0], end);
    return new Energy.Block(start, end, took, counts ? queries : 0);
  }

  private void see(DeviceReading before, DeviceReading now) {
    if (before.microampHours() != null && now.microampHours() != null) {
      long moved = Math.abs(before.microampHours() - now.microampHours());
      step = moved > 0 && (step == 0 || moved < step) ? moved : step;
    }
  }
}
