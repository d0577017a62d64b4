package org.frugal.app.live;

import java.util.List;
import java.util.Map;
import org.frugal.Box;
import org.frugal.Event.Corners;
import org.frugal.Picture;
import org.frugal.Reason;
import org.frugal.app.Plain;
import org.frugal.app.bundles.CostPoint;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;
import org.frugal.governor.Decision;

/**
 * What the Live screen shows.
 *
 * @param bundle in use, or null while none is open
 * @param source where pictures come from
 * @param sample which of the bundle's samples, from 0
 * @param task which of several tasks is asked, from 0
 * @param shown the picture that was asked about, or null
 * @param answer to it, or null
 * @param problem why there is none, in a sentence, or null
 */
public record LiveState(
    Loaded bundle, Source source, int sample, int task, Shown shown, Answer answer, String problem) {
  public static final LiveState START = new LiveState(null, Source.SAMPLE, 0, 0, null, null, null);

  /** Where pictures come from. */
  public enum Source {
    SAMPLE,
    GALLERY,
    PAD,
    CAMERA
  }

  /**
   * An open bundle.
   *
   * @param points its operating points, cheapest first
   * @param samples the bundle's own pictures
   * @param drawable whether the drawing pad makes sense
   * @param asks what is left to whoever asks
   */
  public record Loaded(
      String name, Manifest manifest, List<CostPoint> points, List<Sample> samples, boolean drawable, Question asks) {
    /** What a person calls it. */
    public String title() {
      return manifest.title() == null ? name : Plain.line(manifest.title());
    }

    /** What it is asked, in a sentence; empty where its maker does not say. */
    public String question() {
      return manifest.question() == null ? "" : Plain.line(manifest.question());
    }

    /** The part of a picture that the network sees. */
    Window window(Shown of) {
      for (String input : manifest.inputs(Manifest.MAIN)) {
        if (manifest.inputs().get(input) instanceof Manifest.Input.Image image) {
          return Window.of(image, manifest.values().get(input).shape(), of.rows(), of.columns());
        }
      }
      return new Window(0, 0, of.rows(), of.columns());
    }
  }

  /**
   * A picture of the bundle's, as the chain gets it and as a person sees it.
   *
   * @param expected what is on it, or, of a picture of the self-test, what is to be answered
   * @param asked settings with which it is asked
   */
  public record Sample(Picture picture, Shown shown, String expected, Map<String, Numbers> asked) {}

  /**
   * A picture of 0xAARRGGBB pixels, as it is asked about.
   *
   * @param mirrored whether a person sees left and right swapped, as in a mirror
   */
  public record Shown(int[] argb, int rows, int columns, boolean mirrored) {
    public Shown(int[] argb, int rows, int columns) {
      this(argb, rows, columns, false);
    }
  }

  /**
   * The answer to a picture.
   *
   * @param name the label; null where only boxes are answered
   * @param probability of the label
   * @param boxes null where only a label is answered
   * @param looks where in the picture the network looked, in order
   * @param rowsLeftOut whether the budget ended rows before the last one
   */
  public record Answer(
      String name, double probability, List<Box> boxes, List<Corners> looks, boolean rowsLeftOut, PathDiagram path,
      double millis, Reason reason, Decision decision) {}

  public LiveState with(Loaded next) {
    boolean padGone = source == Source.PAD && !next.drawable();
    Source kept = padGone ? Source.SAMPLE : source;
    boolean sameSamples = bundle == null || next.name().equals(bundle.name());
    int first = sameSamples && sample < next.samples().size() ? sample : 0;
    boolean sameTasks = bundle == null || next.asks().equals(bundle.asks());
    int asked = sameTasks && task < next.asks().names().size() ? task : next.asks().first();
    return new LiveState(next, kept, first, asked, picked(), null, null);
  }

  /** None is open: what was answered belongs to the one before; a picture that was picked may be asked of the next. */
  public LiveState withoutBundle() {
    return new LiveState(null, source == Source.PAD ? Source.SAMPLE : source, 0, 0, picked(), null, null);
  }

  private Shown picked() {
    return source == Source.GALLERY ? shown : null;
  }

  /** What was chosen in a process that is gone, before any bundle is open. */
  static LiveState restored(Source source, int sample, int task) {
    return new LiveState(null, source, sample, task, null, null, null);
  }

  public LiveState with(Source next) {
    return new LiveState(bundle, next, sample, task, null, null, null);
  }

  /** Another sample, asked what the self-test asks of it. */
  public LiveState withSample(int next) {
    int count = bundle == null ? 0 : bundle.samples().size();
    int chosen = count == 0 ? 0 : Math.floorMod(next, count);
    int asked = count == 0 ? task : bundle.asks().asked(bundle.samples().get(chosen).asked());
    return new LiveState(bundle, source, chosen, asked, shown, answer, problem);
  }

  public LiveState withTask(int next) {
    return new LiveState(bundle, source, sample, next, shown, answer, problem);
  }

  public LiveState with(Shown picture, Answer next) {
    return new LiveState(bundle, source, sample, task, picture, next, null);
  }

  public LiveState withProblem(String sentence) {
    return new LiveState(bundle, source, sample, task, shown, null, sentence);
  }

  /** The settings that ask what is chosen. */
  Map<String, Numbers> asking() {
    return bundle == null ? Map.of() : bundle.asks().asking(task);
  }

  /** The answer that the self-test expects of the sample, to what is asked now; empty where it asks something else. */
  String expected() {
    Sample shownSample = bundle.samples().get(sample);
    return bundle.asks().asked(shownSample.asked()) == task ? shownSample.expected() : "";
  }
}
