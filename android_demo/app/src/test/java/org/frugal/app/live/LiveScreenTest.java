package org.frugal.app.live;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.content.ComponentCallbacks2;
import android.view.View;
import android.widget.ProgressBar;
import java.nio.file.Files;
import org.frugal.app.Numbers;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.LiveState.Source;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** Real answers of the real library, through the screen. */
@RunWith(RobolectricTestRunner.class)
public class LiveScreenTest {
  @Test
  public void nearlyEverySampleGetsTheLabelThatIsOnIt() {
    try (OnScreen screen = new OnScreen()) {
      int right = 0;
      int count = OnScreen.app().live().state().get().bundle().samples().size();
      assertEquals(128, count);
      screen.click(R.id.previous); // behind the first comes the last
      for (int i = 0; i < 24; i++) {
        LiveState state = OnScreen.app().live().state().get();
        assertEquals(Math.floorMod(i - 1, count), state.sample());
        assertEquals(state.answer().name(), screen.text(R.id.answer));
        right += state.answer().name().equals(state.bundle().samples().get(state.sample()).expected()) ? 1 : 0;
        screen.click(R.id.next);
      }
      assertTrue("right answers: " + right, right >= 21);
    }
  }

  @Test
  public void thePathIsThatOfTheSelfTest() {
    try (OnScreen screen = new OnScreen()) {
      LiveState.Answer answer = OnScreen.app().live().state().get().answer();
      String words = screen.find(R.id.path).getContentDescription().toString();
      int parts = answer.path().blocks().size();
      assertTrue(words, words.startsWith("Path: " + answer.path().run() + " of " + parts + " parts run, left at "));
      assertTrue(words, words.contains("stage_1 ran, "));
      String share = screen.text(R.id.share_words);
      assertTrue(share, share.matches(
          ".* multiply-adds: [\\d.]+\u00a0% of what the cheapest static network as accurate takes "
              + "\\(the .*\\), [\\d.]+\u00a0% of this one run whole\\."));
      String point = screen.text(R.id.curve_words);
      assertTrue(point, point.contains(" of the cheapest static network as accurate (the "));
      assertTrue(screen.text(R.id.why).contains("Operating point balanced, as chosen."));
    }
  }

  @Test
  public void aFrameIsAnsweredOnlyWhileTheCameraIsChosen() {
    try (OnScreen screen = new OnScreen()) {
      LiveModel model = OnScreen.app().live();
      LiveState.Shown frame = model.state().get().bundle().samples().get(1).shown();
      model.askIfIdle(frame);
      OnScreen.settle();
      assertEquals(model.state().get().bundle().samples().get(0).shown(), model.state().get().shown());
      model.choose(Source.CAMERA);
      model.askIfIdle(frame);
      OnScreen.settle();
      assertEquals(frame, model.state().get().shown());
      assertNotNull(model.state().get().answer());
    }
  }

  @Test
  public void modelsThatWereLetGoAreOpenedAgain() {
    try (OnScreen screen = new OnScreen()) {
      RuntimeEnvironment.getApplication().onTrimMemory(ComponentCallbacks2.TRIM_MEMORY_COMPLETE);
      screen.click(R.id.next);
      assertTrue(screen.shows(R.id.answer));
      assertFalse(screen.shows(R.id.problem));
    }
  }

