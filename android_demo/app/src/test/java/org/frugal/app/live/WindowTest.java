package org.frugal.app.live;

import static org.junit.Assert.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.frugal.Event;
import org.frugal.Event.Corners;
import org.frugal.Reason;
import org.frugal.Result;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Manifest.Input;
import org.frugal.bundle.Manifest.Input.Crop;
import org.junit.Test;

/** Where something lies in a picture of which the network sees a part, or a crop of it. */
public class WindowTest {
  private static final List<Integer> SQUARE = List.of(1, 32, 32, 3);

  @Test
  public void theMiddleIsSeenOfAPictureThatIsCut() {
    assertEquals(new Window(0, 50, 200, 200), window(Crop.CENTER, SQUARE, 200, 300));
    assertEquals(new Window(50, 0, 200, 200), window(Crop.CENTER, SQUARE, 300, 200));
    assertEquals("rounded down", new Window(0, 0, 3, 3), window(Crop.CENTER, SQUARE, 3, 4));
    assertEquals("two to one", new Window(25, 0, 50, 100), window(Crop.CENTER, List.of(1, 16, 32, 3), 100, 100));
  }

  @Test
  public void aPaddedPictureIsSeenWithWhatIsAroundIt() {
    assertEquals(new Window(-50, 0, 300, 300), window(Crop.PAD, SQUARE, 200, 300));
    assertEquals("rounded up", new Window(0, -1, 5, 5), window(Crop.PAD, SQUARE, 5, 2));
  }

  @Test
  public void withoutACropAllIsSeen() {
    assertEquals(new Window(0, 0, 200, 300), window(Crop.NONE, SQUARE, 200, 300));
  }

  @Test
  public void aPlaceOfTheWindowIsAPlaceOfThePicture() {
    Window middle = window(Crop.CENTER, SQUARE, 200, 300);
    // Of 300 columns the window has 50 to 250: its left half ends at 150.
    assertEquals(new Corners(0, 50 / 300.0, 1, 0.5), middle.inPicture(new Corners(0, 0, 1, 0.5), 200, 300));
    Window padded = window(Crop.PAD, SQUARE, 200, 300);
    Corners all = padded.inPicture(new Corners(0, 0, 1, 1), 200, 300);
    assertEquals("beyond its edges", new Corners(-0.25, 0, 1.25, 1), all);
  }

  @Test
  public void cropsAreShownInTheirOrderAndUpright() {
    // main[2] cuts `glance` from the picture, main[3] again and again.
    Manifest manifest = manifest("looks");
    String glance = manifest.main().stream().filter(step -> step instanceof org.frugal.bundle.Step.Crop)
        .map(step -> ((org.frugal.bundle.Step.Crop) step).output()).findFirst().orElseThrow();
    List<Corners> looks = Looks.of(manifest, result(
        Event.crop(glance, new Corners(0.1, 0.2, 0.5, 0.6)), Event.crop(glance, new Corners(0.9, 0.8, 0.3, 0.4)),
        Event.crop(glance, new Corners(Double.NaN, 0, 1, 1))));
    assertEquals(List.of(new Corners(0.1, 0.2, 0.5, 0.6), new Corners(0.3, 0.4, 0.9, 0.8)), looks);
  }

  private static Window window(Crop crop, List<Integer> shape, int rows, int columns) {
    return Window.of(new Input.Image(true, crop, 0, List.of(1.0), List.of(0.0)), shape, rows, columns);
  }

  private static Manifest manifest(String golden) {
    return Bundle.load(Path.of(System.getProperty("frugal.repository"), "tests/goldens/bundles", golden)).manifest();
  }

  private static Result result(Event... events) {
    return new Result(Map.of(), List.of(), List.of(events), "exit", Reason.RULE, 10, Map.of(), 0, "");
  }
}
