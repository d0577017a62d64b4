package org.frugal.app.live;

import static org.frugal.app.Drawn.assertColour;
import static org.frugal.app.Drawn.dp;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import android.graphics.Bitmap;
import android.view.View;
import java.util.ArrayList;
import java.util.List;
import org.frugal.app.Drawn;
import org.frugal.app.R;
import org.frugal.app.live.PathDiagram.Block;
import org.frugal.app.live.PathDiagram.Fork;
import org.frugal.app.live.PathDiagram.Node;
import org.frugal.app.live.PathDiagram.State;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** What a path looks like, by the colours of places that are worked out by hand. */
@RunWith(RobolectricTestRunner.class)
public class PathViewTest {
  private static final int WIDTH = 1200;

  private final Context context = RuntimeEnvironment.getApplication();
  private final PathView view = new PathView(context, null);
  /** Inside of a block, beside what is written in its middle. */
  private final float inside = dp(5);

  @Test
  public void whatRanIsFilledTheLastMarkedAndTheRestToldApart() {
    Bitmap drawn = draw(
        block("a", State.RUN, false, 30), block("b", State.RUN, true, 10), block("c", State.SKIPPED, false, 10),
        block("d", State.NOT_REACHED, false, 10));
    // Two gaps of 8 dp at the ends and three between; 60 units of cost share the rest.
    float unit = (WIDTH - 5 * dp(8)) / 60;
    float gap = dp(8);
    float a = gap;
    float b = a + 30 * unit + gap;
    float c = b + 10 * unit + gap;
    float d = c + 10 * unit + gap;
    assertColour("a ran", R.color.accent, drawn, a + inside, inside + dp(1));
    assertColour("to its end", R.color.accent, drawn, b - gap - inside, inside + dp(1));
    assertColour("b was the last", R.color.exit, drawn, b + inside, inside + dp(1));
    assertColour("the arrow out of it", R.color.exit, drawn, b + 5 * unit, dp(40 + 4));
    assertEquals("c is hollow", 0, drawn.getPixel(Math.round(c + inside), Math.round(inside)));
    assertTrue("its line is dashed", dashes(drawn, c, 10 * unit));
    assertColour("d is pale", R.color.track, drawn, d + inside, inside + dp(1));
    assertColour("from a to b", R.color.accent, drawn, b - gap / 2, dp(20.5f));
    assertColour("from b to c", R.color.outline, drawn, c - gap / 2, dp(20.5f));
  }

  @Test
  public void fromRightToLeftTheWayBeginsAtTheRight() {
    view.setLayoutDirection(View.LAYOUT_DIRECTION_RTL);
    Bitmap drawn = draw(block("a", State.RUN, false, 10), block("b", State.RUN, true, 10));
    assertColour("a", R.color.accent, drawn, WIDTH - dp(8) - inside, inside + dp(1));
    assertColour("b", R.color.exit, drawn, dp(8) + inside, inside + dp(1));
  }

  @Test
  public void theWayGoesOnRoundTheEndOfARow() {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      nodes.add(block("part_" + i, State.RUN, i == 11, 10));
    }
    int one = draw(nodes.subList(0, 4).toArray(Node[]::new)).getHeight();
    Bitmap drawn = draw(nodes.toArray(Node[]::new));
    int rows = Math.round((float) drawn.getHeight() / one);
    assertTrue("several rows: " + rows, rows >= 2);
    assertEquals("as high as they need", rows * one, drawn.getHeight(), rows);
    assertColour("back to where the next row begins", R.color.accent, drawn, WIDTH / 2.0, one - dp(6));
    assertColour("down the left edge", R.color.accent, drawn, dp(4), one + dp(10));
    assertColour("the row's first", R.color.accent, drawn, dp(8) + inside, one + inside + dp(1));
  }

  @Test
  public void anotherMachineIsACloud() {
    Bitmap drawn = draw(block("far", State.REMOTE, false, 10), block("b", State.RUN, true, 10));
    assertColour("its middle", R.color.accent, drawn, dp(8) + inside + dp(4), dp(34));
    assertEquals("its corner is sky", 0, drawn.getPixel(Math.round(dp(8) + dp(2)), Math.round(dp(3))));
    drawn = draw(block("far", State.FAILED, false, 10), block("b", State.RUN, true, 10));
    assertEquals("one that was not reached is hollow", 0,
        drawn.getPixel(Math.round(dp(8) + inside + dp(6)), Math.round(dp(34))));
  }

  @Test
  public void aPathIsHeardInItsOrder() {
    draw(
        block("a", State.RUN, false, 30), new Fork(1, 3, 1), block("b", State.SKIPPED, false, 10),
        new Block("far", State.REMOTE, false, 2.5, 10, 1, 340), block("off", State.FAILED, false, 10),
        block("c", State.RUN, true, 10), block("d", State.NOT_REACHED, false, 10));
    assertEquals(
        "Path: 3 of 6 parts run, left at end. a ran, 1.00\u00a0ms, 30 multiply-adds. Way 2 of 3 taken. "
            + "b skipped by a choice. far ran on another machine, 2.50\u00a0ms, 340\u00a0B sent and received. "
            + "off would have run on another machine, which was not reached. c ran, 1.00\u00a0ms, 10 multiply-adds. "
            + "d not reached.",
        view.getContentDescription().toString());
  }

  @Test
  public void aPathOfNothingTakesNoRoom() {
    assertEquals(0, measured(new PathDiagram(List.of(), "end", 0, 0)));
    assertEquals(0, measured(null));
  }

  private int measured(PathDiagram path) {
    view.show(path);
    view.measure(View.MeasureSpec.makeMeasureSpec(WIDTH, View.MeasureSpec.EXACTLY), View.MeasureSpec.UNSPECIFIED);
    return view.getMeasuredHeight();
  }

  /** Whether a block's upper edge is drawn at some places and at others not. */
  private boolean dashes(Bitmap drawn, float left, float width) {
    int ink = 0;
    int gaps = 0;
    for (float x = left + dp(8); x < left + width - dp(8); x++) {
      boolean isInk = drawn.getPixel(Math.round(x), Math.round(dp(1.75f))) != 0;
      ink += isInk ? 1 : 0;
      gaps += isInk ? 0 : 1;
    }
    return ink > 5 && gaps > 5;
  }

  private Bitmap draw(Node... nodes) {
    view.show(new PathDiagram(List.of(nodes), "end", 0.6, 20));
    return Drawn.of(view, WIDTH, View.MeasureSpec.UNSPECIFIED, 0);
  }

  private static Block block(String name, State state, boolean last, double macs) {
    boolean ran = state == State.RUN || state == State.REMOTE;
    return new Block(name, state, last, ran ? 1 : 0, macs, ran ? 1 : 0, 0);
  }
}
