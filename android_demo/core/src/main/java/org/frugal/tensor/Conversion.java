package org.frugal.tensor;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a value between the tensor that wrote it and the one that reads it, fixed at load time:
 * {@code real = (q - zeroPoint) * scale} in float32, and back {@code q = clip(round(real / scale) + zeroPoint)}, ties
 * to even. A value of eight bits takes one look-up in a table of 256 entries, which gives the same bits.
 */
public interface Conversion {
  /**
   * Writes so many elements of {@code from} into {@code to}; positions stay.
   *
   * @param first number of the first element read
   * @param place number of the first element written
   */
  void convert(ByteBuffer from, int first, ByteBuffer to, int place, int elements);

  /** The same from the first element on. */
  default void convert(ByteBuffer from, ByteBuffer to, int elements) {
    convert(from, 0, to, 0, elements);
  }

  /** The conversion from one encoding to another, or null where they are the same. */
  static @Nullable Conversion between(Encoding from, Encoding to) {
    if (from.equals(to)) {
      return null;
    }
    if (!from.type().isEightBit()) {
      return (source, first, target, place, elements) -> {
        for (int i = 0; i < elements; i++) {
          write(target, place + i, realAt(source, first + i, from), to);
        }
      };
    }
    float[] reals = reals(from);
    if (to.type().isEightBit()) {
      int[] codes = codes(reals, to);
      return (source, first, target, place, elements) -> {
        for (int i = 0; i < elements; i++) {
          target.put(place + i, (byte) codes[source.get(first + i) & 255]);
        }
      };
    }
    return (source, first, target, place, elements) -> {
      for (int i = 0; i < elements; i++) {
        write(target, place + i, reals[source.get(first + i) & 255], to);
      }
    };
  }

  /** The real numbers of all codes of eight bits, by their unsigned byte. */
  static float[] reals(Encoding encoding) {
    float[] reals = new float[256];
    for (int i = 0; i < 256; i++) {
      int code = encoding.type() == TensorType.INT8 ? (byte) i : i;
      reals[i] = ((float) code - (float) encoding.zeroPoint()) * encoding.scale();
    }
    return reals;
  }

  /** The codes of real numbers. */
  static int[] codes(float[] reals, Encoding encoding) {
    int[] codes = new int[reals.length];
    for (int i = 0; i < reals.length; i++) {
      codes[i] = quantize(reals[i], encoding);
    }
    return codes;
  }

  /** One element as float32. */
  static float realAt(ByteBuffer source, int i, Encoding encoding) {
    switch (encoding.type()) {
      case FLOAT32:
        return source.getFloat(4 * i);
      case INT32:
        return source.getInt(4 * i);
      case INT16:
        return (float) source.getShort(2 * i) * encoding.scale();
      case INT8:
        return ((float) source.get(i) - (float) encoding.zeroPoint()) * encoding.scale();
      default:
        return ((float) (source.get(i) & 255) - (float) encoding.zeroPoint()) * encoding.scale();
    }
  }

  /** Writes one element. */
  static void write(ByteBuffer target, int i, float real, Encoding encoding) {
    switch (encoding.type()) {
      case FLOAT32:
        target.putFloat(4 * i, real);
        break;
      case INT32:
        target.putInt(4 * i, quantize(real, encoding));
        break;
      case INT16:
        target.putShort(2 * i, (short) quantize(real, encoding));
        break;
      default:
        target.put(i, (byte) quantize(real, encoding));
    }
  }

  /** The code of a real number in an integer type; NaN becomes the lowest. */
  static int quantize(float real, Encoding encoding) {
    TensorType type = encoding.type();
    double wide = type == TensorType.INT32
        ? Math.rint(real)
        : (float) Math.rint(real / encoding.scale()) + (float) encoding.zeroPoint();
    return wide > type.lowest() ? (int) Math.min(wide, type.highest()) : type.lowest();
  }
}
