package org.frugal.image;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.List;
import org.frugal.ChainException;
import org.frugal.Picture;
import org.frugal.bundle.Manifest.Input;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.Tensor;
import org.frugal.tensor.TensorType;

/**
 * Makes the content of an image's value of a picture, each step as docs/bundle.md says, so that every runtime gets the
 * same bits. A pixel becomes a float32, or the code of eight or sixteen bits that the value holds, by a table of 256
 * entries a channel.
 */
public final class ImageReader {
  private final ImageSpec spec;
  private final Encoding encoding;
  private final PixelFitter fitter;
  private final ByteBuffer result;
  private final float[][] reals;
  // What a normalised number can be: a channel's range of pixels, and its width more on either side.
  private final float[] lowest;
  private final float[] highest;
  private final int[][] codes;
  // One bulk copy: element by element, a direct buffer is slow on Android.
  private final byte[] byteArray;
  private final short[] shortArray;
  private final ShortBuffer shortResult;
  private final float[] realArray;
  private final FloatBuffer realResult;

  /**
   * @param input what the manifest says of the image
   * @param tensor of its value, [1, height, width, channels]: float32, int8, uint8 or int16
   */
  public ImageReader(Input.Image input, Tensor tensor) {
    spec = ImageSpec.of(input, tensor);
    encoding = tensor.encoding();
    fitter = new PixelFitter(spec);
    int elements = tensor.elements();
    result = Buffers.allocate(tensor.bytes());
    reals = new float[spec.channels()][];
    lowest = new float[reals.length];
    highest = new float[reals.length];
    boolean isReal = encoding.type() == TensorType.FLOAT32;
    codes = isReal ? null : new int[spec.channels()][];
    byteArray = new byte[encoding.type().isEightBit() ? elements : 0];
    shortArray = new short[encoding.type() == TensorType.INT16 ? elements : 0];
    shortResult = result.asShortBuffer();
    realArray = new float[isReal ? elements : 0];
    realResult = result.asFloatBuffer();
    for (int channel = 0; channel < reals.length; channel++) {
      reals[channel] = pixelTable(input.scale().get(channel), input.offset().get(channel));
      float low = Math.min(reals[channel][0], reals[channel][255]);
      float high = Math.max(reals[channel][0], reals[channel][255]);
      lowest[channel] = low - (high - low);
      highest[channel] = high + (high - low);
      if (codes != null) {
        codes[channel] = Conversion.codes(reals[channel], encoding);
      }
    }
  }

  /** float32(float32(pixel * scale) + offset) of the pixels 0..255. */
  static float[] pixelTable(double scale, double offset) {
    float[] table = new float[256];
    for (int pixel = 0; pixel < 256; pixel++) {
      table[pixel] = (float) pixel * (float) scale + (float) offset;
    }
    return table;
  }

  /**
   * Prepares one picture or frame.
   *
   * @return a direct buffer of the encoding, which the next call overwrites
   * @throws ChainException another shape than the bundle's, or a float that is not finite or cannot be a normalised one
   */
  public ByteBuffer read(PixelRows image) {
    if (image == null) {
      throw new ChainException("image: expected a Picture, received null");
    }
    if (image instanceof Picture picture && picture.isNormalised()) {
      readNormalised(picture);
    } else if (codes != null) {
      readCodes(fitter.fit(image));
    } else {
      readReals(fitter.fit(image));
    }
    return result;
  }

  private void readCodes(byte[] pixels) {
    int channels = codes.length;
    for (int channel = 0; channel < channels; channel++) {
      int[] table = codes[channel];
      for (int i = channel; i < byteArray.length; i += channels) {
        byteArray[i] = (byte) table[pixels[i] & 255];
      }
      for (int i = channel; i < shortArray.length; i += channels) {
        shortArray[i] = (short) table[pixels[i] & 255];
      }
    }
    ((Buffer) result).rewind();
    ((Buffer) shortResult).rewind();
    if (shortArray.length > 0) {
      shortResult.put(shortArray);
    } else {
      result.put(byteArray);
    }
  }

  private void readReals(byte[] pixels) {
    int channels = reals.length;
    for (int channel = 0; channel < channels; channel++) {
      float[] table = reals[channel];
      for (int i = channel; i < pixels.length; i += channels) {
        realArray[i] = table[pixels[i] & 255];
      }
    }
    ((Buffer) realResult).rewind();
    realResult.put(realArray);
  }

  private void readNormalised(Picture picture) {
    boolean fits = picture.rows() == spec.height() && picture.columns() == spec.width()
        && picture.channels() == spec.channels();
    if (!fits) {
      throw new ChainException(
          "image: expected float32 of shape " + List.of(spec.height(), spec.width(), spec.channels()) + ", received "
              + picture.shape());
    }
    float[] values = picture.values();
    int channels = reals.length;
    for (int channel = 0; channel < channels; channel++) {
      float low = lowest[channel];
      float high = highest[channel];
      for (int i = channel; i < values.length; i += channels) {
        if (!(values[i] >= low && values[i] <= high)) {
          throw new ChainException(implausible(values, i));
        }
      }
    }
    for (int i = 0; i < values.length; i++) {
      Conversion.write(result, i, values[i], encoding);
    }
  }

  private String implausible(float[] values, int at) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return "image: expected finite numbers, received NaN or infinity";
      }
    }
    int channel = at % reals.length;
    return "image: expected normalised numbers (pixel * scale + offset) from " + lowest[channel] + " to "
        + highest[channel] + " in channel " + channel + ", received " + values[at] + ": give pixels of 0..255 as bytes";
  }
}
