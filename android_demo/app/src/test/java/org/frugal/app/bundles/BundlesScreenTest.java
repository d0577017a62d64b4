package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.content.Intent;
import android.net.Uri;
import android.view.View;
import android.view.ViewGroup;
import android.widget.RadioGroup;
import android.widget.TextView;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.Shadows;

@RunWith(RobolectricTestRunner.class)
public class BundlesScreenTest {
  private static final Uri FILE = Uri.parse("content://storage/picked.zip");

  @Test
  public void theBundlesOfTheApkPassTheirSelfTest() {
    try (OnScreen screen = bundles()) {
      ViewGroup items = screen.find(R.id.items);
      assertEquals(2, items.getChildCount());
      assertEquals("epnet_max_min_hidden", text(items.getChildAt(0), R.id.name));
      assertEquals("✓ Self-test passed: 24 of 24 on this device", text(items.getChildAt(0), R.id.badge));
      assertEquals("✓ Self-test passed: 30 of 30 on this device", text(items.getChildAt(1), R.id.badge));
      assertEquals(View.GONE, items.getChildAt(0).findViewById(R.id.remove).getVisibility());
    }
  }

  @Test
  public void aPickedBundleIsUsedAndCanBeRemovedWhileItIs() throws IOException {
    try (OnScreen screen = bundles()) {
      pick(screen, new ZipBundles("stages").bytes());
      String name = OnScreen.app().bundles().state().get().chosen();
      assertEquals("hand_made", name);
      assertEquals("hand_made", OnScreen.app().live().state().get().bundle().name());
      ViewGroup items = screen.find(R.id.items);
      View item = items.getChildAt(1);
      assertEquals("hand_made", text(item, R.id.name));
      item.findViewById(R.id.remove).performClick();
      OnScreen.settle();
      assertEquals("epnet_max_min_hidden", OnScreen.app().bundles().state().get().chosen());
      assertEquals("epnet_max_min_hidden", OnScreen.app().live().state().get().bundle().name());
      assertWorks(screen);
    }
  }

  @Test
  public void aBundleOfANewerFormatIsRefused() throws IOException {
    byte[] newer = new ZipBundles("stages").withManifest(text -> text.replace("\"version\": 1", "\"version\": 2")).bytes();
    assertRefused(newer, "manifest.json: version: ");
  }

  @Test
  public void aTruncatedZipIsRefused() throws IOException {
    byte[] whole = new ZipBundles("stages").bytes();
    assertRefused(Arrays.copyOf(whole, whole.length / 2), "The .zip: expected a folder or a .zip, but reading failed: ");
  }

  @Test
  public void aPathOutOfItsFolderIsRefused() throws IOException {
    byte[] outside = new ZipBundles("stages")
        .withManifest(text -> text.replaceFirst("\"file\": \"parts/", "\"file\": \"../parts/")).bytes();
    assertRefused(outside, "manifest.json: parts.");
  }

  @Test
  public void aPartOfAnotherHashIsRefused() throws IOException {
    assertRefused(new ZipBundles("stages").withDamagedPart().bytes(), "parts/");
  }

  @Test
  public void aPartThatCannotBeLoadedIsListedAsRefusedAndNeverChosen() throws IOException {
    try (OnScreen screen = bundles()) {
      pick(screen, new ZipBundles("stages").withoutAModel().bytes());
      View item = screen.<ViewGroup>find(R.id.items).getChildAt(1);
      assertTrue(text(item, R.id.badge), text(item, R.id.badge).startsWith("Refused. parts/"));
      assertEquals(View.GONE, item.findViewById(R.id.use).getVisibility());
      assertEquals("epnet_max_min_hidden", OnScreen.app().bundles().state().get().chosen());
      assertWorks(screen);
    }
  }

  @Test
  public void aFileThatIsGoneIsSaid() {
    try (OnScreen screen = bundles()) {
      pick(screen, new InputStream() {
        @Override
        public int read() throws IOException {
          throw new IOException("the card was taken out");
        }
      });
      assertTrue(screen.text(R.id.message), screen.text(R.id.message).startsWith("Expected a readable file, got: the card was taken out"));
      assertWorks(screen);
    }
  }

  @Test
  public void aTapOnAPointAnswersWithIt() {
    try (OnScreen screen = bundles()) {
      RadioGroup points = screen.find(R.id.points);
      assertEquals(4, points.getChildCount());
      points.getChildAt(3).performClick();
      OnScreen.settle();
      assertEquals("full", OnScreen.app().live().state().get().answer().decision().name());
      assertEquals(1, OnScreen.app().live().state().get().answer().path().spentShare(), 1e-9);
    }
  }

  private static void assertRefused(byte[] zip, String beginning) throws IOException {
    try (OnScreen screen = bundles()) {
      pick(screen, zip);
      assertTrue(screen.text(R.id.message), screen.text(R.id.message).startsWith(beginning));
      assertFalse("one sentence, without a stack trace", screen.text(R.id.message).contains("\n"));
      assertEquals("nothing of it stays", 2, OnScreen.app().bundles().store().names().size());
      assertWorks(screen);
    }
  }

  /** After a refusal everything else goes on. */
  private static void assertWorks(OnScreen screen) {
    screen.click(R.id.tab_live);
    screen.click(R.id.next);
    assertTrue(screen.shows(R.id.answer));
    assertFalse(screen.shows(R.id.problem));
  }

  private static OnScreen bundles() {
    OnScreen screen = new OnScreen();
    screen.click(R.id.tab_bundles);
    return screen;
  }

  private static void pick(OnScreen screen, byte[] content) {
    pick(screen, new ByteArrayInputStream(content));
  }

  private static void pick(OnScreen screen, InputStream content) {
    Shadows.shadowOf(screen.activity().getContentResolver()).registerInputStream(FILE, content);
    screen.click(R.id.add);
    Intent asked = Shadows.shadowOf(screen.activity()).getNextStartedActivityForResult().intent;
    Shadows.shadowOf(screen.activity())
        .receiveResult(asked, android.app.Activity.RESULT_OK, new Intent().setData(FILE));
    OnScreen.settle();
  }

  private static String text(View view, int id) {
    return view.<TextView>findViewById(id).getText().toString();
  }
}
