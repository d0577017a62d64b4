package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.util.List;
import org.frugal.Box;
import org.frugal.app.Numbers;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.budget.BudgetSettings;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** A bundle that answers boxes: it passes its self-test, and Live lists them. */
@RunWith(RobolectricTestRunner.class)
public class BoxesOnScreenTest {
  private static LiveState.Answer answer() {
    return OnScreen.app().live().state().get().answer();
  }

  /** The bundle of boxes in use, and the Live screen in front. */
  private static OnScreen screen(ZipBundles bundle) throws IOException {
    OnScreen screen = OnScreen.at(R.id.tab_bundles);
    screen.pick(R.id.add, bundle.bytes());
    assertEquals("hand_made", OnScreen.app().bundles().state().get().chosen());
    return screen;
  }

  /** Without the output that is one of labels. */
  private static ZipBundles onlyBoxes() throws IOException {
    return new ZipBundles("boxes").withoutGoldens().withManifest(text -> {
      JsonObject manifest = Json.parse(text).asObject();
      manifest.get("outputs").asObject().remove("label");
      manifest.get("programs").asObject().get("main").asArray().get(4).asObject().get("gives").asObject()
          .remove("label");
      return manifest.toString();
    });
  }

  @Test
  public void itPassesItsSelfTestAndIsListed() throws IOException {
    try (OnScreen screen = screen(new ZipBundles("boxes"))) {
      assertEquals("✓ Self-test passed: 48 of 48 on this device",
          OnScreen.text(screen.bundle("hand_made"), R.id.badge));
      String summary = OnScreen.text(screen.bundle("hand_made"), R.id.summary);
      assertTrue(summary, summary.startsWith("3 parts, 3 classes, pictures of 6 × 6, "));
    }
  }

  @Test
  public void boxesAreListedBelowTheLabel() throws IOException {
    try (OnScreen screen = screen(new ZipBundles("boxes"))) {
      screen.click(R.id.tab_live);
      List<Box> boxes = answer().boxes();
      assertEquals(answer().name(), screen.text(R.id.answer));
      String[] lines = screen.text(R.id.boxes).split("\n");
      assertEquals(boxes.size(), lines.length);
      Box first = boxes.get(0);
      assertEquals(
          first.name() + ", score " + Numbers.threeDigits(first.score()) + ": from "
              + Numbers.percent(first.corners().top()) + " to " + Numbers.percent(first.corners().bottom()) + " down, "
              + Numbers.percent(first.corners().left()) + " to " + Numbers.percent(first.corners().right())
              + " across",
          lines[0]);
      assertFalse(screen.shows(R.id.rows_left_out));
      assertTrue(screen.find(R.id.path).getContentDescription().toString().contains("look"));
    }
  }

  @Test
  public void anAllowanceThatEndsTheRowsIsSaid() throws IOException {
    try (OnScreen screen = screen(new ZipBundles("boxes"))) {
      screen.click(R.id.tab_live);
      // Of 141 multiply-adds 24, 9 and 24 go elsewhere, and a row costs 28.
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.withMacsShare(90 / 141.0));
      OnScreen.settle();
      assertTrue(screen.shows(R.id.rows_left_out));
      assertEquals(1, answer().boxes().size());
      OnScreen.app().budget().set(BudgetSettings.DEFAULT);
      OnScreen.settle();
      assertFalse(screen.shows(R.id.rows_left_out));
    }
  }

  @Test
  public void whereThereIsNoLabelTheBoxesAreCounted() throws IOException {
    try (OnScreen screen = screen(onlyBoxes())) {
      String summary = OnScreen.text(screen.bundle("hand_made"), R.id.summary);
      assertTrue("those of the boxes", summary.startsWith("3 parts, 2 classes, pictures of 6 × 6, "));
      screen.click(R.id.tab_live);
      OnScreen.app().live().ask(new LiveState.Shown(new int[36], 6, 6));
      OnScreen.settle();
      assertFalse(screen.text(R.id.problem), screen.shows(R.id.problem));
      assertNull(answer().name());
      int count = answer().boxes().size();
      assertEquals(count == 1 ? "1 box" : count + " boxes", screen.text(R.id.answer));
      assertEquals("", screen.text(R.id.probability));
      assertEquals(count > 0, screen.shows(R.id.boxes));
    }
  }
}