  @Test
  public void aDrawingIsOfferedForDigitsOnly() throws Exception {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.source_pad);
      screen.click(R.id.tab_bundles);
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      screen.click(R.id.tab_live);
      assertFalse(screen.shows(R.id.source_pad));
      assertTrue("samples take its place", screen.text(R.id.caption).startsWith("Sample 1 of "));
    }
  }

  @Test
  public void anAnswerToAnotherSampleOrSourceIsNotShown() {
    try (OnScreen screen = new OnScreen()) {
      LiveModel model = OnScreen.app().live();
      model.chooseSample(1);
      model.chooseSample(2);
      OnScreen.settle();
      assertEquals(2, model.state().get().sample());
      assertEquals(model.state().get().bundle().samples().get(2).shown(), model.state().get().shown());
      model.chooseSample(3);
      model.choose(Source.PAD);
      OnScreen.settle();
      assertNull(model.state().get().answer());
      assertFalse(screen.shows(R.id.answer));
    }
  }

  @Test
  public void samplesGoRoundBothWays() {
    try (OnScreen screen = new OnScreen()) {
      screen.click(R.id.previous);
      assertTrue(screen.text(R.id.caption).startsWith("Sample 128 of 128"));
      screen.click(R.id.next);
      assertTrue(screen.text(R.id.caption).startsWith("Sample 1 of 128"));
    }
  }

  @Test
  public void anAnswerComesAtEveryLevelOfMemory() {
    try (OnScreen screen = new OnScreen()) {
      for (int level : new int[] {
          ComponentCallbacks2.TRIM_MEMORY_RUNNING_MODERATE, ComponentCallbacks2.TRIM_MEMORY_UI_HIDDEN,
          ComponentCallbacks2.TRIM_MEMORY_RUNNING_CRITICAL, ComponentCallbacks2.TRIM_MEMORY_BACKGROUND}) {
        RuntimeEnvironment.getApplication().onTrimMemory(level);
        screen.click(R.id.next);
        assertTrue("level " + level, screen.shows(R.id.answer));
      }
    }
  }

  @Test
  public void onAWideScreenTheAnswerStandsBesideThePictureAndElseBelow() {
    try (OnScreen phone = new OnScreen()) {
      assertTrue(top(phone, R.id.answer_card) >= top(phone, R.id.picture) + phone.find(R.id.picture).getHeight());
    }
    RuntimeEnvironment.setQualifiers("+w800dp-h1280dp");
    try (OnScreen tablet = new OnScreen()) {
      View picture = tablet.find(R.id.picture);
      assertTrue(left(tablet, R.id.answer_card) >= left(tablet, R.id.picture) + picture.getWidth());
      assertTrue(top(tablet, R.id.answer_card) < top(tablet, R.id.picture) + picture.getHeight());
    }
  }

  @Test
  public void aBundleThatCannotBeOpenedLeavesNoneOpen() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      OnScreen.app().bundles().choose("max_min_digits");
      Files.delete(OnScreen.app().bundles().store().path("hand_made"));
      OnScreen.settle();
      screen.bundle("hand_made").findViewById(R.id.use).performClick();
      OnScreen.settle();
      screen.click(R.id.tab_live);
      assertEquals("No bundle", screen.text(R.id.bundle));
      assertTrue(screen.text(R.id.problem), screen.text(R.id.problem).contains("expected a bundle"));
      assertFalse(screen.shows(R.id.answer));
      assertFalse("there is nothing to go on with", screen.shows(R.id.next));
      OnScreen.app().bundles().choose("max_min_digits");
      OnScreen.settle();
      assertEquals("Largest minus smallest, coarse digits", screen.text(R.id.bundle));
      assertEquals(
          "What is the largest digit less the smallest? Of a single one: which digit is it?",
          screen.text(R.id.question));
      screen.assertWorks();
    }
  }

  @Test
  public void whyThereIsNoAnswerToAnEarlierPictureIsNotSaidOfTheNext() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      screen.click(R.id.tab_live);
      LiveModel model = OnScreen.app().live();
      model.choose(Source.GALLERY);
      model.ask(new Shown(new int[9], 3, 3));
      OnScreen.settle();
      assertTrue("its network resizes nothing", screen.shows(R.id.problem));
      model.ask(new Shown(new int[9], 3, 3));
      model.choose(Source.SAMPLE);
      OnScreen.settle();
      assertFalse(screen.text(R.id.problem), screen.shows(R.id.problem));
      assertTrue(screen.shows(R.id.answer));
    }
  }

  @Test
  public void onlyWhenMemoryIsUrgentAreTheModelsLetGo() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("stages").bytes());
      screen.click(R.id.tab_live);
      // Without its files a bundle answers as long as it is open.
      Files.delete(OnScreen.app().bundles().store().unpacked("hand_made").resolve("manifest.json"));
      Files.delete(OnScreen.app().bundles().store().path("hand_made"));
      for (int level : new int[] {
          ComponentCallbacks2.TRIM_MEMORY_RUNNING_MODERATE, ComponentCallbacks2.TRIM_MEMORY_UI_HIDDEN}) {
        RuntimeEnvironment.getApplication().onTrimMemory(level);
        screen.click(R.id.next);
        assertTrue("level " + level, screen.shows(R.id.answer));
      }
      RuntimeEnvironment.getApplication().onTrimMemory(ComponentCallbacks2.TRIM_MEMORY_RUNNING_CRITICAL);
      screen.click(R.id.next);
      assertTrue(screen.shows(R.id.problem));
    }
  }

  @Test
  public void whatIsWrittenOfAnAnswerIsTheAnswer() {
    try (OnScreen screen = new OnScreen()) {
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.withPoint("full"));
      OnScreen.settle();
      LiveState.Answer whole = OnScreen.app().live().state().get().answer();
      assertEquals(Numbers.percent(whole.probability()) + " sure", screen.text(R.id.probability));
      assertEquals(Numbers.millis(whole.millis()), screen.text(R.id.millis));
      String share = screen.text(R.id.share_words);
      assertTrue(share, share.endsWith(", 100\u00a0% of this one run whole."));
      assertEquals("all of the bar", 1000, screen.<ProgressBar>find(R.id.share).getProgress());
      String path = screen.find(R.id.path).getContentDescription().toString();
      int parts = whole.path().blocks().size();
      assertTrue(path, path.startsWith("Path: " + parts + " of " + parts + " parts run, left at "));
      assertFalse(path, path.contains("not reached"));
      assertTrue(screen.text(R.id.why), screen.text(R.id.why).startsWith("Went on to the last answer, "));
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.withPoint("full").withMacsShare(0.3));
      OnScreen.settle();
      path = screen.find(R.id.path).getContentDescription().toString();
      boolean heard = path.endsWith("stage_" + parts + " not reached.");
      assertTrue("whoever cannot see the path hears what was left out: " + path, heard);
      assertTrue(screen.text(R.id.why).contains("the allowance of multiply-adds does not reach the next answer."));
      assertTrue(screen.<ProgressBar>find(R.id.share).getProgress() <= 300);
    }
  }

  @Test
  public void anAnswerThatWouldComeTooLateIsLeftEarly() {
    try (OnScreen screen = new OnScreen()) {
      OnScreen.app().budget().set(BudgetSettings.DEFAULT.withPoint("full").withLatencyMillis(1e-3));
      for (int i = 0; i < 4; i++) {
        screen.click(R.id.next);
      }
      String why = screen.text(R.id.why);
      assertTrue(why, why.matches("Left at exit_\\d+: the deadline does not reach the next answer\\. .*"));
    }
  }

  private static int top(OnScreen screen, int id) {
    int[] at = new int[2];
    screen.find(id).getLocationInWindow(at);
    return at[1];
  }

  private static int left(OnScreen screen, int id) {
    int[] at = new int[2];
    screen.find(id).getLocationInWindow(at);
    return at[0];
  }
}
