package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.ParameterizedRobolectricTestRunner;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameter;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameters;

/** Files that are no bundle for this app: it shows the sentence, keeps nothing of the file, and goes on working. */
@RunWith(ParameterizedRobolectricTestRunner.class)
public class RefusedBundlesTest {
  /** What a person may pick; made in the test, as a test's class is loaded more than once. */
  private enum Picked {
    OF_A_NEWER_FORMAT("manifest.json: version: ",
        () -> stages().withManifest(text -> text.replace("\"version\": 2", "\"version\": 3")).bytes()),
    TRUNCATED("The .zip: expected a folder or a .zip, but reading failed: ",
        () -> Arrays.copyOf(stages().bytes(), stages().bytes().length / 2)),
    WITH_A_PATH_OUT_OF_ITS_FOLDER("manifest.json: parts.",
        () -> stages().withManifest(text -> text.replaceFirst("\"file\": \"parts/", "\"file\": \"../parts/")).bytes()),
    WITH_AN_ABSOLUTE_PATH("manifest.json: parts.",
        () -> stages().withManifest(text -> text.replaceFirst("\"file\": \"parts/", "\"file\": \"/parts/")).bytes()),
    WITH_ANOTHER_HASH("parts/", () -> stages().withDamagedPart().bytes()),
    WITHOUT_A_PART("parts/stage_3.tflite: parts.stage_3", () -> stages().without("parts/stage_3.tflite").bytes()),
    WITHOUT_A_MANIFEST("manifest.json: expected a file, received none",
        () -> stages().without("manifest.json").bytes()),
    WITH_A_MANIFEST_THAT_IS_NO_JSON("manifest.json: ",
        () -> stages().with("manifest.json", "frugal: 1".getBytes(StandardCharsets.UTF_8)).bytes()),
    EMPTY("The .zip: expected a folder or a .zip, but reading failed: ", () -> new byte[0]);

    final String beginning;
    final Callable<byte[]> content;

    Picked(String beginning, Callable<byte[]> content) {
      this.beginning = beginning;
      this.content = content;
    }

    static ZipBundles stages() throws IOException {
      return new ZipBundles("stages");
    }
  }

  @Parameter public String picked;

  @Parameters(name = "{0}")
  public static List<Object[]> picked() {
    return Arrays.stream(Picked.values()).map(each -> new Object[] {each.name()}).toList();
  }

  @Test
  public void itIsRefusedInASentenceAndEverythingElseGoesOn() throws Exception {
    Picked file = Picked.valueOf(picked);
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.tab_bundles);
      List<String> before = OnScreen.app().bundles().store().names();
      screen.pick(R.id.add, file.content.call());
      assertTrue(screen.shows(R.id.message));
      assertTrue(screen.text(R.id.message), screen.text(R.id.message).startsWith(file.beginning));
      assertFalse("one sentence, without a stack trace", screen.text(R.id.message).contains("\n"));
      assertFalse("of no use to a person", screen.text(R.id.message).contains("incoming"));
      assertEquals("nothing of it stays", before, OnScreen.app().bundles().store().names());
      assertFalse("it is not being checked any more", screen.shows(R.id.checking));
      screen.assertWorks();
      screen.click(R.id.tab_bundles);
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      assertFalse("a good one takes the sentence away", screen.shows(R.id.message));
      assertEquals("hand_made", OnScreen.app().bundles().state().get().chosen());
    }
  }
}
