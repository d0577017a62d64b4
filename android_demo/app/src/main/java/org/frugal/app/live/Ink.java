package org.frugal.app.live;

import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.graphics.Color;
import android.graphics.Paint;
import android.graphics.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.frugal.app.live.LiveState.Shown;

/** Strokes on the drawing pad, in coordinates from 0 to 1: they fit a pad of any size. Main thread only. */
public final class Ink {
  /** Side of the picture that is handed on; the bundle resizes it as its manifest says. */
  static final int SIDE = 200;
  /** A pen as thick as the strokes of the digit sets: some three of fifty pixels. */
  static final float PEN = 0.055f;
  /** Of all strokes together, far more than a hand draws: what is remembered has to stay small. */
  private static final int MOST_PLACES = 20_000;

  private final List<Stroke> strokes = new ArrayList<>();

  /** Places that follow one another, x before y. */
  private static final class Stroke {
    final Path path = new Path();
    float[] places = new float[128];
    int count;

    void add(float x, float y) {
      if (count == 0) {
        path.moveTo(x, y);
      } else {
        path.lineTo(x, y);
      }
      if (count + 2 > places.length) {
        places = Arrays.copyOf(places, 2 * places.length);
      }
      places[count++] = x;
      places[count++] = y;
    }
  }

  public boolean isEmpty() {
    return strokes.isEmpty();
  }

  public void begin(float x, float y) {
    Stroke stroke = new Stroke();
    stroke.add(x, y);
    // A tap leaves a dot.
    stroke.add(x + 1e-3f, y);
    strokes.add(stroke);
  }

  public void move(float x, float y) {
    if (!strokes.isEmpty()) {
      strokes.get(strokes.size() - 1).add(x, y);
    }
  }

  public void clear() {
    strokes.clear();
  }

  /** The places of each stroke, to be remembered. */
  public float[][] strokes() {
    int all = strokes.stream().mapToInt(stroke -> stroke.count).sum();
    return all > 2 * MOST_PLACES ? new float[0][]
        : strokes.stream().map(stroke -> Arrays.copyOf(stroke.places, stroke.count)).toArray(float[][]::new);
  }

  /**
   * Draws what was remembered.
   *
   * @param remembered of {@link #strokes}, or null
   */
  public void restore(float[][] remembered) {
    strokes.clear();
    for (float[] places : remembered == null ? new float[0][] : remembered) {
      Stroke stroke = new Stroke();
      for (int i = 0; i + 1 < places.length; i += 2) {
        stroke.add(places[i], places[i + 1]);
      }
      strokes.add(stroke);
    }
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
    strokes.forEach(stroke -> canvas.drawPath(stroke.path, pen));
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
