package org.frugal.app.live;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.DashPathEffect;
import android.graphics.Paint;
import android.graphics.Path;
import android.graphics.RectF;
import android.graphics.Typeface;
import android.text.TextPaint;
import android.text.TextUtils;
import android.util.AttributeSet;
import android.view.View;
import java.util.List;
import org.frugal.app.Drawing;
import org.frugal.app.Numbers;
import org.frugal.app.R;
import org.frugal.app.live.PathDiagram.Block;
import org.frugal.app.live.PathDiagram.Fork;
import org.frugal.app.live.PathDiagram.Node;
import org.frugal.app.live.PathDiagram.State;
import org.frugal.app.live.PathLayout.Place;

/**
 * The path of an answer: blocks as wide as their multiply-adds, filled where they ran, dashed where a choice went
 * another way, pale where the answer came first; a cloud is another machine. From right to left in languages that are.
 */
public final class PathView extends Drawing {
  /** Of more blocks than this the narrowest are too narrow for a name. */
  private static final int FEW = 12;
  /** Characters of a name that was cut, fewer of which say nothing. */
  private static final int LEAST_NAME = 4;

  private final Paint line = new Paint(Paint.ANTI_ALIAS_FLAG);
  private final TextPaint text = new TextPaint(Paint.ANTI_ALIAS_FLAG);
  private final Path shape = new Path();
  private final float gap = dp(8);
  private final float blockHeight = dp(40);
  private final float textHeight = sp(15);
  private PathDiagram path;
  private PathWords words;

  public PathView(Context context, AttributeSet attributes) {
    super(context, attributes);
    line.setStyle(Paint.Style.STROKE);
    line.setStrokeWidth(dp(1.5f));
    text.setTextAlign(Paint.Align.CENTER);
  }

  public void show(PathDiagram next) {
    path = next;
    words = new PathWords(getContext());
    setContentDescription(next == null ? null : words.describe(next));
    requestLayout();
    invalidate();
  }

  @Override
  protected void onMeasure(int widthSpec, int heightSpec) {
    int width = MeasureSpec.getSize(widthSpec);
    int rows = path == null || path.nodes().isEmpty() ? 0 : layout(width).rows();
    setMeasuredDimension(width, (int) Math.ceil(rows * rowHeight()));
  }

  private PathLayout layout(float width) {
    List<Node> nodes = path.nodes();
    double[] costs = new double[nodes.size()];
    float[] least = new float[nodes.size()];
    for (int i = 0; i < costs.length; i++) {
      boolean isBlock = nodes.get(i) instanceof Block;
      costs[i] = isBlock ? ((Block) nodes.get(i)).macs() : 0;
      least[i] = sp(!isBlock ? 34 : nodes.size() > FEW ? 18 : 54);
    }
    return PathLayout.of(costs, least, width, gap);
  }

  /** A block, the exit's name under it, two lines of numbers, and room for the line to the next row. */
  private float rowHeight() {
    return blockHeight + dp(10) + 3 * textHeight + sp(4) + dp(14);
  }

  @Override
  protected void onDraw(Canvas canvas) {
    if (path == null || path.nodes().isEmpty()) {
      return;
    }
    List<Place> places = layout(getWidth()).places();
    for (int i = 0; i < places.size(); i++) {
      Node node = path.nodes().get(i);
      if (i > 0) {
        drawLink(canvas, places.get(i - 1), places.get(i), wasTaken(node));
      }
      RectF at = at(places.get(i));
      if (node instanceof Fork fork) {
        drawFork(canvas, fork, at);
      } else {
        drawBlock(canvas, (Block) node, at);
      }
    }
  }

  private static boolean wasTaken(Node node) {
    return node instanceof Fork || ((Block) node).hasRun();
  }

  private RectF at(Place place) {
    float left = mirrored(place.left(), place.width());
    float top = place.row() * rowHeight() + dp(1);
    return new RectF(left, top, left + place.width(), top + blockHeight);
  }

  /** Where something begins that lies at a place of a page that is read from left to right. */
  private float mirrored(float left, float width) {
    return getLayoutDirection() == View.LAYOUT_DIRECTION_RTL ? getWidth() - left - width : left;
  }

  /** From a node to the next one; into the next row it goes round the ends of both. */
  private void drawLink(Canvas canvas, Place from, Place to, boolean taken) {
    line.setColor(getContext().getColor(taken ? R.color.accent : R.color.outline));
    line.setPathEffect(null);
    float out = mirrored(from.left() + from.width(), 0);
    float in = mirrored(to.left(), 0);
    float middle = at(from).centerY();
    if (from.row() == to.row()) {
      canvas.drawLine(out, middle, in, middle, line);
      return;
    }
    float half = gap / 2 * (getLayoutDirection() == View.LAYOUT_DIRECTION_RTL ? -1 : 1);
    float between = to.row() * rowHeight() - dp(6);
    shape.reset();
    shape.moveTo(out, middle);
    shape.lineTo(out + half, middle);
    shape.lineTo(out + half, between);
    shape.lineTo(in - half, between);
    shape.lineTo(in - half, at(to).centerY());
    shape.lineTo(in, at(to).centerY());
    canvas.drawPath(shape, line);
  }

