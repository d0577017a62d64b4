package org.frugal.app.live;

import java.util.List;
import org.frugal.Box;
import org.frugal.Event.Corners;
import org.frugal.Picture;
import org.frugal.Reason;
import org.frugal.app.Plain;
import org.frugal.app.bundles.CostPoint;
import org.frugal.bundle.Manifest;
import org.frugal.governor.Decision;

/**
 * What the Live screen shows.
 *
 * @param bundle in use, or null while none is open
 * @param source where pictures come from
 * @param sample which of the bundle's samples, from 0
 * @param shown the picture that was asked about, or null
 * @param answer to it, or null
 * @param problem why there is none, in a sentence, or null
 */
public record LiveState(
    Loaded bundle, Source source, int sample, Shown shown, Answer answer, String problem) {
  public static final LiveState START = new LiveState(null, Source.SAMPLE, 0, null, null, null);

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
   * @param digits whether the classes are the digits, so that the drawing pad makes sense
   */
  public record Loaded(
      String name, Manifest manifest, List<CostPoint> points, List<Sample> samples, boolean digits) {
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
   */
  public record Sample(Picture picture, Shown shown, String expected) {}

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
    boolean padGone = source == Source.PAD && !next.digits();
    Source kept = padGone ? Source.SAMPLE : source;
    boolean sameSamples = bundle == null || next.name().equals(bundle.name());
    int first = sameSamples && sample < next.samples().size() ? sample : 0;
    return new LiveState(next, kept, first, picked(), null, null);
  }

  /** None is open: what was answered belongs to the one before; a picture that was picked may be asked of the next. */
  public LiveState withoutBundle() {
    return new LiveState(null, source == Source.PAD ? Source.SAMPLE : source, 0, picked(), null, null);
  }

  private Shown picked() {
    return source == Source.GALLERY ? shown : null;
  }

  /** What was chosen in a process that is gone, before any bundle is open. */
  static LiveState restored(Source source, int sample) {
    return new LiveState(null, source, sample, null, null, null);
  }

  public LiveState with(Source next) {
    return new LiveState(bundle, next, sample, null, null, null);
  }

  public LiveState withSample(int next) {
    int count = bundle == null ? 0 : bundle.samples().size();
    int chosen = count == 0 ? 0 : Math.floorMod(next, count);
    return new LiveState(bundle, source, chosen, shown, answer, problem);
  }

  public LiveState with(Shown picture, Answer next) {
    return new LiveState(bundle, source, sample, picture, next, null);
  }

  public LiveState withProblem(String sentence) {
    return new LiveState(bundle, source, sample, shown, null, sentence);
  }
}
