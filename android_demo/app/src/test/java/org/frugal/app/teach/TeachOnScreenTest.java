package org.frugal.app.teach;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.content.Intent;
import android.view.View;
import android.widget.EditText;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.live.LiveState;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.shadows.ShadowActivity;

/** A few pictures and a name, and the bundle in use knows a class more; classes are renamed, deleted, shared. */
@RunWith(RobolectricTestRunner.class)
public class TeachOnScreenTest {
  private static String answered(int level) {
    OnScreen.app().live().choose(LiveState.Source.GALLERY);
    OnScreen.app().live().ask(Taught.grey(level, 2, 2));
    OnScreen.settle();
    return OnScreen.app().live().state().get().answer().name();
  }

  private static void learn(OnScreen screen, String name) {
    Taught.name(screen, name);
    screen.click(R.id.teach_gallery);
    for (int i = 0; i < 3; i++) {
      screen.pick(R.id.teach_pick, Taught.png(Taught.grey(250, 2, 2)));
    }
    screen.click(R.id.learn);
  }

  @Test
  public void whatIsLackingIsSaidUntilItCanBeLearned() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      assertEquals("Teach: hand_made", screen.text(R.id.teach_title));
      assertEquals("3 pictures more are needed.", screen.text(R.id.lack));
      screen.click(R.id.teach_gallery);
      for (String lack : List.of("2 pictures more are needed.", "1 picture more is needed.", "It needs a name.")) {
        assertFalse(screen.find(R.id.learn).isEnabled());
        screen.pick(R.id.teach_pick, Taught.png(Taught.grey(250, 2, 2)));
        assertEquals(lack, screen.text(R.id.lack));
      }
      Taught.name(screen, "first");
      assertTrue(screen.text(R.id.lack), screen.text(R.id.lack).startsWith("There is a class of that name."));
      assertFalse(screen.find(R.id.learn).isEnabled());
      Taught.name(screen, "white");
      assertEquals("Ready to learn. More pictures, up to ten, help.", screen.text(R.id.lack));
      assertTrue(screen.find(R.id.learn).isEnabled());
    }
  }

  @Test
  public void aClassIsLearnedAndLiveKnowsItAtOnce() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      String before = answered(250);
      assertFalse(before.equals("white"));
      learn(screen, " white ");
      assertEquals("Learned: white, from 3 pictures. Live knows it now.", screen.text(R.id.teach_done_words));
      assertEquals("3 of 5 places taken", screen.text(R.id.classes_words));
      assertEquals("the picture on Live is asked about again", "white",
          OnScreen.app().live().state().get().answer().name());
      assertTrue("the draft is done with", Taught.state().draft().examples().isEmpty());
      assertEquals("", screen.text(R.id.teach_name));
      screen.click(R.id.teach_to_live);
      assertEquals("white", screen.text(R.id.answer));
    }
  }

  @Test
  public void aClassIsRenamedAndDeleted() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      learn(screen, "white");
      assertEquals("white", answered(250));
      Taught.press(screen, "white", R.id.class_rename);
      View item = Taught.item(screen, "white");
      item.<EditText>findViewById(R.id.class_new_name).setText("weiß");
      Taught.press(screen, "white", R.id.class_save);
      assertEquals("It is called weiß now.", screen.text(R.id.teach_done_words));
      assertEquals("weiß", answered(250));
      Taught.press(screen, "weiß", R.id.class_delete);
      assertTrue(screen.words(R.id.class_items).contains("Delete this class?"));
      Taught.press(screen, "weiß", R.id.class_keep);
      assertEquals(List.of("first", "second", "weiß"), Taught.state().labels());
      Taught.press(screen, "weiß", R.id.class_delete);
      Taught.press(screen, "weiß", R.id.class_really);
      assertEquals(List.of("first", "second"), Taught.state().labels());
      assertFalse(answered(250).equals("weiß"));
    }
  }

  @Test
  public void aNameThatIsThereIsRefusedInASentence() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      Taught.press(screen, "first", R.id.class_rename);
      Taught.item(screen, "first").<EditText>findViewById(R.id.class_new_name).setText("second");
      Taught.press(screen, "first", R.id.class_save);
      assertTrue(screen.text(R.id.teach_problem), screen.text(R.id.teach_problem)
          .contains("expected a new label, received 'second', which is there"));
      assertEquals(List.of("first", "second"), Taught.state().labels());
      assertEquals("what was typed is still there", "second",
          OnScreen.text(Taught.item(screen, "first"), R.id.class_new_name));
    }
  }

  @Test
  public void classesGoToAnotherDeviceAndBack() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      learn(screen, "white");
      byte[] file = Taught.exported(screen);
      String head = new String(file, StandardCharsets.UTF_8).split("\n")[0];
      assertTrue(head, head.contains("\"labels\": [\"first\",\"second\",\"white\"]")
          || head.contains("\"labels\": [\"first\", \"second\", \"white\"]"));
      assertEquals("The classes are in the file.", screen.text(R.id.teach_done_words));
      screen.click(R.id.classes_reset);
      assertEquals(List.of("first", "second"), Taught.state().labels());
      screen.pick(R.id.classes_import, file);
      assertEquals("The classes of the file are in use.", screen.text(R.id.teach_done_words));
      assertEquals(List.of("first", "second", "white"), Taught.state().labels());
      assertEquals("white", answered(250));
    }
  }

  @Test
  public void aFileOfAnotherBundleOrNoneIsRefusedAndNothingIsLost() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      learn(screen, "white");
      byte[] file = Taught.exported(screen);
      String other = new String(file, StandardCharsets.ISO_8859_1).replaceFirst("[0-9a-f]{64}", "0".repeat(64));
      screen.pick(R.id.classes_import, other.getBytes(StandardCharsets.ISO_8859_1));
      assertTrue(screen.text(R.id.teach_problem), screen.text(R.id.teach_problem).endsWith(": teach it anew"));
      screen.pick(R.id.classes_import, new byte[] {1, 2, 3});
      assertEquals("table classes: expected a file of saved rows, received another one: the file",
          screen.text(R.id.teach_problem));
      assertEquals(List.of("first", "second", "white"), Taught.state().labels());
      assertEquals("white", answered(250));
    }
  }

  @Test
  public void aTableThatIsFullSaysSo() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      for (String name : List.of("a", "b", "c")) {
        learn(screen, name);
      }
      assertEquals("All places are taken: 5 classes. Delete one to teach another.", screen.text(R.id.lack));
    }
  }

  @Test
  public void noMoreThanTenPicturesAreTaken() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      Taught.name(screen, "grey");
      Taught.pictures(screen, 0, 25, 50, 75, 100, 125, 150, 175, 200, 225);
      assertFalse(screen.find(R.id.teach_pick).isEnabled());
      assertEquals("Ready to learn, from as many pictures as there can be.", screen.text(R.id.lack));
      OnScreen.app().teach().add(Taught.grey(1, 2, 2));
      OnScreen.settle();
      assertEquals(10, Taught.state().draft().examples().size());
    }
  }

  @Test
  public void whatCannotBeTaughtSaysSo() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_teach)) {
      assertTrue(screen.text(R.id.teach_none_words), screen.text(R.id.teach_none_words)
          .contains("cannot be taught by pictures"));
      assertFalse(screen.shows(R.id.learn));
      screen.click(R.id.teach_to_bundles);
      assertTrue(screen.shows(R.id.add));
    }
  }

  @Test
  public void aPictureOutOfTheListIsRemoved() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      Taught.pictures(screen, 0, 100, 200);
      OnScreen.app().teach().select(1);
      OnScreen.settle();
      assertEquals("Picture 2 of 3", screen.find(R.id.box_pad).getContentDescription().toString());
      screen.click(R.id.remove_picture);
      assertEquals(2, Taught.state().draft().examples().size());
      assertEquals(0xFFC8C8C8, Taught.state().draft().examples().get(1).shown().argb()[0]);
      assertNull(Taught.state().looked());
    }
  }

  @Test
  public void drawingsAreLearnedToo() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      screen.click(R.id.teach_pad);
      assertFalse("nothing is drawn", screen.find(R.id.add_drawing).isEnabled());
      View pad = screen.find(R.id.teach_drawing);
      OnScreen.touch(pad, new float[] {9, 9}, new float[] {pad.getWidth() - 9, pad.getHeight() - 9});
      screen.click(R.id.add_drawing);
      assertEquals(1, Taught.state().draft().examples().size());
      assertTrue("the pad is empty again", OnScreen.app().teach().ink().isEmpty());
    }
  }

  @Test
  public void aNewDocumentIsAskedForByAName() throws Exception {
    try (OnScreen screen = Taught.screen("prototypes")) {
      screen.click(R.id.classes_export);
      ShadowActivity shadow = Shadows.shadowOf(screen.activity());
      Intent asked = shadow.getNextStartedActivityForResult().intent;
      assertEquals(Intent.ACTION_CREATE_DOCUMENT, asked.getAction());
      assertEquals("hand_made.classes.rows", asked.getStringExtra(Intent.EXTRA_TITLE));
      assertEquals(0, RuntimeEnvironment.getApplication().getExternalFilesDir(null).list().length);
    }
  }
}