  private void drawBlock(Canvas canvas, Block block, RectF at) {
    boolean cloud = block.state() == State.REMOTE || block.state() == State.FAILED;
    outline(at, cloud);
    if (block.hasRun() || block.state() == State.NOT_REACHED) {
      paint.setColor(getContext().getColor(block.last() ? R.color.exit
          : block.hasRun() ? R.color.accent : R.color.track));
      canvas.drawPath(shape, paint);
    } else {
      line.setColor(getContext().getColor(block.state() == State.FAILED ? R.color.bad : R.color.outline));
      line.setPathEffect(new DashPathEffect(new float[] {dp(4), dp(3)}, 0));
      canvas.drawPath(shape, line);
    }
    if (block.last()) {
      drawExit(canvas, at);
    }
    int inside = block.last() ? R.color.on_exit : block.hasRun() ? R.color.on_accent
        : block.state() == State.FAILED ? R.color.bad : R.color.text_quiet;
    writeName(canvas, words.name(block), at, inside, block.hasRun());
    float below = at.bottom + dp(10) + 2 * textHeight;
    int numbers = block.hasRun() ? R.color.text : R.color.text_quiet;
    writeNumber(canvas, block.hasRun() ? Numbers.millis(block.millis()) : "–", at, below, numbers);
    String cost = block.bytes() > 0 ? Numbers.bytes(block.bytes()) : Numbers.count(block.macs());
    writeNumber(canvas, cost, at, below + textHeight, numbers);
  }

  /** A block's shape, or that of a cloud, which is as wide. */
  private void outline(RectF at, boolean cloud) {
    float inset = line.getStrokeWidth() / 2;
    RectF inside = new RectF(at.left + inset, at.top + inset, at.right - inset, at.bottom - inset);
    shape.reset();
    if (!cloud) {
      shape.addRoundRect(inside, dp(6), dp(6), Path.Direction.CW);
      return;
    }
    float low = inside.top + inside.height() * 0.35f;
    shape.addRoundRect(inside.left, low, inside.right, inside.bottom, dp(14), dp(14), Path.Direction.CW);
    Path puff = new Path();
    puff.addOval(inside.left + inside.width() * 0.12f, inside.top + inside.height() * 0.12f,
        inside.left + inside.width() * 0.52f, inside.bottom - inside.height() * 0.2f, Path.Direction.CW);
    shape.op(puff, Path.Op.UNION);
    puff.reset();
    puff.addOval(inside.left + inside.width() * 0.38f, inside.top, inside.left + inside.width() * 0.86f,
        inside.bottom - inside.height() * 0.2f, Path.Direction.CW);
    shape.op(puff, Path.Op.UNION);
  }

  /** A choice: which of how many ways. */
  private void drawFork(Canvas canvas, Fork fork, RectF at) {
    shape.reset();
    shape.moveTo(at.left, at.centerY());
    shape.lineTo(at.centerX(), at.top + dp(4));
    shape.lineTo(at.right, at.centerY());
    shape.lineTo(at.centerX(), at.bottom - dp(4));
    shape.close();
    line.setColor(getContext().getColor(R.color.accent));
    line.setPathEffect(null);
    canvas.drawPath(shape, line);
    style(R.color.text, 11, true);
    canvas.drawText(words.way(fork), at.centerX(), at.centerY() + sp(4), text);
  }

  /** An arrow out of the chain, with the exit's name, which may be wider than the block. */
  private void drawExit(Canvas canvas, RectF at) {
    float x = at.centerX();
    shape.reset();
    shape.moveTo(x - dp(7), at.bottom - dp(1));
    shape.lineTo(x + dp(7), at.bottom - dp(1));
    shape.lineTo(x, at.bottom + dp(8));
    shape.close();
    canvas.drawPath(shape, paint);
    style(R.color.exit, 12, true);
    float half = text.measureText(path.exit()) / 2;
    float middle = Math.max(half, Math.min(x, getWidth() - half));
    canvas.drawText(path.exit(), middle, at.bottom + dp(8) + textHeight - sp(2), text);
  }

  /** A name in the middle of a block, cut where the block is narrow; of a very narrow one it says nothing. */
  private void writeName(Canvas canvas, String name, RectF at, int colour, boolean bold) {
    style(colour, 13, bold);
    CharSequence fitted = TextUtils.ellipsize(name, text, at.width() - dp(4), TextUtils.TruncateAt.MIDDLE);
    if (fitted.length() >= Math.min(LEAST_NAME, name.length())) {
      canvas.drawText(fitted.toString(), at.centerX(), at.centerY() + sp(4.5f), text);
    }
  }

  /** A number under a block, where it has room. */
  private void writeNumber(Canvas canvas, String number, RectF at, float baseline, int colour) {
    style(colour, 12, false);
    if (text.measureText(number) <= at.width() + gap - dp(2)) {
      canvas.drawText(number, at.centerX(), baseline, text);
    }
  }

  private void style(int colour, int size, boolean bold) {
    text.setColor(getContext().getColor(colour));
    text.setTextSize(sp(size));
    text.setTypeface(bold ? Typeface.DEFAULT_BOLD : Typeface.DEFAULT);
  }
}
