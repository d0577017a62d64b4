package org.frugal.bundle;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A tensor of a part's file.
 *
 * @param scales one number, or one a channel, or none
 * @param zeroPoints as many
 * @param begin where its constant data begin; -1 for a computed tensor
 */
record PartTensor(long[] shape, String type, float[] scales, long[] zeroPoints, int begin) {
  static final int MOST_RANK = 8;
  private static final List<String> TYPES = Arrays.asList(
      "float32", "float16", "int32", "uint8", "int64", null, "bool", "int16", null, "int8");
  private static final int[] SIZES = {4, 2, 4, 1, 8, 0, 1, 2, 0, 1};
  private static final String NAMES = "float32, float16, int32, uint8, int64, bool, int16, int8";
  /** Of zero points; these types have scales. */
  private static final Map<String, long[]> RANGES =
      Map.of("int8", new long[] {-128, 127}, "uint8", new long[] {0, 255}, "int16", new long[] {0, 0});
  private static final float LEAST_SCALE = 0x1p-40f;
  private static final float MOST_SCALE = 0x1p10f;

  boolean isConstant() {
    return begin >= 0;
  }

  boolean isEightOrSixteenBit() {
    return RANGES.containsKey(type);
  }

  /** Checks a tensor; {@code where} is its path. */
  static PartTensor of(FlatTable table, List<FlatTable> buffers, String where) {
    int number = (int) table.number("type", 0);
    boolean known = number < TYPES.size() && TYPES.get(number) != null;
    DamagedPart.unless(known, where + ".type", "a type of " + NAMES, "number " + number);
    long[] shape = shape(table, where);
    int[] dynamic = table.has("shape_signature") ? table.integers("shape_signature") : table.integers("shape");
    if (!Arrays.equals(dynamic, table.integers("shape"))) {
      throw new DamagedPart(
          where + ".shape_signature", "the shape " + Arrays.toString(shape), Arrays.toString(dynamic));
    }
    long[] data = PartCheck.at(buffers, table.number("buffer", 0), where + ".buffer").data("data");
    if (data[1] != 0) {
      checkData(data, SIZES[number], PartOperands.product(shape), where + ".buffer");
    }
    FlatTable quantization = table.table("quantization");
    checkQuantization(quantization, shape, TYPES.get(number), where + ".quantization");
    float[] scales = quantization.reals("scale");
    boolean one = data[1] != 0 || scales.length <= 1;
    DamagedPart.unless(one, where + ".quantization", "one scale of what is computed", scales.length);
    int begin = data[1] != 0 ? (int) data[0] : -1;
    return new PartTensor(shape, TYPES.get(number), scales, quantization.longs("zero_point"), begin);
  }

  private static long[] shape(FlatTable table, String where) {
    int[] sizes = table.integers("shape");
    String place = where + ".shape";
    DamagedPart.unless(sizes.length <= MOST_RANK, place, "at most " + MOST_RANK + " dimensions", sizes.length);
    long[] shape = new long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      shape[i] = sizes[i];
      if (sizes[i] < 1) {
        throw new DamagedPart(place, "sizes of at least 1", Arrays.toString(sizes));
      }
    }
    if (PartOperands.product(shape) > PartOperands.MOST_ELEMENTS) {
      throw new DamagedPart(
          place, "at most " + PartOperands.MOST_ELEMENTS + " elements", Arrays.toString(sizes));
    }
    return shape;
  }

  private static void checkData(long[] data, int size, long elements, String where) {
    if (data[1] != elements * size) {
      throw new DamagedPart(where, elements * size + " bytes of data", data[1]);
    }
    if (data[0] % size != 0) {
      throw new DamagedPart(where, "data at a multiple of " + size, "some at byte " + data[0]);
    }
  }

  private static void checkQuantization(FlatTable table, long[] shape, String type, String where) {
    float[] scales = table.reals("scale");
    long[] zeroPoints = table.longs("zero_point");
    DamagedPart.unless(
        zeroPoints.length == scales.length, where + ".zero_point", scales.length + " numbers", zeroPoints.length);
    if (scales.length > 1) {
      long dimension = table.number("quantized_dimension", 0);
      boolean inside = 0 <= dimension && dimension < shape.length;
      DamagedPart.unless(inside, where + ".quantized_dimension", "a number below " + shape.length, dimension);
      long size = shape[(int) dimension];
      DamagedPart.unless(scales.length == size, where + ".scale", "1 or " + size + " numbers", scales.length);
    }
    long[] range = RANGES.getOrDefault(type, new long[2]);
    for (long zeroPoint : zeroPoints) {
      boolean inside = range[0] <= zeroPoint && zeroPoint <= range[1];
      DamagedPart.unless(inside, where + ".zero_point", range[0] + " to " + range[1], "others");
    }
    checkScales(scales, type, where + ".scale");
  }

  private static void checkScales(float[] scales, String type, String where) {
    boolean scaled = RANGES.containsKey(type);
    DamagedPart.unless(!scaled || scales.length > 0, where, "at least one number for " + type, "none");
    for (float scale : scales) {
      if (scaled) {
        DamagedPart.unless(LEAST_SCALE <= scale && scale <= MOST_SCALE, where, "2^-40 to 2^10", "others");
      } else {
        boolean usual = 0 < scale && scale < Float.POSITIVE_INFINITY;
        DamagedPart.unless(usual, where, "finite numbers above 0", "others");
      }
    }
  }
}
