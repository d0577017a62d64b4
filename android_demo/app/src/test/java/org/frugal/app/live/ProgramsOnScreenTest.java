package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** A bundle of several programs and inputs, whose classes are a table's: the app asks its main program. */
@RunWith(RobolectricTestRunner.class)
public class ProgramsOnScreenTest {
  @Test
  public void itPassesItsSelfTestAndIsListedWithTheClassesThatItComesWith() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("prototypes").bytes());
      assertEquals("✓ Self-test passed: 32 of 32 on this device",
          OnScreen.text(screen.bundle("hand_made"), R.id.badge));
      String summary = OnScreen.text(screen.bundle("hand_made"), R.id.summary);
      assertTrue(summary, summary.startsWith("2 parts, 2 classes, pictures of 2 × 2, "));
    }
  }

  @Test
  public void onlyPicturesOfTheMainProgramAreSamples() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("prototypes").bytes());
      screen.click(R.id.tab_live);
      LiveState.Loaded loaded = OnScreen.app().live().state().get().bundle();
      assertEquals("neither what it was taught with nor a hint", 12, loaded.samples().size());
      Set<String> expected = loaded.samples().stream().map(LiveState.Sample::expected).collect(Collectors.toSet());
      assertEquals(Set.of("first", "second"), expected);
    }
  }

  @Test
  public void aMainProgramThatReadsNoPictureIsRefused() throws IOException {
    ZipBundles blind = new ZipBundles("prototypes").withoutGoldens().withManifest(text -> {
      JsonObject manifest = Json.parse(text).asObject();
      JsonObject programs = manifest.get("programs").asObject();
      programs.set("embed", programs.get("main")).set("main", programs.get("point"));
      return manifest.toString();
    });
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, blind.bytes());
      assertTrue(OnScreen.app().bundles().state().get().items().stream().anyMatch(item -> item.refusal() != null
          && item.refusal().contains("expected one that takes a picture and answers with a label or boxes")));
    }
  }
}
