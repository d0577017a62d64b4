package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.view.View;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.live.PathDiagram.Block;
import org.frugal.app.live.PathDiagram.State;
import org.frugal.bundle.Step;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** A small network of every family answers in Live, and its way is drawn, whatever its program is made of. */
@RunWith(RobolectricTestRunner.class)
public class FamiliesOnScreenTest {
  private static final String NAME = "tiny-int8";

  private static List<String> families() throws IOException {
    Path folder = Path.of(System.getProperty("frugal.repository"), "tests/goldens/families");
    try (Stream<Path> folders = Files.list(folder)) {
      return folders.map(each -> each.getFileName().toString()).sorted().collect(Collectors.toList());
    }
  }

  @Test
  public void everyFamilyAnswersAndItsWayIsDrawn() throws IOException {
    try (OnScreen screen = new OnScreen()) {
      for (String family : families()) {
        byte[] bundle = new ZipBundles("../families/" + family).bytes();
        OnScreen.app().bundles().add(() -> new ByteArrayInputStream(bundle));
        OnScreen.settle();
        assertEquals(family, NAME, OnScreen.app().bundles().state().get().chosen());
        look(family, screen);
        OnScreen.app().bundles().remove(NAME);
        OnScreen.settle();
      }
    }
  }

  private static void look(String family, OnScreen screen) {
    assertFalse(family + ": " + screen.text(R.id.problem), screen.shows(R.id.problem));
    LiveState now = OnScreen.app().live().state().get();
    List<Block> blocks = now.answer().path().blocks();
    Set<String> parts = new TreeSet<>();
    Step.walk(now.bundle().manifest().main(), step -> {
      if (step instanceof Step.Run run) {
        parts.add(run.part());
      }
    });
    Set<String> drawn = blocks.stream().map(Block::name).collect(Collectors.toCollection(TreeSet::new));
    assertTrue(family + " has " + parts + ", drawn are " + drawn, drawn.containsAll(parts));
    assertTrue(family + ": nothing has run", blocks.stream().anyMatch(block -> block.state() == State.RUN));
    assertTrue(family, screen.shows(R.id.path) && ink(screen.find(R.id.path)) > 500);
  }

  /** Pixels of a view on which anything is drawn. */
  private static int ink(View view) {
    Bitmap bitmap = Bitmap.createBitmap(view.getWidth(), view.getHeight(), Bitmap.Config.ARGB_8888);
    view.draw(new Canvas(bitmap));
    int[] pixels = new int[bitmap.getWidth() * bitmap.getHeight()];
    bitmap.getPixels(pixels, 0, bitmap.getWidth(), 0, 0, bitmap.getWidth(), bitmap.getHeight());
    int ink = 0;
    for (int pixel : pixels) {
      ink += pixel == 0 ? 0 : 1;
    }
    return ink;
  }
}
