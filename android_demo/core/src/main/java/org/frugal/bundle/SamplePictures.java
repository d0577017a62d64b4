package org.frugal.bundle;

import static org.frugal.bundle.ManifestCheck.require;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.frugal.Picture;
import org.frugal.bundle.Manifest.Samples;
import org.frugal.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A bundle's labelled pictures, which cost on average what its operating points say: to show, and to measure with. */
public final class SamplePictures {
  private SamplePictures() {}

  /** Checks the samples of a manifest whose programs have been checked, if it has any. */
  static void check(Manifest manifest) {
    Samples samples = manifest.samples();
    if (samples == null) {
      return;
    }
    Tensor picture = picture(manifest);
    require(picture != null, "expected a program that reads one picture and nothing else, received another one", "samples");
    int names = labels(manifest).size();
    require(names > 0, "expected an output of labels, received none", "samples");
    List<Integer> shape = picture.shape().subList(1, picture.shape().size());
    int count = samples.labels().size();
    long size = samples.images().bytes();
    String problem = "expected the bytes of " + count + " pictures of " + shape + ", received " + size;
    require(size == count * Tensor.product(shape).longValue(), problem, "samples.images.bytes");
    for (int i = 0; i < count; i++) {
      long label = samples.labels().get(i);
      require(label < names, "expected a label from 0 to " + (names - 1) + ", received " + label, "samples.labels[" + i + "]");
    }
  }

  /** The only input of the main program, if it is a picture; otherwise null. */
  private static @Nullable Tensor picture(Manifest manifest) {
    return manifest.inputs(Manifest.MAIN).size() == 1 ? manifest.image() : null;
  }

  /** Those of the first output that is one of labels. */
  private static List<String> labels(Manifest manifest) {
    return manifest.outputs().values().stream().filter(output -> output instanceof Manifest.Output.Labels).findFirst()
        .map(manifest::labels).orElse(List.of());
  }

  /** The pictures, in the order of their labels in the manifest; none where the bundle has none. */
  public static List<Picture> of(Bundle bundle) {
    Samples samples = bundle.manifest().samples();
    List<Picture> pictures = new ArrayList<>();
    if (samples == null) {
      return pictures;
    }
    List<Integer> shape = bundle.manifest().image().shape();
    ByteBuffer content = bundle.content(samples.images().file());
    for (int i = 0; i < samples.labels().size(); i++) {
      byte[] pixels = new byte[shape.get(1) * shape.get(2) * shape.get(3)];
      content.get(pixels);
      pictures.add(Picture.of(pixels, shape.get(1), shape.get(2), shape.get(3)));
    }
    return pictures;
  }

  /** What is on a picture, in the bundle's words. */
  public static String label(Manifest manifest, int number) {
    return labels(manifest).get(manifest.samples().labels().get(number).intValue());
  }
}
