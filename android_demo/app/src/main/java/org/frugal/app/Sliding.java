package org.frugal.app;

import android.widget.SeekBar;
import java.util.function.IntConsumer;

/** Tells where a person moves a slider to, and nothing of what the app itself sets it to. */
public final class Sliding implements SeekBar.OnSeekBarChangeListener {
  private final IntConsumer moved;

  public Sliding(IntConsumer moved) {
    this.moved = moved;
  }

  @Override
  public void onProgressChanged(SeekBar bar, int progress, boolean fromUser) {
    if (fromUser) {
      moved.accept(progress);
    }
  }

  @Override
  public void onStartTrackingTouch(SeekBar bar) {}

  @Override
  public void onStopTrackingTouch(SeekBar bar) {}
}
