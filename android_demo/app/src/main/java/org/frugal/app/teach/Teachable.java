package org.frugal.app.teach;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.frugal.Event.Corners;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.Pixels;
import org.frugal.app.live.Window;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.Input;
import org.frugal.bundle.Teachers;

/**
 * How a bundle is taught by pictures, known from its manifest alone: by a program that makes a row of a table and reads
 * one picture, and besides at most a box on it (docs/bundle.md, "Tables").
 *
 * @param program the one that teaches
 * @param table the one that gets the row
 * @param image the input that is the picture
 * @param spec how it becomes what the network sees
 * @param shape [1, height, width, channels] of that
 * @param box the input that is a box on the picture, or null where none is asked for
 * @param capacity how many rows the table can hold
 */
public record Teachable(
    String program, String table, String image, Input.Image spec, List<Integer> shape, String box, int capacity) {
  private static final String USUAL = "teach";

  /** Of a bundle, by the program that is called so, else by the first one; null where pictures teach it nothing. */
  public static Teachable of(Manifest manifest) {
    Teachable first = null;
    for (Map.Entry<String, String> each : Teachers.of(manifest).entrySet()) {
      Teachable found = of(manifest, each.getKey(), each.getValue());
      if (found != null && each.getKey().equals(USUAL)) {
        return found;
      }
      first = first == null ? found : first;
    }
    return first;
  }

  private static Teachable of(Manifest manifest, String program, String table) {
    String image = null;
    String box = null;
    for (String name : manifest.inputs(program)) {
      Input input = manifest.inputs().get(name);
      if (input instanceof Input.Image && image == null) {
        image = name;
      } else if (input instanceof Input.Box && box == null) {
        box = name;
      } else {
        return null;
      }
    }
    boolean belongs = box == null || ((Input.Box) manifest.inputs().get(box)).image().equals(image);
    if (image == null || !belongs) {
      return null;
    }
    int capacity = manifest.values().get(manifest.tables().get(table).rows()).shape().get(1);
    return new Teachable(
        program, table, image, (Input.Image) manifest.inputs().get(image), manifest.values().get(image).shape(), box,
        capacity);
  }

  /** Whether a box is asked for on each picture. */
  public boolean asksBox() {
    return box != null;
  }

  /** The part of a picture that the network sees. */
  public Window window(Shown of) {
    return Window.of(spec, shape, of.rows(), of.columns());
  }

  /** A picture and its box as the program's inputs. */
  Map<String, Object> inputs(Example example) {
    Map<String, Object> inputs = new HashMap<>();
    Shown shown = example.shown();
    inputs.put(image, Pixels.picture(shown));
    if (asksBox()) {
      Corners seen = window(shown).inWindow(example.box(), shown.rows(), shown.columns());
      inputs.put(box, new float[] {
        within(seen.top()), within(seen.left()), within(seen.bottom()), within(seen.right())});
    }
    return inputs;
  }

  private static float within(double place) {
    return (float) Math.max(0, Math.min(1, place));
  }
}
