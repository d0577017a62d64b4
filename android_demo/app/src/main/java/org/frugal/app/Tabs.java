package org.frugal.app;

import android.content.Context;
import android.util.AttributeSet;
import android.util.TypedValue;
import android.widget.RadioButton;
import android.widget.RadioGroup;

/**
 * Words side by side, in type of one size: the one that they have, or as much smaller as it takes for all of them to
 * stand in the row; each has its share of the row by its length.
 */
public final class Tabs extends RadioGroup {
  /** Between neighbouring words at least, of the type's size. */
  private static final float GAP = .5f;

  private float type;

  public Tabs(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  @Override
  protected void onFinishInflate() {
    super.onFinishInflate();
    type = tab(0).getTextSize();
  }

  @Override
  protected void onMeasure(int width, int height) {
    float words = 0;
    for (int i = 0; i < getChildCount(); i++) {
      words += share(tab(i), type);
    }
    float fitting = Math.min(type, type * MeasureSpec.getSize(width) / words);
    for (int i = 0; i < getChildCount(); i++) {
      RadioButton tab = tab(i);
      ((LayoutParams) tab.getLayoutParams()).weight = share(tab, fitting);
      tab.setTextSize(TypedValue.COMPLEX_UNIT_PX, fitting);
    }
    super.onMeasure(width, height);
  }

  /** How much of the row a word takes in type of that size, in pixels. */
  private static float share(RadioButton tab, float size) {
    float now = tab.getTextSize();
    return size * (tab.getPaint().measureText(tab.getText().toString()) / now + GAP);
  }

  private RadioButton tab(int i) {
    return (RadioButton) getChildAt(i);
  }
}
