package org.frugal.app.benchmark;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.graphics.Path;
import android.util.AttributeSet;
import android.util.TypedValue;
import android.view.View;
import java.util.List;
import java.util.function.Function;
import org.frugal.app.Numbers;
import org.frugal.app.R;
import org.frugal.app.benchmark.Sustained.Sample;

/** Latency, temperature and operating point over a sustained run, each in its own band. */
public final class SustainedView extends View {
  private final Paint paint = new Paint(Paint.ANTI_ALIAS_FLAG);
  private List<Sample> samples = List.of();

  public SustainedView(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  public void show(List<Sample> all) {
    samples = all;
    invalidate();
  }

  @Override
  protected void onDraw(Canvas canvas) {
    if (samples.isEmpty()) {
      return;
    }
    float band = getHeight() / 3f;
    draw(canvas, 0, band, R.color.accent, R.string.curve_latency, Sample::p90, Numbers::millis);
    draw(canvas, band, band, R.color.bad, R.string.curve_celsius, Sample::celsius,
        value -> getContext().getString(R.string.celsius, value));
    draw(canvas, 2 * band, band, R.color.exit, R.string.curve_point, sample -> (double) sample.point(),
        value -> Integer.toString((int) Math.round(value)));
  }

  private void draw(
      Canvas canvas, float top, float height, int colour, int title, Function<Sample, Double> value,
      Function<Double, String> words) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (Sample sample : samples) {
      Double at = value.apply(sample);
      least = at == null ? least : Math.min(least, at);
      most = at == null ? most : Math.max(most, at);
    }
    boolean known = most >= least;
    paint.setColor(getContext().getColor(colour));
    paint.setStyle(Paint.Style.FILL);
    paint.setTextSize(sp(12));
    String range = !known ? getContext().getString(R.string.unknown)
        : most > least ? words.apply(least) + " – " + words.apply(most) : words.apply(least);
    canvas.drawText(getContext().getString(title, range), 0, top + sp(13), paint);
    if (known) {
      drawLine(canvas, top + sp(20), height - sp(26), value, least, most > least ? most : least + 1);
    }
  }

  private void drawLine(
      Canvas canvas, float top, float height, Function<Sample, Double> value, double least, double most) {
    Path line = new Path();
    double last = samples.get(samples.size() - 1).seconds();
    boolean drawing = false;
    for (Sample sample : samples) {
      Double at = value.apply(sample);
      if (at == null) {
        drawing = false;
        continue;
      }
      float x = (float) (sample.seconds() / last) * getWidth();
      float y = top + (float) (1 - (at - least) / (most - least)) * height;
      if (drawing) {
        line.lineTo(x, y);
      } else {
        line.moveTo(x, y);
      }
      drawing = true;
    }
    paint.setStyle(Paint.Style.STROKE);
    paint.setStrokeWidth(sp(2));
    canvas.drawPath(line, paint);
  }

  private float sp(float value) {
    return TypedValue.applyDimension(TypedValue.COMPLEX_UNIT_SP, value, getResources().getDisplayMetrics());
  }
}
