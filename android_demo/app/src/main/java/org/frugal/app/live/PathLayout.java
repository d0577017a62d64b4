package org.frugal.app.live;

/**
 * Where the blocks of a path lie: as many in a row as fit at a legible width, rows of equal length as far as possible.
 *
 * @param perRow blocks in a full row
 * @param blockWidth of each, in the units of the width given
 */
public record PathLayout(int perRow, int rows, float blockWidth) {
  /**
   * @param blocks at least one
   * @param least the narrowest block whose text can be read
   * @param gap between two blocks
   */
  public static PathLayout of(int blocks, float width, float least, float gap) {
    int fit = Math.max(1, (int) ((width + gap) / (least + gap)));
    int rows = (blocks + fit - 1) / fit;
    int perRow = (blocks + rows - 1) / rows;
    // Two blocks across a tablet would look like a mistake.
    float blockWidth = Math.min((width - gap * (perRow - 1)) / perRow, 2 * least);
    return new PathLayout(perRow, rows, blockWidth);
  }
}
