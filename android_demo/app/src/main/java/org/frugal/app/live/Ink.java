package org.frugal.app.live;

import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.graphics.Color;
import android.graphics.Paint;
import android.graphics.Path;
import java.util.ArrayList;
import java.util.List;
import org.frugal.app.live.LiveState.Shown;

/** Strokes on the drawing pad, in coordinates from 0 to 1: they fit a pad of any size. Main thread only. */
public final class Ink {
  /** Side of the picture that is handed on; the bundle resizes it as its manifest says. */
  static final int SIDE = 200;
  /** A pen as thick as the strokes of the digit sets: some three of fifty pixels. */
  static final float PEN = 0.055f;

  private final List<Path> strokes = new ArrayList<>();

  public boolean isEmpty() {
    return strokes.isEmpty();
  }

  public void begin(float x, float y) {
    Path stroke = new Path();
    stroke.moveTo(x, y);
    // A tap leaves a dot.
    stroke.lineTo(x + 1e-3f, y);
    strokes.add(stroke);
  }

  public void move(float x, float y) {
    if (!strokes.isEmpty()) {
      strokes.get(strokes.size() - 1).lineTo(x, y);
    }
  }

  public void clear() {
    strokes.clear();
  }

  /** Draws it, light on what is there, on a square of a side. */
  public void draw(Canvas canvas, float side) {
    Paint pen = new Paint(Paint.ANTI_ALIAS_FLAG);
    pen.setColor(Color.WHITE);
    pen.setStyle(Paint.Style.STROKE);
    pen.setStrokeCap(Paint.Cap.ROUND);
    pen.setStrokeJoin(Paint.Join.ROUND);
    pen.setStrokeWidth(PEN);
    canvas.save();
    canvas.scale(side, side);
    strokes.forEach(stroke -> canvas.drawPath(stroke, pen));
    canvas.restore();
  }

  /** The picture: white on black. */
  public Shown drawn() {
    Bitmap bitmap = Bitmap.createBitmap(SIDE, SIDE, Bitmap.Config.ARGB_8888);
    Canvas canvas = new Canvas(bitmap);
    canvas.drawColor(Color.BLACK);
    draw(canvas, SIDE);
    int[] argb = new int[SIDE * SIDE];
    bitmap.getPixels(argb, 0, SIDE, 0, 0, SIDE, SIDE);
    bitmap.recycle();
    return new Shown(argb, SIDE, SIDE);
  }
}
