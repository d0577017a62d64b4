package org.frugal.app.bundles;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.util.AttributeSet;
import android.view.MotionEvent;
import java.util.List;
import java.util.function.Consumer;
import org.frugal.app.Drawing;
import org.frugal.app.Numbers;
import org.frugal.app.Plain;
import org.frugal.app.R;

/** Operating points by cost and accuracy; a tap picks the nearest one. */
public final class CurveView extends Drawing {
  private final float left = sp(46);
  private final float bottom = sp(22);
  private final float margin = sp(12);
  private List<CostPoint> points = List.of();
  private CurveScale scale;
  private String chosen;
  private Consumer<CostPoint> picked;

  public CurveView(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  /**
   * @param chosenName the point in use, or null
   * @param whenPicked told of the point nearest to a tap; null where there is nothing to pick
   */
  public void show(List<CostPoint> all, String chosenName, Consumer<CostPoint> whenPicked) {
    points = all;
    scale = all.isEmpty() ? null : CurveScale.of(all);
    chosen = chosenName;
    picked = whenPicked;
    setContentDescription(getContext().getString(R.string.curve_label, all.size()));
    invalidate();
  }

  private float width() {
    return getWidth() - left - margin;
  }

  private float height() {
    return getHeight() - bottom - margin;
  }

  private float x(CostPoint point) {
    return left + (float) scale.x(point) * width();
  }

  private float y(double accuracy) {
    return margin + (1 - (float) scale.y(accuracy)) * height();
  }

  @Override
  protected void onDraw(Canvas canvas) {
    if (scale == null) {
      return;
    }
    drawGrid(canvas);
    style(R.color.outline, Paint.Style.STROKE);
    drawLine(canvas, points.size(), i -> x(points.get(i)), i -> (double) y(points.get(i).accuracy()));
    points.forEach(point -> drawPoint(canvas, point));
  }

  private void drawGrid(Canvas canvas) {
    paint.setTextSize(sp(12));
    for (double at = scale.least(); at < scale.most() + scale.step() / 2; at += scale.step()) {
      style(R.color.track, Paint.Style.STROKE);
      canvas.drawLine(left, y(at), getWidth() - margin, y(at), paint);
      style(R.color.text_quiet, Paint.Style.FILL);
      paint.setTextAlign(Paint.Align.RIGHT);
      canvas.drawText(Numbers.percent(at), left - sp(6), y(at) + sp(4), paint);
    }
    paint.setTextAlign(Paint.Align.LEFT);
    canvas.drawText("0", left, getHeight() - sp(6), paint);
    paint.setTextAlign(Paint.Align.RIGHT);
    String most = getContext().getString(R.string.macs, Numbers.count(scale.mostMacs()));
    canvas.drawText(most, getWidth() - margin, getHeight() - sp(6), paint);
  }

  private void drawPoint(Canvas canvas, CostPoint point) {
    boolean isChosen = point.name().equals(chosen);
    int other = point.dominated() ? R.color.text_quiet : R.color.accent;
    style(isChosen ? R.color.exit : other, Paint.Style.FILL);
    canvas.drawCircle(x(point), y(point.accuracy()), sp(isChosen ? 8 : 5), paint);
    if (isChosen) {
      boolean right = x(point) < left + width() / 2;
      paint.setTextAlign(right ? Paint.Align.LEFT : Paint.Align.RIGHT);
      paint.setTextSize(sp(14));
      float beside = x(point) + (right ? sp(12) : -sp(12));
      canvas.drawText(Plain.name(point.name()), beside, y(point.accuracy()) + sp(18), paint);
      paint.setTextSize(sp(12));
    }
  }

  @Override
  public boolean onTouchEvent(MotionEvent event) {
    if (picked != null && event.getActionMasked() == MotionEvent.ACTION_UP && scale != null) {
      double x = (event.getX() - left) / width();
      double y = 1 - (event.getY() - margin) / height();
      picked.accept(points.get(scale.nearest(points, x, y, width(), height())));
      performClick();
    }
    return picked != null;
  }

  @Override
  public boolean performClick() {
    return super.performClick();
  }
}
