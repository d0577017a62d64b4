package org.frugal.app.benchmark;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.util.AttributeSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.frugal.app.Drawing;
import org.frugal.app.Numbers;
import org.frugal.app.R;
import org.frugal.app.benchmark.Sustained.Sample;

/** Latency, temperature and operating point over a sustained run, each in its own band. */
public final class SustainedView extends Drawing {
  private List<Sample> samples = List.of();
  private List<Band> bands = List.of();

  /** A line and its title; where no sample knows the value there is no line. */
  private record Band(String title, int colour, Function<Sample, Double> value, Double least, Double most) {}

  public SustainedView(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  public void show(List<Sample> all) {
    samples = all;
    bands = List.of(
        band(R.string.curve_latency, R.color.accent, Sample::p90, Numbers::millis),
        band(R.string.curve_celsius, R.color.bad, Sample::celsius,
            value -> getContext().getString(R.string.celsius, value)),
        band(R.string.curve_point, R.color.exit, sample -> (double) sample.point(),
            value -> Integer.toString((int) Math.round(value))));
    setContentDescription(getContext().getString(
        R.string.curve_of_run, bands.get(0).title(), bands.get(1).title(), bands.get(2).title()));
    invalidate();
  }

  private Band band(int title, int colour, Function<Sample, Double> value, Function<Double, String> words) {
    List<Double> known = samples.stream().map(value).filter(Objects::nonNull).sorted().collect(Collectors.toList());
    Double least = known.isEmpty() ? null : known.get(0);
    Double most = known.isEmpty() ? null : known.get(known.size() - 1);
    String range = known.isEmpty() ? getContext().getString(R.string.unknown)
        : most > least ? words.apply(least) + " – " + words.apply(most) : words.apply(least);
    return new Band(getContext().getString(title, range), colour, value, least, most);
  }

  @Override
  protected void onDraw(Canvas canvas) {
    float height = getHeight() / 3f;
    for (int i = 0; i < bands.size() && !samples.isEmpty(); i++) {
      draw(canvas, bands.get(i), i * height, height);
    }
  }

  private void draw(Canvas canvas, Band band, float top, float height) {
    style(band.colour(), Paint.Style.FILL);
    paint.setTextSize(sp(12));
    canvas.drawText(band.title(), 0, top + sp(13), paint);
    if (band.least() == null) {
      return;
    }
    double range = band.most() > band.least() ? band.most() - band.least() : 1;
    double last = samples.get(samples.size() - 1).seconds();
    style(band.colour(), Paint.Style.STROKE);
    drawLine(canvas, samples.size(), i -> (float) (samples.get(i).seconds() / last) * getWidth(), i -> {
      Double at = band.value().apply(samples.get(i));
      return at == null ? null : (Double) (top + sp(20) + (1 - (at - band.least()) / range) * (height - sp(26)));
    });
  }
}
