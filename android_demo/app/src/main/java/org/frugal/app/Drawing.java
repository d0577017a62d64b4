package org.frugal.app;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.graphics.Path;
import android.util.AttributeSet;
import android.util.TypedValue;
import android.view.View;
import java.util.function.IntFunction;

/** A view that draws a diagram in the theme's colours, with words as large as the system's settings want them. */
public abstract class Drawing extends View {
  private static final float SMALL_SP = 12;

  protected final Paint paint = new Paint(Paint.ANTI_ALIAS_FLAG);

  protected Drawing(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  protected final void style(int colour, Paint.Style style) {
    paint.setColor(getContext().getColor(colour));
    paint.setStyle(style);
    paint.setStrokeWidth(sp(2));
  }

  /**
   * Draws a line through points, by their indices; it has gaps where there is none.
   *
   * @param y null or NaN for a point that nobody knows
   */
  protected final void drawLine(Canvas canvas, int count, IntFunction<Float> x, IntFunction<Double> y) {
    Path line = new Path();
    boolean drawing = false;
    for (int i = 0; i < count; i++) {
      Double at = y.apply(i);
      boolean known = at != null && !at.isNaN();
      if (known && drawing) {
        line.lineTo(x.apply(i), at.floatValue());
      } else if (known) {
        line.moveTo(x.apply(i), at.floatValue());
      }
      drawing = known;
    }
    canvas.drawPath(line, paint);
  }

  protected final float dp(float value) {
    return TypedValue.applyDimension(TypedValue.COMPLEX_UNIT_DIP, value, getResources().getDisplayMetrics());
  }

  /** As many times as large as small type is: Android enlarges large type less, and words would outgrow their room. */
  protected final float sp(float value) {
    float small = TypedValue.applyDimension(TypedValue.COMPLEX_UNIT_SP, SMALL_SP, getResources().getDisplayMetrics());
    return value / SMALL_SP * small;
  }
}
