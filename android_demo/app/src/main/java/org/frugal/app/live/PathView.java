package org.frugal.app.live;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.graphics.Typeface;
import android.text.TextPaint;
import android.text.TextUtils;
import android.util.AttributeSet;
import org.frugal.app.Drawing;
import org.frugal.app.Numbers;
import org.frugal.app.R;
import org.frugal.app.live.PathDiagram.Block;
import org.frugal.app.live.PathDiagram.State;

/** The path of an answer: run parts filled, the exit marked, skipped ones hollow, time and multiply-adds under each. */
public final class PathView extends Drawing {
  private final Paint line = new Paint(Paint.ANTI_ALIAS_FLAG);
  private final TextPaint text = new TextPaint(Paint.ANTI_ALIAS_FLAG);
  private final android.graphics.Path pointer = new android.graphics.Path();
  private final float gap = dp(6);
  private final float blockHeight = dp(40);
  private final float textHeight = sp(15);
  private PathDiagram path;

  public PathView(Context context, AttributeSet attributes) {
    super(context, attributes);
    line.setStyle(Paint.Style.STROKE);
    line.setStrokeWidth(dp(1.5f));
    text.setTextAlign(Paint.Align.CENTER);
  }

  public void show(PathDiagram next) {
    path = next;
    setContentDescription(next == null ? null : describe(next));
    requestLayout();
    invalidate();
  }

  private String describe(PathDiagram shown) {
    StringBuilder blocks = new StringBuilder();
    for (Block block : shown.blocks()) {
      boolean skipped = block.state() == State.SKIPPED;
      blocks.append(skipped ? getContext().getString(R.string.block_skipped, block.name())
          : getContext().getString(
              R.string.block_run, block.name(), Numbers.millis(block.millis()), Numbers.count(block.macs())));
      blocks.append(' ');
    }
    return getContext().getString(
        R.string.path_label, shown.run(), shown.blocks().size(), shown.exit(), blocks.toString().trim());
  }

  @Override
  protected void onMeasure(int widthSpec, int heightSpec) {
    int width = MeasureSpec.getSize(widthSpec);
    int rows = path == null ? 0 : layout(width).rows();
    setMeasuredDimension(width, (int) Math.ceil(rows * rowHeight()));
  }

  private PathLayout layout(float width) {
    return PathLayout.of(path.blocks().size(), width, sp(50), gap);
  }

  /** A block, the exit's name under it, and two lines of numbers. */
  private float rowHeight() {
    return blockHeight + 3 * textHeight + dp(16);
  }

  @Override
  protected void onDraw(Canvas canvas) {
    if (path == null) {
      return;
    }
    PathLayout layout = layout(getWidth());
    for (int i = 0; i < path.blocks().size(); i++) {
      float left = i % layout.perRow() * (layout.blockWidth() + gap);
      float top = i / layout.perRow() * rowHeight();
      drawBlock(canvas, path.blocks().get(i), left, top, layout.blockWidth());
      if (i % layout.perRow() > 0) {
        drawLink(canvas, path.blocks().get(i).state(), left, top + blockHeight / 2);
      }
    }
  }

  private void drawLink(Canvas canvas, State state, float left, float middle) {
    line.setColor(getContext().getColor(state == State.SKIPPED ? R.color.outline : R.color.accent));
    canvas.drawLine(left - gap, middle, left, middle, line);
  }

  private void drawBlock(Canvas canvas, Block block, float left, float top, float width) {
    float right = left + width;
    float bottom = top + blockHeight;
    boolean skipped = block.state() == State.SKIPPED;
    boolean exit = block.state() == State.EXIT;
    int colour = getContext().getColor(skipped ? R.color.outline : exit ? R.color.exit : R.color.accent);
    if (skipped) {
      line.setColor(colour);
      float inset = line.getStrokeWidth() / 2;
      canvas.drawRoundRect(left + inset, top + inset, right - inset, bottom - inset, dp(6), dp(6), line);
    } else {
      paint.setColor(colour);
      canvas.drawRoundRect(left, top, right, bottom, dp(6), dp(6), paint);
    }
    if (exit) {
      drawExit(canvas, (left + right) / 2, bottom, width);
    }
    int inside = skipped ? R.color.text_quiet : exit ? R.color.on_exit : R.color.on_accent;
    String name = block.turns() > 1 ? getContext().getString(R.string.block_turns, block.name(), block.turns())
        : block.name();
    write(canvas, name, (left + right) / 2, top + blockHeight / 2 + sp(4.5f), width - dp(4), inside, 13, !skipped);
    float below = bottom + dp(10) + 2 * textHeight;
    float middle = (left + right) / 2;
    int numbers = skipped ? R.color.text_quiet : R.color.text;
    write(canvas, skipped ? "–" : Numbers.millis(block.millis()), middle, below, width + gap, numbers, 12, false);
    write(canvas, Numbers.count(block.macs()), middle, below + textHeight, width + gap, numbers, 12, false);
  }

  /** An arrow out of the chain, with the exit's name. */
  private void drawExit(Canvas canvas, float x, float bottom, float width) {
    pointer.reset();
    pointer.moveTo(x - dp(7), bottom);
    pointer.lineTo(x + dp(7), bottom);
    pointer.lineTo(x, bottom + dp(8));
    pointer.close();
    canvas.drawPath(pointer, paint);
    write(canvas, path.exit(), x, bottom + dp(8) + textHeight - sp(2), width + gap, R.color.exit, 12, true);
  }

  private void write(
      Canvas canvas, String words, float x, float baseline, float width, int colour, int size, boolean bold) {
    text.setColor(getContext().getColor(colour));
    text.setTextSize(sp(size));
    text.setTypeface(bold ? Typeface.DEFAULT_BOLD : Typeface.DEFAULT);
    CharSequence fitted = TextUtils.ellipsize(words, text, width, TextUtils.TruncateAt.MIDDLE);
    canvas.drawText(fitted.toString(), x, baseline, text);
  }
}
