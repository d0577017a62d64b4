package org.frugal.bundle;

import static org.frugal.bundle.PartOperands.image;
import static org.frugal.bundle.PartOperands.need;
import static org.frugal.bundle.PartOperands.padded;

/** The shapes that operators on images give: the twin of tflite/bundle/part_images.py. */
final class PartImages {
  private PartImages() {}

  /** How often a window fits an axis; {@code padding} 0 is the same size, 1 only whole windows. */
  private static long window(long size, long window, long stride, long dilation, long padding) {
    long covered = padding == 0 ? 0 : (window - 1) * dilation;
    need(size > covered);
    return (size - covered + stride - 1) / stride;
  }

  static long[] pool(PartOperands o) {
    long[] s = image(o.shape(0));
    long[] p = o.options();
    return new long[] {s[0], window(s[1], p[4], p[2], 1, p[0]), window(s[2], p[3], p[1], 1, p[0]), s[3]};
  }

  static long[] conv(PartOperands o) {
    long[] s = image(o.shape(0));
    long[] f = image(o.shape(1));
    long[] p = o.options();
    need(s[3] % f[3] == 0 && f[0] % (s[3] / f[3]) == 0);
    o.checkBias(2, f[0]);
    return new long[] {
      s[0], window(s[1], f[1], p[2], p[5], p[0]), window(s[2], f[2], p[1], p[4], p[0]), f[0]
    };
  }

  static long[] depthwise(PartOperands o) {
    long[] s = image(o.shape(0));
    long[] f = image(o.shape(1));
    long[] p = o.options();
    need(f[0] == 1 && f[3] == s[3] * p[3]);
    o.checkBias(2, f[3]);
    return new long[] {
      s[0], window(s[1], f[1], p[2], p[6], p[0]), window(s[2], f[2], p[1], p[5], p[0]), f[3]
    };
  }

  static long[] transposedConv(PartOperands o) {
    long[] result = image(o.read(0));
    long[] f = image(o.shape(1));
    long[] s = image(o.shape(2));
    long[] p = o.options();
    need(f[3] == s[3] && result[0] == s[0] && result[3] == f[0] && result[1] >= 1 && result[2] >= 1);
    need(s[1] == window(result[1], f[1], p[2], 1, p[0]));
    need(s[2] == window(result[2], f[2], p[1], 1, p[0]));
    o.checkBias(3, f[0]);
    return result;
  }

  static long[] resize(PartOperands o) {
    long[] size = o.read(1);
    need(size.length == 2);
    long[] s = image(o.shape(0));
    return new long[] {s[0], size[0], size[1], s[3]};
  }

  static long[] toDepth(PartOperands o) {
    long[] s = image(o.shape(0));
    long block = o.options()[0];
    need(s[1] % block == 0 && s[2] % block == 0);
    return new long[] {s[0], s[1] / block, s[2] / block, s[3] * block * block};
  }

  static long[] fromDepth(PartOperands o) {
    long[] s = image(o.shape(0));
    long block = o.options()[0];
    need(s[3] % (block * block) == 0);
    return new long[] {s[0], s[1] * block, s[2] * block, s[3] / (block * block)};
  }

  static long[] toBatch(PartOperands o) {
    long[] s = image(o.shape(0));
    long[] blocks = o.read(1);
    long[] sizes = padded(new long[] {s[1], s[2]}, o.read(2));
    need(blocks.length == 2 && blocks[0] >= 1 && blocks[1] >= 1);
    need(sizes[0] % blocks[0] == 0 && sizes[1] % blocks[1] == 0);
    return new long[] {
      PartOperands.product(s[0], blocks[0], blocks[1]), sizes[0] / blocks[0], sizes[1] / blocks[1], s[3]
    };
  }

  static long[] fromBatch(PartOperands o) {
    long[] s = image(o.shape(0));
    long[] blocks = o.read(1);
    long[] crops = o.read(2);
    need(blocks.length == 2 && blocks[0] >= 1 && blocks[1] >= 1);
    long area = PartOperands.product(blocks[0], blocks[1]);
    need(s[0] % area == 0);
    padded(new long[] {s[1], s[2]}, crops);
    return new long[] {
      s[0] / area, s[1] * blocks[0] - crops[0] - crops[1], s[2] * blocks[1] - crops[2] - crops[3], s[3]
    };
  }
}
