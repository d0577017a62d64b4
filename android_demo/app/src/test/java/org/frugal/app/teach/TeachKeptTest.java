package org.frugal.app.teach;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertTrue;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;
import android.widget.TextView;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.frugal.Event.Corners;
import org.frugal.app.AppModel;
import org.frugal.app.MainActivity;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.shadows.ShadowLooper;

/** Nothing of a lesson is lost: turned, ended by the system, on a full device, after a damaged file. */
@RunWith(RobolectricTestRunner.class)
public class TeachKeptTest {
  private static final Corners BOX = new Corners(0.1, 0.3, 0.6, 0.7);

  private ActivityController<MainActivity> window;

  private static Path files(String name) {
    return RuntimeEnvironment.getApplication().getFilesDir().toPath().resolve(name);
  }

  private static List<String> in(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void open(String golden) throws IOException {
    window = Robolectric.buildActivity(MainActivity.class).setup();
    OnScreen.settle();
    byte[] zip = new ZipBundles(golden).bytes();
    OnScreen.app().bundles().add(() -> new ByteArrayInputStream(zip));
    OnScreen.settle();
    ShadowLooper.idleMainLooper(2, TimeUnit.SECONDS);
    window.get().choose(R.id.tab_teach);
    OnScreen.settle();
  }

  /** A name, two pictures and a box on the second. */
  private static void begin() {
    TeachModel model = OnScreen.app().teach();
    model.setName("two");
    model.choose(TeachState.Source.GALLERY);
    model.add(Taught.grey(10, 40, 60));
    model.add(Taught.grey(200, 40, 60));
    OnScreen.settle();
    model.setBox(1, BOX);
    model.select(1);
    OnScreen.settle();
  }

  private static void assertBegun() {
    TeachState now = Taught.state();
    assertEquals("two", now.draft().name());
    assertEquals(2, now.draft().examples().size());
    assertEquals(0xFF0A0A0A, now.draft().examples().get(0).shown().argb()[0]);
    assertEquals(BOX, now.draft().examples().get(1).box());
    assertEquals(TeachState.Source.GALLERY, now.source());
    assertEquals(1, now.selected());
  }

  private void die() {
    AppModel before = OnScreen.app();
    Bundle saved = new Bundle();
    window.pause().stop().saveInstanceState(saved).destroy();
    OnScreen.settle();
    RuntimeEnvironment.getApplication().onTerminate();
    RuntimeEnvironment.getApplication().onCreate();
    assertNotSame(before, OnScreen.app());
    window = Robolectric.buildActivity(MainActivity.class).create(saved);
  }

  private void start() {
    window.start().resume().visible();
    OnScreen.settle();
  }

  @Test
  public void aRotationKeepsTheDraft() throws Exception {
    open("pointed");
    begin();
    window.recreate();
    OnScreen.settle();
    assertBegun();
    assertEquals("two", window.get().<TextView>findViewById(R.id.teach_name).getText().toString());
    assertTrue(window.get().findViewById(R.id.box_pad).isShown());
  }

  @Test
  public void theEndOfTheProcessKeepsTheDraft() throws Exception {
    open("pointed");
    begin();
    OnScreen.app().teach().ink().begin(0.5f, 0.5f);
    die();
    start();
    assertBegun();
    assertFalse(OnScreen.app().teach().ink().isEmpty());
    assertEquals("two", window.get().<TextView>findViewById(R.id.teach_name).getText().toString());
  }

  @Test
  public void whatIsPickedWhileTheProcessIsGoneComesIn() throws Exception {
    open("pointed");
    begin();
    OnScreen.app().teach().setPending(TeachModel.Request.PICTURE);
    byte[] png = Taught.png(Taught.grey(77, 40, 60));
    Shadows.shadowOf(RuntimeEnvironment.getApplication().getContentResolver())
        .registerInputStreamSupplier(OnScreen.FILE, () -> new ByteArrayInputStream(png));
    die();
    window.get().onActivityResult(MainActivity.REQUEST, Activity.RESULT_OK, new Intent().setData(OnScreen.FILE));
    start();
    assertEquals(3, Taught.state().draft().examples().size());
    assertEquals(0xFF4D4D4D, Taught.state().draft().examples().get(2).shown().argb()[0]);
    assertEquals(BOX, Taught.state().draft().examples().get(1).box());
  }

  @Test
  public void aFileOfClassesThatIsPickedWhileTheProcessIsGoneIsNoPicture() throws Exception {
    open("prototypes");
    learn("white");
    Path kept = files("taught").resolve(in(files("taught")).get(0));
    byte[] rows = Files.readAllBytes(kept);
    OnScreen.app().teach().classes().reset();
    OnScreen.settle();
    assertEquals(List.of("first", "second"), Taught.state().labels());
    OnScreen.app().teach().setPending(TeachModel.Request.IMPORT);
    Shadows.shadowOf(RuntimeEnvironment.getApplication().getContentResolver())
        .registerInputStreamSupplier(OnScreen.FILE, () -> new ByteArrayInputStream(rows));
    die();
    window.get().onActivityResult(MainActivity.REQUEST, Activity.RESULT_OK, new Intent().setData(OnScreen.FILE));
    start();
    assertEquals(List.of("first", "second", "white"), Taught.state().labels());
  }

  private static void learn(String name) {
    TeachModel model = OnScreen.app().teach();
    model.setName(name);
    for (int i = 0; i < 3; i++) {
      model.add(Taught.grey(250, 2, 2));
    }
    OnScreen.settle();
    model.learn();
    OnScreen.settle();
  }

  @Test
  public void whatWasLearnedIsKnownToTheNextProcessAndItsPicturesAreGone() throws Exception {
    open("prototypes");
    learn("white");
    assertEquals(1, in(files("taught")).size());
    assertEquals(List.of(), in(files("drafts")));
    die();
    start();
    assertEquals(List.of("first", "second", "white"), Taught.state().labels());
    assertTrue(Taught.state().draft().examples().isEmpty());
  }

  @Test
  public void whereTheRowsCannotBeKeptTheClassIsNotLearnedAndTheDraftStays() throws Exception {
    open("prototypes");
    Files.write(files("taught"), new byte[] {1});
    learn("white");
    assertTrue(Taught.state().problem(), Taught.state().problem().startsWith("Expected a readable file, received: "));
    assertEquals(List.of("first", "second"), Taught.state().labels());
    assertEquals(3, Taught.state().draft().examples().size());
    Files.delete(files("taught"));
    OnScreen.app().teach().learn();
    OnScreen.settle();
    assertEquals("once there is room", List.of("first", "second", "white"), Taught.state().labels());
  }

  @Test
  public void whereNoPictureCanBeKeptItIsSaidAndNoneIsTaken() throws Exception {
    open("prototypes");
    Files.deleteIfExists(files("drafts/hand_made.draft/draft.json"));
    Files.deleteIfExists(files("drafts/hand_made.draft"));
    Files.deleteIfExists(files("drafts"));
    Files.write(files("drafts"), new byte[] {1});
    OnScreen.app().teach().add(Taught.grey(250, 2, 2));
    OnScreen.settle();
    assertTrue(Taught.state().problem(), Taught.state().problem().startsWith("Expected a readable file, received: "));
    assertEquals(0, Taught.state().draft().examples().size());
  }

  @Test
  public void rowsThatWereDamagedAreSaidAndThoseOfTheBundleAreInUse() throws Exception {
    open("prototypes");
    learn("white");
    Path kept = files("taught").resolve(in(files("taught")).get(0));
    Files.write(kept, new byte[] {1, 2, 3});
    die();
    start();
    assertEquals("table classes: expected a file of saved rows, received another one: " + kept.getFileName(),
        Taught.state().problem());
    assertEquals(List.of("first", "second"), Taught.state().labels());
    learn("white");
    assertEquals(List.of("first", "second", "white"), Taught.state().labels());
  }

  @Test
  public void anotherVersionOfABundleKnowsNothingOfIt() throws Exception {
    open("prototypes");
    learn("white");
    byte[] other = new ZipBundles("prototypes").withManifest(text -> text.replace("{\n \"name\"", "{\n\n \"name\"")
        .replaceFirst("\"name\":", "\"title\": \"another\", \"name\":")).bytes();
    OnScreen.app().bundles().add(() -> new ByteArrayInputStream(other));
    OnScreen.settle();
    assertEquals("hand_made-2", Taught.state().bundle());
    assertEquals(List.of("first", "second"), Taught.state().labels());
    OnScreen.app().bundles().choose("hand_made");
    OnScreen.settle();
    assertEquals(List.of("first", "second", "white"), Taught.state().labels());
  }

  @Test
  public void withABundleItsPicturesAreGone() throws Exception {
    open("pointed");
    begin();
    assertEquals(3, in(files("drafts/hand_made.draft")).size());
    OnScreen.app().bundles().remove("hand_made");
    OnScreen.settle();
    assertEquals(List.of(), in(files("drafts")));
  }

  @Test
  public void aLessonThatIsCancelledTeachesNothingAndKeepsTheDraft() throws Exception {
    open("prototypes");
    TeachModel model = OnScreen.app().teach();
    model.setName("white");
    for (int i = 0; i < 3; i++) {
      model.add(Taught.grey(250, 2, 2));
    }
    OnScreen.settle();
    CountDownLatch held = new CountDownLatch(1);
    OnScreen.app().worker().execute(() -> {
      try {
        held.await();
      } catch (InterruptedException error) {
        throw new IllegalStateException(error);
      }
    });
    model.learn();
    assertEquals(new TeachState.Progress(0, 3), Taught.state().learning());
    model.cancel();
    held.countDown();
    OnScreen.settle();
    assertEquals(List.of("first", "second"), Taught.state().labels());
    assertEquals(3, Taught.state().draft().examples().size());
    assertEquals(null, Taught.state().learning());
  }
}
