package org.frugal.image;

import java.util.List;
import org.frugal.bundle.Manifest.Input;
import org.frugal.tensor.Tensor;

/** What a picture is made: the shape, and the steps on the way to it. */
record ImageSpec(int height, int width, int channels, boolean bilinear, Input.Crop crop, int padding) {
  /**
   * @param tensor of the input's value: [1, height, width, channels]
   */
  static ImageSpec of(Input.Image input, Tensor tensor) {
    List<Integer> shape = tensor.shape();
    return new ImageSpec(
        shape.get(1), shape.get(2), shape.get(3), input.bilinear(), input.crop(), input.padding());
  }
}
