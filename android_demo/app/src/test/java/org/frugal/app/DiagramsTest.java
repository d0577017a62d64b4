package org.frugal.app;

import static org.frugal.app.Drawn.assertColour;
import static org.frugal.app.Drawn.sp;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import android.graphics.Bitmap;
import android.view.View;
import java.util.ArrayList;
import java.util.List;
import org.frugal.app.benchmark.Sustained;
import org.frugal.app.benchmark.SustainedView;
import org.frugal.app.budget.Trace;
import org.frugal.app.budget.TraceView;
import org.frugal.app.bundles.CostPoint;
import org.frugal.app.bundles.CurveScale;
import org.frugal.app.bundles.CurveView;
import org.frugal.app.live.DrawingPad;
import org.frugal.app.live.Ink;
import org.frugal.governor.Ceiling;
import org.frugal.governor.Decision;
import org.frugal.governor.Reading;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** What the diagrams show, by the colours of places that are worked out by hand. */
@RunWith(RobolectricTestRunner.class)
public class DiagramsTest {
  private static final int WIDTH = 600;

  private final Context context = RuntimeEnvironment.getApplication();

  @Test
  public void aTraceHasGapsWhereThePhoneKnewNothing() {
    Bitmap drawn = trace(0.5, 0.5, null, 0.5, 0.5);
    assertTrue("the battery is known", count(drawn, WIDTH / 8, R.color.accent) > 0);
    assertEquals("and then not", 0, count(drawn, WIDTH / 2, R.color.accent));
    assertTrue("and again", count(drawn, WIDTH * 7 / 8, R.color.accent) > 0);
  }

  @Test
  public void underATraceTheMostExpensivePointFillsTheBandAndAMarkShowsTheStep() {
    Bitmap drawn = trace(0.2, 0.2, 0.9, 0.9, 0.9);
    // The first of two points fills half of the band, the second all of it.
    int low = count(drawn, WIDTH / 8, R.color.exit);
    int high = count(drawn, WIDTH * 5 / 8, R.color.exit);
    assertEquals(2.0 * low, high, 2);
    assertTrue("the mark is at the second of five", count(drawn, WIDTH / 4, R.color.text) > drawn.getHeight() / 2);
    assertEquals(0, count(drawn, WIDTH / 8, R.color.text));
  }

  @Test
  public void theChosenPointOfACurveIsMarked() {
    List<CostPoint> points =
        List.of(new CostPoint("fast", 0.9, 10e6, 0.2, 100), new CostPoint("full", 0.95, 50e6, 1, 100));
    CurveView view = new CurveView(context, null);
    for (String chosen : new String[] {"fast", "full", null}) {
      view.show(points, chosen, picked -> {});
      Bitmap drawn = draw(view, View.MeasureSpec.EXACTLY, 400);
      CurveScale scale = CurveScale.of(points);
      for (CostPoint point : points) {
        double x = sp(46) + scale.x(point) * (WIDTH - sp(46) - sp(12));
        double y = sp(12) + (1 - scale.y(point.accuracy())) * (400 - sp(22) - sp(12));
        boolean marked = point.name().equals(chosen);
        assertColour(point.name() + ", chosen " + chosen, marked ? R.color.exit : R.color.accent, drawn, x, y);
      }
    }
  }

  @Test
  public void aPointThatAnotherOneBeatsIsPale() {
    List<CostPoint> points = List.of(
        new CostPoint("fast", 0.95, 10e6, 0.2, 100), new CostPoint("full", 0.9, 50e6, 1, 100, null, true));
    CurveView view = new CurveView(context, null);
    view.show(points, "fast", null);
    Bitmap drawn = draw(view, View.MeasureSpec.EXACTLY, 400);
    CurveScale scale = CurveScale.of(points);
    double x = sp(46) + scale.x(points.get(1)) * (WIDTH - sp(46) - sp(12));
    double y = sp(12) + (1 - scale.y(0.9)) * (400 - sp(22) - sp(12));
    assertColour("full", R.color.text_quiet, drawn, x, y);
  }

  @Test
  public void aSustainedRunOnAPhoneWithoutAThermometerHasNoLineOfHeat() {
    SustainedView view = new SustainedView(context, null);
    view.show(List.of(sample(1, 3.0, null), sample(2, 5.0, null)));
    assertEquals(
        "The sustained run. Latency, p90: 3.00\u00a0ms – 5.00\u00a0ms. Battery temperature: unknown. "
            + "Operating point, 0 is the cheapest: 1",
        view.getContentDescription().toString());
    Bitmap drawn = draw(view, View.MeasureSpec.EXACTLY, 420);
    int column = WIDTH * 19 / 20;
    assertTrue("its latency", count(drawn, column, R.color.accent) > 0);
    assertTrue("its point", count(drawn, column, R.color.exit) > 0);
    assertEquals("behind its title the band is empty", 0, count(drawn, column, R.color.bad));
    view.show(List.of(sample(1, 3.0, 30.0), sample(2, 5.0, 31.0)));
    assertTrue(count(draw(view, View.MeasureSpec.EXACTLY, 420), column, R.color.bad) > 0);
  }

  @Test
  public void inkIsSeenWhereTheFingerWasOnAPadOfAnySize() {
    Ink ink = new Ink();
    ink.begin(0.25f, 0.5f);
    ink.move(0.25f, 0.9f);
    DrawingPad pad = new DrawingPad(context, null);
    pad.use(ink, () -> {});
    Bitmap drawn = draw(pad, View.MeasureSpec.EXACTLY, WIDTH);
    assertEquals(0xFFFFFFFF, drawn.getPixel(WIDTH / 4, WIDTH * 7 / 10));
    assertEquals(0xFF000000, drawn.getPixel(WIDTH * 3 / 4, WIDTH * 7 / 10));
    assertEquals(0xFF000000, drawn.getPixel(WIDTH / 4, WIDTH / 4));
  }

  /** Readings of a battery that a governor of two points follows, drawn at the second of them. */
  private Bitmap trace(Double... batteries) {
    List<Trace.Frame> frames = new ArrayList<>();
    for (Double battery : batteries) {
      int point = battery != null && battery > 0.5 ? 1 : 0;
      frames.add(new Trace.Frame(
          new Reading(battery, false, false, 0, null, null), new Decision(point, "p" + point, Ceiling.BATTERY)));
    }
    TraceView view = new TraceView(context, null);
    view.show(frames, 2, 1);
    return draw(view, View.MeasureSpec.EXACTLY, 470);
  }

  private static Sustained.Sample sample(double seconds, double p90, Double celsius) {
    return new Sustained.Sample(seconds, p90 / 2, p90, celsius, 1);
  }

  private static Bitmap draw(View view, int mode, int height) {
    return Drawn.of(view, WIDTH, mode, height);
  }

  /** How many pixels of a column have a colour, below the legend. */
  private int count(Bitmap drawn, int column, int colour) {
    int found = 0;
    for (int y = Math.round(sp(20)); y < drawn.getHeight(); y++) {
      found += drawn.getPixel(column, y) == context.getColor(colour) ? 1 : 0;
    }
    return found;
  }
}
