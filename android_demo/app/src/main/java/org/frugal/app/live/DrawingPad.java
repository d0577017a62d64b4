package org.frugal.app.live;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Color;
import android.util.AttributeSet;
import android.view.MotionEvent;
import android.view.View;

/** A black square to draw on with a finger. */
public final class DrawingPad extends View {
  private Ink ink = new Ink();
  private Runnable drawn = () -> {};

  public DrawingPad(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  /** Draws into {@code shared} and calls {@code whenLifted} after every stroke. */
  public void use(Ink shared, Runnable whenLifted) {
    ink = shared;
    drawn = whenLifted;
    invalidate();
  }

  @Override
  protected void onDraw(Canvas canvas) {
    canvas.drawColor(Color.BLACK);
    ink.draw(canvas, getWidth());
  }

  @Override
  public boolean onTouchEvent(MotionEvent event) {
    float x = event.getX() / getWidth();
    float y = event.getY() / getHeight();
    switch (event.getActionMasked()) {
      case MotionEvent.ACTION_DOWN:
        // The page would scroll away under a stroke that goes down.
        getParent().requestDisallowInterceptTouchEvent(true);
        ink.begin(x, y);
        break;
      case MotionEvent.ACTION_MOVE:
        // A finger is faster than the screen is drawn: the places in between come along with the last one.
        for (int i = 0; i < event.getHistorySize(); i++) {
          ink.move(event.getHistoricalX(i) / getWidth(), event.getHistoricalY(i) / getHeight());
        }
        ink.move(x, y);
        break;
      case MotionEvent.ACTION_UP:
        performClick();
        break;
      case MotionEvent.ACTION_CANCEL:
        // The system has taken the finger away for a gesture of its own; what is drawn by then stays drawn.
        drawn.run();
        break;
      default:
        return false;
    }
    invalidate();
    return true;
  }

  @Override
  public boolean performClick() {
    super.performClick();
    drawn.run();
    return true;
  }
}
