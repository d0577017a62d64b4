package org.frugal.app;

import static org.junit.Assert.assertEquals;

import android.content.Context;
import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.util.TypedValue;
import android.view.View;
import org.robolectric.RuntimeEnvironment;

/** A view drawn by itself, and the colours of places of it that are worked out by hand. */
public final class Drawn {
  private static final Context CONTEXT = RuntimeEnvironment.getApplication();

  private Drawn() {}

  public static Bitmap of(View view, int width, int mode, int height) {
    view.measure(
        View.MeasureSpec.makeMeasureSpec(width, View.MeasureSpec.EXACTLY),
        View.MeasureSpec.makeMeasureSpec(height, mode));
    view.layout(0, 0, view.getMeasuredWidth(), view.getMeasuredHeight());
    Bitmap bitmap = Bitmap.createBitmap(view.getWidth(), view.getHeight(), Bitmap.Config.ARGB_8888);
    view.draw(new Canvas(bitmap));
    return bitmap;
  }

  public static void assertColour(String what, int colour, Bitmap drawn, double x, double y) {
    int received = drawn.getPixel((int) Math.round(x), (int) Math.round(y));
    assertEquals(what, Integer.toHexString(CONTEXT.getColor(colour)), Integer.toHexString(received));
  }

  public static float dp(float value) {
    return TypedValue.applyDimension(
        TypedValue.COMPLEX_UNIT_DIP, value, CONTEXT.getResources().getDisplayMetrics());
  }

  public static float sp(float value) {
    return TypedValue.applyDimension(
        TypedValue.COMPLEX_UNIT_SP, value, CONTEXT.getResources().getDisplayMetrics());
  }
}
