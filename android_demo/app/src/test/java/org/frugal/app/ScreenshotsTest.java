package org.frugal.app;

import static org.junit.Assert.assertTrue;

import android.graphics.Bitmap;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;

/** Draws every screen, light and dark, with answers of the real library. */
@RunWith(RobolectricTestRunner.class)
public class ScreenshotsTest {
  @Test
  public void live() throws Exception {
    drawLive("live");
  }

  @Test
  @Config(qualifiers = "+night")
  public void liveDark() throws Exception {
    drawLive("live_dark");
  }

  private static void drawLive(String name) throws Exception {
    try (OnScreen screen = new OnScreen()) {
      // The first run of a fresh JVM is no run to show.
      for (int i = 0; i < 6; i++) {
        screen.click(R.id.next);
      }
      Bitmap drawn = screen.screenshot(name);
      assertTrue(screen.ink(drawn, R.id.answer) > 100);
      assertTrue(screen.ink(drawn, R.id.path) > 5000);
      assertTrue(screen.ink(drawn, R.id.share_words) > 500);
    }
  }
}
