package org.frugal.app.teach;

import static org.junit.Assert.assertTrue;

import android.graphics.Bitmap;
import android.graphics.Rect;
import android.view.View;
import android.widget.ScrollView;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.frugal.Event.Corners;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.Screenshots;
import org.frugal.app.live.LiveState;
import org.frugal.app.live.LiveState.Shown;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.ParameterizedRobolectricTestRunner;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameter;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameters;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.shadows.ShadowLooper;

/** Draws the Teach screen: empty, with a draft, with a box, while it learns, when it has, and what is refused. */
@RunWith(ParameterizedRobolectricTestRunner.class)
public class TeachScreenshotsTest {
  private static final String PHONE = "w411dp-h891dp-%s-hdpi";
  private static final Corners BOX = new Corners(0.22, 0.3, 0.8, 0.66);

  @Parameter(0)
  public String ending;

  @Parameter(1)
  public String qualifiers;

  @Parameter(2)
  public float fontScale;

  private final Locale before = Locale.getDefault();

  @Parameters(name = "teach{0}")
  public static List<Object[]> looks() {
    return Screenshots.looks(List.of(
        new Object[] {"", PHONE.formatted("notnight"), 1f}, new Object[] {"_dark", PHONE.formatted("night"), 1f},
        new Object[] {"_tablet", "w800dp-h1280dp-notnight-mdpi", 1f},
        new Object[] {"_tablet_dark", "w1280dp-h800dp-land-night-mdpi", 1f},
        new Object[] {"_german", "de-" + PHONE.formatted("notnight"), 1f},
        new Object[] {"_right_to_left", "ar-ldrtl-" + PHONE.formatted("notnight"), 1f},
        new Object[] {"_large_type", PHONE.formatted("notnight"), 1.6f}),
        List.<Object[]>of(new Object[] {"_pseudo", "en-rXA-" + PHONE.formatted("notnight"), 1f}));
  }

  @Before
  public void look() {
    RuntimeEnvironment.setQualifiers("+" + qualifiers);
    RuntimeEnvironment.setFontScale(fontScale);
    Locale.setDefault(RuntimeEnvironment.getApplication().getResources().getConfiguration().getLocales().get(0));
  }

  @After
  public void leave() {
    Locale.setDefault(before);
  }

  /** A light thing on a dark ground, further to the right from picture to picture. */
  private static Shown thing(int number) {
    Shown shown = Taught.grey(60, 180, 240);
    for (int row = 0; row < shown.rows(); row++) {
      for (int column = 0; column < shown.columns(); column++) {
        double along = (column - 115 - 6 * number) / 38.0;
        double down = (row - 92) / 48.0;
        int level = along * along + down * down < 1 ? 190 + 8 * number : 40 + row / 4 + column / 8;
        shown.argb()[row * shown.columns() + column] = 0xFF000000 | level << 16 | level - 20 << 8 | level / 2;
      }
    }
    return shown;
  }

  private static void draft(int pictures) {
    TeachModel model = OnScreen.app().teach();
    model.setName("Becher");
    model.choose(TeachState.Source.GALLERY);
    for (int i = 0; i < pictures; i++) {
      model.add(thing(i));
    }
    OnScreen.settle();
    model.select(-1);
  }

  private static void boxes(int count) {
    for (int i = 0; i < count; i++) {
      OnScreen.app().teach().setBox(i, BOX);
    }
    OnScreen.settle();
  }

  @Test
  public void emptyAndDrafting() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_teach)) {
      shoot(screen, "teach_none", R.id.teach_none_words);
    }
    try (OnScreen screen = Taught.screen("pointed")) {
      screen.click(R.id.teach_pad);
      View pad = screen.find(R.id.teach_drawing);
      float side = pad.getWidth();
      OnScreen.touch(pad, new float[] {side * .3f, side * .3f}, new float[] {side * .7f, side * .35f},
          new float[] {side * .5f, side * .75f}, new float[] {side * .3f, side * .3f});
      shoot(screen, "teach_drawing", R.id.lack);
      draft(2);
      shoot(screen, "teach_drafting", R.id.examples);
      OnScreen.app().teach().select(1);
      boxes(2);
      shoot(screen, "teach_box", R.id.box_pad);
    }
  }

  @Test
  public void learningLearnedAndRefused() throws Exception {
    try (OnScreen screen = Taught.screen("pointed")) {
      draft(4);
      boxes(4);
      TeachModel model = OnScreen.app().teach();
      CountDownLatch held = new CountDownLatch(1);
      OnScreen.app().worker().execute(() -> {
        try {
          held.await();
        } catch (InterruptedException error) {
          throw new IllegalStateException(error);
        }
      });
      model.learn();
      model.state().set(Taught.state().with(new TeachState.Progress(2, 4)));
      ShadowLooper.idleMainLooper();
      at(screen, R.id.examples);
      ShadowLooper.idleMainLooper();
      Bitmap drawn = screen.screenshot("teach_learning" + ending);
      assertTrue(screen.ink(drawn, R.id.stop_learning) > 50);
      held.countDown();
      OnScreen.settle();
      at(screen, R.id.teach_done);
      shoot(screen, "teach_learned", R.id.teach_done_words);
      screen.pick(R.id.classes_import, new byte[] {1, 2, 3});
      at(screen, R.id.teach_problem);
      shoot(screen, "teach_refused", R.id.teach_problem);
      OnScreen.app().live().choose(LiveState.Source.GALLERY);
      OnScreen.app().live().ask(thing(1));
      OnScreen.settle();
      screen.click(R.id.tab_live);
      shoot(screen, "teach_in_live", R.id.answer);
    }
  }

  /** Where a screen is longer than the window, from a view on. */
  private static void at(OnScreen screen, int id) {
    ScrollView page = screen.find(R.id.page);
    Rect place = new Rect();
    page.offsetDescendantRectToMyCoords(screen.find(id), place);
    page.scrollTo(0, place.top);
  }

  private void shoot(OnScreen screen, String name, int shown) throws IOException {
    OnScreen.settle();
    Bitmap drawn = screen.screenshot(name + ending);
    assertTrue(name, fontScale != 1f || screen.ink(drawn, shown) > 50);
  }
}
