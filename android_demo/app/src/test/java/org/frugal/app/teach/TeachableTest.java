package org.frugal.app.teach;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.frugal.Event.Corners;
import org.frugal.Picture;
import org.frugal.app.ZipBundles;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** Whether and how a bundle is taught by pictures is known from its manifest. */
@RunWith(RobolectricTestRunner.class)
public class TeachableTest {
  @Rule public TemporaryFolder temporary = new TemporaryFolder();

  private static Manifest golden(String name) {
    return Bundle.load(Path.of(System.getProperty("frugal.repository"), "tests/goldens/bundles", name)).manifest();
  }

  private Teachable changed(String name, Consumer<JsonObject> change) throws IOException {
    byte[] zip = new ZipBundles(name).withoutGoldens().withManifest(text -> {
      JsonObject manifest = Json.parse(text).asObject();
      change.accept(manifest);
      return manifest.toString();
    }).bytes();
    Path file = temporary.newFile().toPath();
    Files.write(file, zip);
    return Teachable.of(Bundle.load(file).manifest());
  }

  private static Draft draft(String name, int examples) {
    Draft draft = Draft.EMPTY.withName(name);
    for (int i = 0; i < examples; i++) {
      draft = draft.with(new Example(new Shown(new int[1], 1, 1), "file" + i, null));
    }
    return draft;
  }

  @Test
  public void onePictureAndABoxOnItAreEnough() {
    Teachable plain = Teachable.of(golden("prototypes"));
    assertEquals(List.of("teach", "classes", "image"), List.of(plain.program(), plain.table(), plain.image()));
    assertFalse(plain.asksBox());
    assertEquals(5, plain.capacity());
    Teachable boxed = Teachable.of(golden("pointed"));
    assertEquals("where", boxed.box());
    assertTrue(boxed.asksBox());
  }

  @Test
  public void whatPicturesTeachNothingIsNotTaught() throws IOException {
    assertNull("no table", Teachable.of(golden("steps")));
    assertNull("numbers are asked for", changed("prototypes", manifest ->
        manifest.get("programs").asObject().remove("teach")));
    assertNull("four numbers that are no box", changed("pointed", manifest ->
        manifest.get("inputs").asObject().set("where", Json.parse("{\"kind\": \"vector\"}"))));
  }

  @Test
  public void aProgramOfAnotherNameDoesAsWell() throws IOException {
    Teachable other = changed("prototypes", manifest -> {
      JsonObject programs = manifest.get("programs").asObject();
      programs.set("zeigen", programs.get("teach")).remove("teach");
    });
    assertEquals("zeigen", other.program());
  }

  @Test
  public void aBoxIsGivenInWhatTheNetworkSees() {
    // Of 300 columns and 200 rows the middle square is seen: columns 50 to 250.
    Shown wide = new Shown(new int[200 * 300], 200, 300);
    Corners box = new Corners(0.25, 100 / 300.0, 0.5, 200 / 300.0);
    Map<String, Object> inputs = Teachable.of(golden("pointed")).inputs(new Example(wide, "", box));
    assertArrayEquals(new float[] {0.25f, 0.25f, 0.5f, 0.75f}, (float[]) inputs.get("where"), 1e-6f);
    assertEquals(300, ((Picture) inputs.get("image")).columns());
    Corners all = new Corners(0, 50 / 300.0, 1, 250 / 300.0);
    float[] rounded = (float[]) Teachable.of(golden("pointed")).inputs(new Example(wide, "", all)).get("where");
    assertArrayEquals("inside, whatever is rounded", new float[] {0, 0, 1, 1}, rounded, 0);
  }

  @Test
  public void whatADraftLacksIsKnownOneThingAfterTheOther() {
    Teachable plain = Teachable.of(golden("prototypes"));
    Teachable boxed = Teachable.of(golden("pointed"));
    assertEquals(Draft.Lack.PICTURES, draft("a", 2).lack(plain, List.of()));
    assertEquals(Draft.Lack.NOTHING, draft("a", 3).lack(plain, List.of("b")));
    assertEquals(Draft.Lack.NAME, draft(" \t", 3).lack(plain, List.of("b")));
    assertEquals("spaces are none of a name's", Draft.Lack.OTHER_NAME, draft(" b ", 3).lack(plain, List.of("b")));
    assertEquals(Draft.Lack.ROOM, draft("a", 3).lack(plain, List.of("1", "2", "3", "4", "5")));
    Draft three = draft("a", 3).withBox(0, new Corners(0, 0, 1, 1)).withBox(2, new Corners(0, 0, 1, 1));
    assertEquals(Draft.Lack.BOX, three.lack(boxed, List.of()));
    assertEquals(1, three.firstWithoutBox());
    assertEquals(Draft.Lack.NOTHING, three.without(1).with(three.examples().get(0)).lack(boxed, List.of()));
  }

  @Test
  public void aLargePictureIsKeptSmallerAndInItsForm() {
    Shown kept = Example.fit(new Shown(new int[1024 * 700], 700, 1024, true));
    assertEquals(List.of(350, 512, true), List.of(kept.rows(), kept.columns(), kept.mirrored()));
    Shown small = new Shown(new int[6], 2, 3);
    assertEquals(small, Example.fit(small));
  }
}
