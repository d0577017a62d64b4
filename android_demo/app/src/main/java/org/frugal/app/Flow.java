package org.frugal.app;

import android.content.Context;
import android.util.AttributeSet;
import android.view.View;
import android.view.ViewGroup;

/** Buttons side by side, and below one another where a line is too short for them: large type, or longer words. */
public final class Flow extends ViewGroup {
  private final int gap;

  public Flow(Context context, AttributeSet attributes) {
    super(context, attributes);
    gap = Math.round(8 * getResources().getDisplayMetrics().density);
  }

  /** What is done with a child's place, its left counted from where a line begins. */
  private interface Placed {
    void at(View child, int left, int top);
  }

  @Override
  protected void onMeasure(int widthSpec, int heightSpec) {
    measureChildren(widthSpec, MeasureSpec.UNSPECIFIED);
    int width = MeasureSpec.getSize(widthSpec);
    setMeasuredDimension(width, place(width, (child, left, top) -> {}));
  }

  @Override
  protected void onLayout(boolean changed, int left, int top, int right, int bottom) {
    int width = right - left;
    boolean fromRight = getLayoutDirection() == LAYOUT_DIRECTION_RTL;
    place(width, (child, x, y) -> {
      int from = fromRight ? width - x - child.getMeasuredWidth() : x;
      child.layout(from, y, from + child.getMeasuredWidth(), y + child.getMeasuredHeight());
    });
  }

  /** How high all lines are together. */
  private int place(int width, Placed placed) {
    int left = 0;
    int top = 0;
    int bottom = 0;
    for (int i = 0; i < getChildCount(); i++) {
      View child = getChildAt(i);
      if (child.getVisibility() != GONE) {
        if (left > 0 && left + child.getMeasuredWidth() > width) {
          left = 0;
          top = bottom + gap;
        }
        placed.at(child, left, top);
        left += child.getMeasuredWidth() + gap;
        bottom = Math.max(bottom, top + child.getMeasuredHeight());
      }
    }
    return bottom;
  }
}
