package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import android.graphics.Bitmap;
import android.view.View;
import android.widget.RadioGroup;
import android.widget.ScrollView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** The page of every network that tests/tools/test_pictures_to_phone.py has brought from pictures to a bundle. */
@RunWith(RobolectricTestRunner.class)
public class OwnNetworksTest {
  @Test
  public void eachHasAPageAndAnswers() throws IOException {
    List<Path> files = files();
    assumeTrue("`make test` makes them", !files.isEmpty());
    for (Path file : files) {
      try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
        Manifest manifest = Bundle.load(file).manifest();
        screen.pick(R.id.add, Files.readAllBytes(file));
        checkPage(screen, manifest);
        screen.assertWorks();
        String answer = screen.text(R.id.answer);
        assertTrue(answer, manifest.labels().stream().anyMatch(answer::contains));
      }
    }
  }

  private static void checkPage(OnScreen screen, Manifest manifest) throws IOException {
    assertEquals("it is in use", manifest.name(), OnScreen.app().bundles().state().get().chosen());
    View item = screen.bundle(manifest.name());
    String badge = OnScreen.text(item, R.id.badge);
    assertTrue(badge, badge.matches("✓ Self-test passed: (\\d+) of \\1 on this device"));
    List<Integer> shape = manifest.image().shape();
    String summary = OnScreen.text(item, R.id.summary);
    String expected = "%d parts, 10 classes, pictures of %d × %d, ";
    assertTrue(summary, summary.startsWith(expected.formatted(manifest.parts().size(), shape.get(1), shape.get(2))));
    assertTrue("its exits are kept", manifest.parts().size() > 2);
    int points = manifest.operatingPoints().size();
    assertEquals(points, screen.<RadioGroup>find(R.id.points).getChildCount());
    assertTrue(screen.words(R.id.card).contains("Bilder für Jörg"));
    screen.<ScrollView>find(R.id.page).scrollTo(0, screen.find(R.id.details).getTop());
    OnScreen.settle();
    Bitmap drawn = screen.screenshot("own_" + manifest.name());
    assertTrue(screen.ink(drawn, R.id.curve) > 1000);
  }

  private static List<Path> files() throws IOException {
    Path folder = Path.of(System.getProperty("frugal.own"));
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".zip")).sorted().collect(Collectors.toList());
    }
  }
}
