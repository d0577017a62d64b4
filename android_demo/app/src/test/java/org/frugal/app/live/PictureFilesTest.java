package org.frugal.app.live;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.net.Uri;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.frugal.app.live.LiveState.Shown;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;

/** A picked file gives the pixels that Python's tools read from it: the cases of tests/goldens/pictures.json. */
@RunWith(RobolectricTestRunner.class)
public class PictureFilesTest {
  private static final Uri FILE = Uri.parse("content://pictures/1");

  @Test
  public void everyFileIsReadAsInPython() throws IOException {
    Path file = Path.of(System.getProperty("frugal.repository"), "tests/goldens/pictures.json");
    int files = 0;
    for (JsonValue each : Json.parse(Files.readString(file)).asArray()) {
      JsonObject one = each.asObject();
      if (one.get("file") == null) {
        continue; // an array is the core's
      }
      files++;
      byte[] content = Base64.getDecoder().decode(one.getString("file", ""));
      String name = one.getString("name", "");
      if (one.get("rgb").isNull()) {
        assertThrows(name, IOException.class, () -> read(content));
      } else {
        check(one, read(content), name);
      }
    }
    assertTrue(files + " files", files > 15);
  }

  private static void check(JsonObject one, Shown shown, String name) {
    JsonArray shape = one.get("shape").asArray();
    assertEquals(name, shape.get(0).asInt(), shown.rows());
    assertEquals(name, shape.get(1).asInt(), shown.columns());
    JsonArray rgb = one.get("rgb").asArray();
    byte[] pixels = Pixels.picture(shown).pixels();
    for (int i = 0; i < pixels.length; i++) {
      assertEquals(name + " at " + i, rgb.get(i).asInt(), pixels[i] & 255, one.getInt("within", 0));
      assertEquals(name, 0xFF, shown.argb()[i / 3] >>> 24);
    }
  }

  @Test
  public void anOrientationThatIsNoneChangesNothing() {
    Shown seen = new Shown(new int[] {1, 2, 3, 4, 5, 6}, 2, 3);
    for (int orientation : new int[] {-1, 0, 1, 9}) {
      Shown shown = GalleryPictures.upright(seen, orientation);
      assertArrayEquals(seen.argb(), shown.argb());
      assertEquals(3, shown.columns());
    }
  }

  private static Shown read(byte[] content) throws IOException {
    Shadows.shadowOf(RuntimeEnvironment.getApplication().getContentResolver())
        .registerInputStreamSupplier(FILE, () -> new ByteArrayInputStream(content));
    return GalleryPictures.read(RuntimeEnvironment.getApplication().getContentResolver(), FILE, "no picture");
  }
}
