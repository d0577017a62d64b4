package org.frugal.app.benchmark;

import android.os.Debug;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.frugal.Chain;
import org.frugal.ChainException;
import org.frugal.ChainOptions;
import org.frugal.Picture;
import org.frugal.Result;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.SamplePictures;

/**
 * A bundle that is measured.
 *
 * @param pictures that it is asked about
 * @param firstMillis from the file to the first answer: once, before anything is warm
 * @param nativeBytes what it holds of the native heap when all its parts have run; 0 where Android does not tell
 */
record Subject(Chain chain, List<Picture> pictures, double firstMillis, long nativeBytes) implements AutoCloseable {
  private static final int TIMED_RUNS = 5;

  /**
   * @param asked about which pictures, or null for those of the bundle
   * @throws org.frugal.FrugalException the bundle is refused, or has no pictures to ask about
   */
  static Subject open(Path path, ChainOptions options, List<Picture> asked, LongSupplier clock) {
    long held = Debug.getNativeHeapAllocatedSize();
    long begin = clock.getAsLong();
    Bundle bundle = Bundle.load(path);
    double loaded = (clock.getAsLong() - begin) / 1e6;
    List<Picture> pictures = asked == null ? pictures(bundle) : asked;
    begin = clock.getAsLong();
    Chain chain = new Chain(bundle, options.withWarmUp(false));
    try {
      chain.run(pictures.get(0));
      double first = loaded + (clock.getAsLong() - begin) / 1e6;
      chain.measure(TIMED_RUNS);
      return new Subject(chain, pictures, first, Math.max(0, Debug.getNativeHeapAllocatedSize() - held));
    } catch (RuntimeException error) {
      chain.close();
      throw error;
    }
  }

  /** Its samples, which cost on average what its points say; of a bundle without any those of its self-test. */
  private static List<Picture> pictures(Bundle bundle) {
    Manifest manifest = bundle.manifest();
    List<Picture> pictures = SamplePictures.of(bundle);
    if (pictures.isEmpty() && manifest.goldens() != null) {
      pictures.addAll(GoldenIndex.read(bundle).pictures(bundle).values());
    }
    if (pictures.isEmpty()) {
      throw new ChainException("benchmark: expected a bundle with samples to ask about, received " + manifest.name());
    }
    return pictures;
  }

  Manifest manifest() {
    return chain.bundle().manifest();
  }

  Result ask(int number, String point) {
    return chain.run(pictures.get(number % pictures.size()), null, point);
  }

  @Override
  public void close() {
    chain.close();
  }

  /** A subject at an operating point, as one of the ways that take turns, and what its answers were. */
  static final class At {
    final Turns.Way way;
    private final Subject subject;
    private final String point;
    private final Map<String, Integer> exits = new TreeMap<>();
    private double macs;

    At(Progress.Stage stage, Subject subject, String point) {
      this.subject = subject;
      this.point = point;
      way = new Turns.Way(stage, i -> subject.ask(i, point), this::count);
    }

    private void count(int number) {
      Result result = subject.ask(number, point);
      exits.merge(result.exit(), 1, Integer::sum);
      macs += result.macs();
    }

    JsonObject json() {
      JsonObject counts = Json.object();
      exits.forEach(counts::add);
      String title = subject.manifest().title();
      return Percentiles.of(way.nanos()).json().add("measured", way.stage.label())
          .add("bundle", subject.manifest().name()).add("title", title == null ? "" : title)
          .add("operating_point", point)
          .add("mean_macs", macs / way.nanos().length).add("exits", counts)
          .add("first_answer_ms", subject.firstMillis()).add("native_bytes", subject.nativeBytes());
    }
  }
}
