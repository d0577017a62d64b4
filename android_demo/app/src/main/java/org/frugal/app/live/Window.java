package org.frugal.app.live;

import java.util.List;
import org.frugal.Event.Corners;
import org.frugal.bundle.Manifest.Input;

/**
 * The part of a picture that the network sees, in pixels of the picture; a padded one reaches beyond its edges. What is
 * answered 0..1 is meant within it.
 */
public record Window(double top, double left, double height, double width) {
  /**
   * As docs/bundle.md cuts and pads ("Inputs", step 2).
   *
   * @param shape [1, height, width, channels] of what the network sees
   */
  public static Window of(Input.Image image, List<Integer> shape, int rows, int columns) {
    long height = shape.get(1);
    long width = shape.get(2);
    switch (image.crop()) {
      case CENTER:
        long keptRows = Math.min(rows, Math.max(1, columns * height / width));
        long keptColumns = Math.min(columns, Math.max(1, rows * width / height));
        return new Window((rows - keptRows) / 2, (columns - keptColumns) / 2, keptRows, keptColumns);
      case PAD:
        long paddedRows = Math.max(rows, ceilDiv(columns * height, width));
        long paddedColumns = Math.max(columns, ceilDiv(rows * width, height));
        return new Window(-((paddedRows - rows) / 2), -((paddedColumns - columns) / 2), paddedRows, paddedColumns);
      default:
        return new Window(0, 0, rows, columns);
    }
  }

  private static long ceilDiv(long value, long by) {
    return (value + by - 1) / by;
  }

  /** A place of the window as a place of the picture, 0..1 over its edges. */
  public Corners inPicture(Corners of, int rows, int columns) {
    return new Corners(
        (top + of.top() * height) / rows, (left + of.left() * width) / columns,
        (top + of.bottom() * height) / rows, (left + of.right() * width) / columns);
  }

  /** A place of the picture as a place of the window, 0..1 over its edges. */
  public Corners inWindow(Corners of, int rows, int columns) {
    return new Corners(
        (of.top() * rows - top) / height, (of.left() * columns - left) / width,
        (of.bottom() * rows - top) / height, (of.right() * columns - left) / width);
  }
}
