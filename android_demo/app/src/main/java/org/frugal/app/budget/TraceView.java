package org.frugal.app.budget;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.util.AttributeSet;
import java.util.List;
import java.util.function.Function;
import org.frugal.app.Drawing;
import org.frugal.app.R;

/** Battery and heat along a trace, and under them the operating point that they led to. */
public final class TraceView extends Drawing {
  private List<Trace.Frame> frames = List.of();
  private int points = 1;
  private int step = -1;

  public TraceView(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  public void show(List<Trace.Frame> all, int pointCount, int at) {
    frames = all;
    points = pointCount;
    step = at;
    invalidate();
  }

  private float x(int frame) {
    return frames.size() < 2 ? 0 : (float) frame / (frames.size() - 1) * getWidth();
  }

  @Override
  protected void onDraw(Canvas canvas) {
    float legend = sp(20);
    float half = (getHeight() - legend) * 0.55f;
    drawLegend(canvas, legend);
    // Headroom is drawn up to 1.2: at 1.0 a phone throttles severely.
    drawLine(canvas, R.color.accent, legend, half, frame -> frame.reading().battery());
    drawLine(canvas, R.color.bad, legend, half,
        frame -> frame.reading().thermalHeadroom() == null ? null : frame.reading().thermalHeadroom() / 1.2);
    drawSteps(canvas, legend + half + sp(8));
    if (step >= 0) {
      style(R.color.text, Paint.Style.STROKE);
      canvas.drawLine(x(step), legend, x(step), getHeight(), paint);
    }
  }

  private void drawLegend(Canvas canvas, float height) {
    int[] colours = {R.color.accent, R.color.bad, R.color.exit};
    int[] names = {R.string.trace_battery, R.string.trace_headroom, R.string.trace_point};
    paint.setTextSize(sp(12));
    float x = 0;
    for (int i = 0; i < names.length; i++) {
      style(colours[i], Paint.Style.FILL);
      canvas.drawCircle(x + sp(5), height / 2, sp(4), paint);
      String name = getContext().getString(names[i]);
      canvas.drawText(name, x + sp(13), height / 2 + sp(4), paint);
      x += sp(29) + paint.measureText(name);
    }
  }

  /** A line of values from 0 to 1; it has gaps where the trace knows nothing. */
  private void drawLine(Canvas canvas, int colour, float top, float height, Function<Trace.Frame, Double> value) {
    style(R.color.track, Paint.Style.STROKE);
    canvas.drawLine(0, top + height, getWidth(), top + height, paint);
    style(colour, Paint.Style.STROKE);
    drawLine(canvas, frames.size(), this::x, frame -> {
      Double at = value.apply(frames.get(frame));
      return at == null ? null : (Double) (top + (1 - Math.min(1, at)) * height);
    });
  }

  private void drawSteps(Canvas canvas, float top) {
    style(R.color.exit, Paint.Style.FILL);
    // Blended edges would show as seams between blocks of one colour.
    paint.setAntiAlias(false);
    float height = getHeight() - top;
    for (int i = 0; i + 1 < frames.size(); i++) {
      float share = (frames.get(i).decision().point() + 1f) / points;
      canvas.drawRect(x(i), top + (1 - share) * height, x(i + 1) + 0.5f, getHeight(), paint);
    }
    paint.setAntiAlias(true);
  }
}
