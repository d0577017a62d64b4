package org.frugal.app.teach;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.RectF;
import android.util.AttributeSet;
import android.view.MotionEvent;
import java.util.function.Consumer;
import org.frugal.Event.Corners;
import org.frugal.app.R;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.PictureView;

/** A picture on which a box is dragged; what the network does not see of it is dimmed, and no box reaches there. */
public final class BoxPad extends PictureView {
  private static final float REACH_DP = 24;
  private static final Corners ALL = new Corners(0, 0, 1, 1);

  private Corners seen = ALL;
  private Corners box;
  private Consumer<Corners> whenLifted;
  private BoxDrag drag;
  private Corners dragged;

  public BoxPad(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  /**
   * @param visible the part of the picture that the network sees
   * @param present the box that is there, or null
   * @param lifted is given a box that was dragged; null where none is asked for
   */
  void show(Shown picture, Corners visible, Corners present, Consumer<Corners> lifted) {
    show(picture, Marks.NONE);
    seen = new Corners(
        Math.max(0, visible.top()), Math.max(0, visible.left()), Math.min(1, visible.bottom()),
        Math.min(1, visible.right()));
    box = present;
    whenLifted = lifted;
    if (lifted == null) {
      drag = null;
    }
  }

  /** All that a box may cover: for who cannot drag one. */
  Corners whole() {
    return seen;
  }

  @Override
  protected void onDraw(Canvas canvas) {
    super.onDraw(canvas);
    if (shown() == null) {
      return;
    }
    RectF at = new RectF(place());
    RectF visible = on(at, seen);
    paint.setStyle(android.graphics.Paint.Style.FILL);
    paint.setColor(getContext().getColor(R.color.halo));
    canvas.save();
    canvas.clipRect(at);
    canvas.clipOutRect(visible);
    canvas.drawRect(at, paint);
    canvas.restore();
    Corners drawn = drag != null ? dragged : box;
    if (drawn != null && whenLifted != null) {
      drawFrame(canvas, on(at, drawn), R.color.look, 3);
    }
  }

  @Override
  public boolean onTouchEvent(MotionEvent event) {
    if (whenLifted == null || shown() == null) {
      return false;
    }
    RectF at = new RectF(place());
    double across = (event.getX() - at.left) / at.width();
    double x = shown().mirrored() ? 1 - across : across;
    double y = (event.getY() - at.top) / at.height();
    switch (event.getActionMasked()) {
      case MotionEvent.ACTION_DOWN:
        // The page would scroll away under a box that is drawn downwards.
        getParent().requestDisallowInterceptTouchEvent(true);
        drag = new BoxDrag(seen, dp(REACH_DP) / at.width(), dp(REACH_DP) / at.height());
        drag.begin(box, x, y);
        dragged = box;
        break;
      case MotionEvent.ACTION_MOVE:
        follow(x, y);
        break;
      case MotionEvent.ACTION_UP:
        follow(x, y);
        performClick();
        break;
      case MotionEvent.ACTION_CANCEL:
        drag = null;
        break;
      default:
        return false;
    }
    invalidate();
    return true;
  }

  private void follow(double x, double y) {
    Corners next = drag == null ? null : drag.to(x, y);
    dragged = next == null ? box : next;
  }

  @Override
  public boolean performClick() {
    super.performClick();
    if (drag != null) {
      drag = null;
      if (dragged != null && !dragged.equals(box)) {
        box = dragged;
        whenLifted.accept(box);
      }
    }
    return true;
  }
}
