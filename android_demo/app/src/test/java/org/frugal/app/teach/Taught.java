package org.frugal.app.teach;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.content.Intent;
import android.graphics.Bitmap;
import android.net.Uri;
import android.view.View;
import android.view.ViewGroup;
import android.widget.EditText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.live.LiveState.Shown;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;

/** What a person does on the Teach screen, in a test. */
final class Taught {
  static final Uri DOCUMENT = Uri.parse("content://storage/classes");

  private Taught() {}

  /** The Teach screen, with a golden bundle in use. */
  static OnScreen screen(String golden) throws IOException {
    OnScreen screen = OnScreen.at(R.id.tab_bundles);
    screen.pick(R.id.add, new ZipBundles(golden).bytes());
    assertEquals("hand_made", OnScreen.app().bundles().state().get().chosen());
    screen.click(R.id.tab_teach);
    return screen;
  }

  static TeachState state() {
    return OnScreen.app().teach().state().get();
  }

  static void name(OnScreen screen, String name) {
    screen.<EditText>find(R.id.teach_name).setText(name);
    OnScreen.settle();
  }

  /** Picks pictures of one level of grey each. */
  static void pictures(OnScreen screen, int... levels) {
    screen.click(R.id.teach_gallery);
    for (int level : levels) {
      if (screen.shows(R.id.next_picture)) {
        screen.click(R.id.next_picture);
      }
      screen.pick(R.id.teach_pick, png(grey(level, 40, 60)));
    }
  }

  static Shown grey(int level, int rows, int columns) {
    int[] argb = new int[rows * columns];
    Arrays.fill(argb, 0xFF000000 | level << 16 | level << 8 | level);
    return new Shown(argb, rows, columns);
  }

  static byte[] png(Shown shown) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    assertTrue(Example.bitmap(shown).compress(Bitmap.CompressFormat.PNG, 100, bytes));
    return bytes.toByteArray();
  }

  /** A class's card in the list. */
  static View item(OnScreen screen, String label) {
    ViewGroup items = screen.find(R.id.class_items);
    for (int i = 0; i < items.getChildCount(); i++) {
      if (OnScreen.text(items.getChildAt(i), R.id.class_name).equals(label)) {
        return items.getChildAt(i);
      }
    }
    throw new AssertionError("expected the class " + label + ", received " + screen.words(R.id.class_items));
  }

  static void press(OnScreen screen, String label, int button) {
    View view = item(screen, label).findViewById(button);
    assertTrue(view.isShown());
    view.performClick();
    OnScreen.settle();
  }

  /** Presses export, and gives what is in the document then. */
  static byte[] exported(OnScreen screen) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Shadows.shadowOf(RuntimeEnvironment.getApplication().getContentResolver())
        .registerOutputStream(DOCUMENT, bytes);
    screen.answerPicker(R.id.classes_export, new Intent().setData(DOCUMENT));
    return bytes.toByteArray();
  }
}
