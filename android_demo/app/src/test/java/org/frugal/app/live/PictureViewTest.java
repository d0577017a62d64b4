package org.frugal.app.live;

import static org.frugal.app.Drawn.assertColour;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;

import android.graphics.Bitmap;
import android.graphics.Color;
import android.view.View;
import java.util.Arrays;
import java.util.List;
import org.frugal.Box;
import org.frugal.Event.Corners;
import org.frugal.app.Drawn;
import org.frugal.app.R;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.PictureView.Found;
import org.frugal.app.live.PictureView.Marks;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** Boxes, masks and frames lie on the picture where they are meant, in a mirror too. */
@RunWith(RobolectricTestRunner.class)
public class PictureViewTest {
  private static final int SIDE = 400;
  private static final int WHITE = 0xFFFFFFFF;

  private final PictureView view = new PictureView(RuntimeEnvironment.getApplication(), null);

  @Test
  public void aBoxIsWhereItsCornersAre() {
    // A picture of 100 by 200 is 400 wide and 200 high, from 100 down.
    Bitmap drawn = draw(white(100, 200, false), boxes(new Corners(0.4, 0.25, 0.9, 0.5), null));
    for (int[] at : new int[][] {{100, 220}, {200, 220}, {150, 180}, {150, 280}}) {
      assertColour("an edge at " + Arrays.toString(at), R.color.class_0, drawn, at[0], at[1]);
    }
    assertEquals("inside", WHITE, drawn.getPixel(150, 230));
    assertEquals("above and below the picture is nothing", 0, drawn.getPixel(150, 90));
  }

  @Test
  public void inAMirrorItIsOnTheOtherSide() {
    Bitmap drawn = draw(halves(true), boxes(new Corners(0.4, 0, 0.9, 0.25), null));
    assertEquals("the picture is mirrored", 0xFF0000FF, drawn.getPixel(50, 120));
    assertEquals(0xFFFF0000, drawn.getPixel(350, 120));
    assertColour("and so is the box", R.color.class_0, drawn, 300, 250);
    assertNotEquals(drawn.getPixel(300, 250), drawn.getPixel(100, 250));
  }

  @Test
  public void aMaskIsStretchedOverItsBox() {
    float[][] leftHalf = {{1, 1, 0, 0}, {1, 1, 0, 0}};
    Bitmap drawn = draw(white(100, 100, false), boxes(new Corners(0, 0, 1, 1), leftHalf));
    assertNotEquals("covered", WHITE, drawn.getPixel(60, 300));
    assertEquals("free", WHITE, drawn.getPixel(340, 300));
    drawn = draw(white(100, 100, true), boxes(new Corners(0, 0, 1, 1), leftHalf));
    assertEquals("in a mirror the other half", WHITE, drawn.getPixel(60, 300));
    assertNotEquals(WHITE, drawn.getPixel(340, 300));
  }

  @Test
  public void everyClassHasAColourOfItsOwnAndItsMaskHasTheSame() {
    float[][] all = {{1, 1}, {1, 1}};
    Corners at = new Corners(0.25, 0.25, 0.75, 0.75);
    for (int label : new int[] {0, 1, 5, 7}) {
      Box box = new Box(at, 0.5f, label, "", all);
      Bitmap drawn = draw(white(100, 100, false), new Marks(List.of(), -1, List.of(new Found(box, at))));
      int[] colours = {R.color.class_0, R.color.class_1, 0, 0, 0, R.color.class_5, 0, R.color.class_1};
      assertColour("the frame of class " + label, colours[label], drawn, 200, 300);
      int frame = RuntimeEnvironment.getApplication().getColor(colours[label]);
      int mask = drawn.getPixel(200, 200);
      // The mask lets 105 of 255 parts of the white picture through.
      assertEquals(255 - (255 - Color.red(frame)) * 150 / 255.0, Color.red(mask), 2);
      assertEquals(255 - (255 - Color.blue(frame)) * 150 / 255.0, Color.blue(mask), 2);
    }
  }

  @Test
  public void theLookThatStandsOutIsTheThickerFrame() {
    List<Corners> looks = List.of(new Corners(0.1, 0.1, 0.4, 0.4), new Corners(0.5, 0.5, 0.9, 0.9));
    for (int look = 0; look < 2; look++) {
      Bitmap drawn = draw(white(100, 100, false), new Marks(looks, look, List.of()));
      assertColour("both are there", R.color.look, drawn, 40, 100);
      assertColour("both are there", R.color.look, drawn, 200, 300);
      assertEquals(look == 0, ink(drawn, 40, 100) > ink(drawn, 200, 300));
    }
  }

  @Test
  public void aFrameDoesNotCrossTheLabelOfAnotherBox() {
    Corners labelled = new Corners(0.5, 0.3, 0.9, 0.7);
    Corners crossing = new Corners(0.1, 0.1, 0.6, 0.325);
    Bitmap drawn = draw(white(100, 100, false), new Marks(List.of(), -1, List.of(
        new Found(new Box(labelled, 0.9f, 0, "         ", null), labelled),
        new Found(new Box(crossing, 0.5f, 1, "", null), crossing))));
    assertColour("its edge, elsewhere", R.color.class_1, drawn, 130, 100);
    assertColour("the label's ground", R.color.class_0, drawn, 130, 180);
  }

  @Test
  public void whatLiesBeyondThePictureIsNotDrawn() {
    Bitmap drawn = draw(white(100, 200, false), boxes(new Corners(-0.5, -1, 1.5, 2), null));
    assertEquals(0, drawn.getPixel(200, 50));
    assertEquals(WHITE, drawn.getPixel(200, 200));
    draw(white(100, 200, false), boxes(new Corners(-1e12, -1e12, 1e12, 1e12), null));
  }

  @Test
  public void noPictureIsNothing() {
    draw(white(10, 10, false), Marks.NONE);
    assertEquals(0, draw(null, Marks.NONE).getPixel(200, 200));
  }

  private Bitmap draw(Shown shown, Marks marks) {
    view.show(shown, marks);
    return Drawn.of(view, SIDE, View.MeasureSpec.EXACTLY, SIDE);
  }

  private static Marks boxes(Corners at, float[][] mask) {
    return new Marks(List.of(), -1, List.of(new Found(new Box(at, 0.5f, 0, "", mask), at)));
  }

  /** How many pixels of a row around a place are not white. */
  private static int ink(Bitmap drawn, int x, int y) {
    int ink = 0;
    for (int i = x - 12; i < x + 12; i++) {
      ink += drawn.getPixel(i, y) == WHITE ? 0 : 1;
    }
    return ink;
  }

  private static Shown white(int rows, int columns, boolean mirrored) {
    int[] argb = new int[rows * columns];
    Arrays.fill(argb, WHITE);
    return new Shown(argb, rows, columns, mirrored);
  }

  /** Left half red, right half blue. */
  private static Shown halves(boolean mirrored) {
    Shown shown = white(100, 200, mirrored);
    for (int i = 0; i < shown.argb().length; i++) {
      shown.argb()[i] = i % 200 < 100 ? 0xFFFF0000 : 0xFF0000FF;
    }
    return shown;
  }
}
