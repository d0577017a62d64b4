package org.frugal.app.live;

import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.frugal.Picture;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.budget.DeviceReading;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** The chain in use, without a screen. */
@RunWith(RobolectricTestRunner.class)
public class EngineTest {
  private static final Path DIGITS = Path.of(
      System.getProperty("frugal.repository"), "android_demo/app/src/main/assets/bundles/max_min_digits.zip");

  private final Engine engine = new Engine(WorkHints.of(RuntimeEnvironment.getApplication()));

  @Before
  public void open() {
    engine.open("max_min_digits", DIGITS);
  }

  @After
  public void close() {
    engine.close();
  }

  /** A picture that takes many times as long to be fitted as the network takes; a busy machine may disturb one. */
  @Test
  public void theTimeOfAnAnswerBeginsWhenThePictureIsReady() {
    Picture large = Picture.of(new byte[3000 * 4000 * 3], 3000, 4000, 3);
    double most = 0;
    for (int i = 0; i < 7; i++) {
      long begin = System.nanoTime();
      double millis =
          engine.run(large, BudgetSettings.DEFAULT.withPoint("full"), DeviceReading.UNKNOWN, Map.of()).millis();
      most = Math.max(most, (System.nanoTime() - begin) / 1e6 / millis);
    }
    assertTrue("the whole took " + most + " times the answer", most > 3);
  }
}
