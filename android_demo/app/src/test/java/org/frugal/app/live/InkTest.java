package org.frugal.app.live;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** What becomes of strokes: a picture of 200 by 200, drawn with a pen of 0.055 of that, which are 11 pixels. */
@RunWith(RobolectricTestRunner.class)
public class InkTest {
  private static final int BLACK = 0xFF000000;
  private static final int WHITE = 0xFFFFFFFF;

  private final Ink ink = new Ink();

  @Test
  public void aStrokeIsWhiteOnBlackAndAsWideAsThePen() {
    ink.begin(0.5f, 0.25f);
    ink.move(0.5f, 0.75f);
    int[] drawn = ink.drawn().argb();
    assertEquals(200 * 200, drawn.length);
    // From 94.5 to 105.5, with half a pixel of shade at either edge.
    for (int row : new int[] {60, 100, 140}) {
      for (int column = 0; column < 200; column++) {
        int pixel = drawn[200 * row + column];
        if (column >= 95 && column < 105) {
          assertEquals(row + ", " + column, WHITE, pixel);
        } else if (column < 94 || column > 105) {
          assertEquals(row + ", " + column, BLACK, pixel);
        }
      }
    }
    assertEquals("its end is round and half a pen long", WHITE, drawn[200 * 154 + 100]);
    assertEquals("behind it is nothing", BLACK, drawn[200 * 157 + 100]);
  }

  @Test
  public void aTapLeavesADot() {
    ink.begin(0.3f, 0.6f);
    int[] drawn = ink.drawn().argb();
    assertEquals(WHITE, drawn[200 * 120 + 60]);
    int white = 0;
    for (int pixel : drawn) {
      white += pixel == WHITE ? 1 : 0;
    }
    // A disc of 5.5 pixels' radius covers 95; those on its edge are grey.
    assertTrue("" + white, white > 60 && white < 95);
  }

  @Test
  public void strokesDoNotTouchUnlessTheyWereDrawnSo() {
    ink.begin(0.2f, 0.2f);
    ink.move(0.2f, 0.8f);
    ink.begin(0.8f, 0.2f);
    ink.move(0.8f, 0.8f);
    int[] drawn = ink.drawn().argb();
    assertEquals(WHITE, drawn[200 * 100 + 40]);
    assertEquals(WHITE, drawn[200 * 100 + 160]);
    assertEquals("between them the pen was up", BLACK, drawn[200 * 100 + 100]);
  }

  @Test
  public void whatIsClearedIsGone() {
    assertTrue(ink.isEmpty());
    ink.move(0.5f, 0.5f);
    assertTrue("without a finger put down nothing is drawn", ink.isEmpty());
    ink.begin(0.5f, 0.5f);
    assertFalse(ink.isEmpty());
    ink.clear();
    assertTrue(ink.isEmpty());
    int[] black = new int[200 * 200];
    java.util.Arrays.fill(black, BLACK);
    assertArrayEquals(black, ink.drawn().argb());
  }
}
