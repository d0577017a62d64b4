package org.frugal.app.live;

import android.content.Context;
import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.graphics.RectF;
import android.util.AttributeSet;
import java.util.List;
import org.frugal.Box;
import org.frugal.Event.Corners;
import org.frugal.app.Drawing;
import org.frugal.app.Plain;
import org.frugal.app.R;
import org.frugal.app.live.LiveState.Shown;

/** A picture, and on it where the network looked and what it found there. */
public class PictureView extends Drawing {
  /** Small pictures are shown pixel by pixel, as the network sees them. */
  private static final int SMOOTH = 100;
  private static final int MASK_ALPHA = 150;
  /** Of classes one after the other: on photographs, so the same by day and by night. */
  private static final int[] CLASSES = {
    R.color.class_0, R.color.class_1, R.color.class_2, R.color.class_3, R.color.class_4, R.color.class_5
  };

  private final Paint bitmapPaint = new Paint();
  private final RectF place = new RectF();
  private Shown shown;
  private Bitmap bitmap;
  private Marks marks = Marks.NONE;

  /**
   * What is drawn on the picture, 0..1 over its edges.
   *
   * @param looks where the network looked, in order
   * @param look the one that stands out, or -1
   * @param boxes what it found, each with its place in the picture
   */
  public record Marks(List<Corners> looks, int look, List<Found> boxes) {
    public static final Marks NONE = new Marks(List.of(), -1, List.of());
  }

  /** A box, and where it lies in the picture. */
  public record Found(Box box, Corners at) {}

  public PictureView(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  /**
   * @param next null for none
   */
  public void show(Shown next, Marks of) {
    if (next != shown) {
      shown = next;
      bitmap = next == null ? null
          : Bitmap.createBitmap(next.argb(), next.columns(), next.rows(), Bitmap.Config.ARGB_8888);
    }
    marks = of;
    invalidate();
  }

  /** The picture, or null. */
  protected final Shown shown() {
    return shown;
  }

  /** Where the picture lies in this view: as large as fits, in the middle. */
  protected final RectF place() {
    float scale = Math.min((float) getWidth() / shown.columns(), (float) getHeight() / shown.rows());
    float width = scale * shown.columns();
    float height = scale * shown.rows();
    place.set(0, 0, width, height);
    place.offset((getWidth() - width) / 2, (getHeight() - height) / 2);
    return place;
  }

  @Override
  protected void onDraw(Canvas canvas) {
    if (bitmap == null) {
      return;
    }
    RectF at = place();
    bitmapPaint.setFilterBitmap(shown.columns() > SMOOTH);
    canvas.save();
    if (shown.mirrored()) {
      canvas.scale(-1, 1, at.centerX(), 0);
    }
    canvas.drawBitmap(bitmap, null, at, bitmapPaint);
    canvas.restore();
    // What lies beyond the picture is padding, which nobody sees.
    canvas.clipRect(at);
    for (Found found : marks.boxes()) {
      drawMask(canvas, found, on(at, found.at()));
    }
    for (int i = 0; i < marks.looks().size(); i++) {
      boolean standsOut = i == marks.look();
      drawFrame(canvas, on(at, marks.looks().get(i)), R.color.look, standsOut ? 3 : 1);
    }
    for (Found found : marks.boxes()) {
      drawFrame(canvas, on(at, found.at()), colour(found), 2);
    }
    // No frame goes through a word.
    for (Found found : marks.boxes()) {
      drawLabel(canvas, found, on(at, found.at()), at);
    }
  }

  /** A place of the picture in this view; in a mirror left and right are swapped, but words stay readable. */
  protected final RectF on(RectF at, Corners of) {
    float left = (float) (shown.mirrored() ? 1 - of.right() : of.left());
    float right = (float) (shown.mirrored() ? 1 - of.left() : of.right());
    return new RectF(
        at.left + left * at.width(), at.top + (float) of.top() * at.height(), at.left + right * at.width(),
        at.top + (float) of.bottom() * at.height());
  }

  /** A line on a line: it is seen on dark and on light pictures alike. */
  protected final void drawFrame(Canvas canvas, RectF frame, int colour, float width) {
    paint.setStyle(Paint.Style.STROKE);
    paint.setColor(getContext().getColor(R.color.halo));
    paint.setStrokeWidth(dp(width + 2));
    canvas.drawRect(frame, paint);
    paint.setColor(getContext().getColor(colour));
    paint.setStrokeWidth(dp(width));
    canvas.drawRect(frame, paint);
  }

  private static int colour(Found found) {
    return CLASSES[Math.floorMod(found.box().label(), CLASSES.length)];
  }

  private void drawMask(Canvas canvas, Found found, RectF frame) {
    float[][] mask = found.box().mask();
    if (mask == null) {
      return;
    }
    int colour = getContext().getColor(colour(found)) & 0x00FFFFFF;
    int[] argb = new int[mask.length * mask[0].length];
    for (int i = 0; i < argb.length; i++) {
      float share = mask[i / mask[0].length][i % mask[0].length];
      argb[i] = Math.round(MASK_ALPHA * share) << 24 | colour;
    }
    Bitmap drawn = Bitmap.createBitmap(argb, mask[0].length, mask.length, Bitmap.Config.ARGB_8888);
    bitmapPaint.setFilterBitmap(true);
    canvas.save();
    if (shown.mirrored()) {
      canvas.scale(-1, 1, frame.centerX(), 0);
    }
    canvas.drawBitmap(drawn, null, frame, bitmapPaint);
    canvas.restore();
  }

  /** The label stands above the box, or in it where there is no room above. */
  private void drawLabel(Canvas canvas, Found found, RectF frame, RectF at) {
    String words = Plain.name(found.box().name());
    paint.setStyle(Paint.Style.FILL);
    paint.setTextSize(sp(13));
    float height = sp(18);
    float width = paint.measureText(words) + sp(8);
    float left = Math.max(at.left, Math.min(frame.left, at.right - width));
    float top = frame.top - height < at.top ? Math.max(at.top, frame.top) : frame.top - height;
    paint.setColor(getContext().getColor(colour(found)));
    canvas.drawRect(left, top, left + width, top + height, paint);
    paint.setColor(getContext().getColor(R.color.on_class));
    paint.setTextAlign(Paint.Align.LEFT);
    canvas.drawText(words, left + sp(4), top + height - sp(5), paint);
  }
}
