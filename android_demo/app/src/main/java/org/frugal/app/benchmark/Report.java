package org.frugal.app.benchmark;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.frugal.app.Plain;

/**
 * A finished benchmark as the list shows it.
 *
 * @param threads that were asked for
 * @param threadsInUse that ran the parts
 * @param curve of the sustained run, or empty
 * @param energy null where it was not asked for
 */
public record Report(
    Path file, String bundle, String started, int threads, int threadsInUse, List<Line> lines,
    List<Sustained.Sample> curve, Energy energy) {
  /**
   * One of those that took turns; times in milliseconds.
   *
   * @param title of the bundle for people; empty where it has none, or an older app made the report
   * @param first from the file to the first answer, or 0 where an older app did not measure it
   * @param nativeBytes what it holds of the native heap, or 0 where that is not known
   */
  public record Line(
      Progress.Stage measured, String bundle, String title, String point, int queries, double mean, double p50,
      double p90, double p99, double macs, double first, long nativeBytes) {
    /** What a person calls the bundle. */
    String called() {
      return title.isEmpty() ? bundle : Plain.line(title);
    }
  }

  /** What the chain takes, as a share of what its static network takes. */
  public record Ratio(double mean, double p90, double macs) {}

  /** What a person calls the bundle that was measured. */
  String title() {
    Line chain = line(Progress.Stage.CHAIN);
    return chain == null || chain.title().isEmpty() ? bundle : chain.called();
  }

  /** The chain at its usual point against its static network; null where that was not measured. */
  Ratio toStatic() {
    return to(Progress.Stage.STATIC_NETWORK);
  }

  /** The same against the smaller one that is as accurate. */
  Ratio toSmaller() {
    return to(Progress.Stage.SMALLER_NETWORK);
  }

  /** How many times the native memory of its static network the chain holds; null where that is not known. */
  Double memoryToStatic() {
    Line chain = line(Progress.Stage.CHAIN);
    Line whole = line(Progress.Stage.STATIC_NETWORK);
    boolean known = chain != null && whole != null && chain.nativeBytes() > 0 && whole.nativeBytes() > 0;
    return known ? (Double) ((double) chain.nativeBytes() / whole.nativeBytes()) : null;
  }

  private Ratio to(Progress.Stage stage) {
    Line chain = line(Progress.Stage.CHAIN);
    Line whole = line(stage);
    boolean known = chain != null && whole != null && whole.mean() > 0 && whole.p90() > 0 && whole.macs() > 0;
    return known ? new Ratio(
        chain.mean() / whole.mean(), chain.p90() / whole.p90(), chain.macs() / whole.macs()) : null;
  }

  private Line line(Progress.Stage stage) {
    return lines.stream().filter(each -> each.measured() == stage).findFirst().orElse(null);
  }

  /**
   * @throws IOException the file is no report
   */
  static Report read(Path file, String json) throws IOException {
    try {
      JsonObject report = Json.parse(json).asObject();
      List<Line> lines = new ArrayList<>();
      for (JsonValue each : report.get("results").asArray()) {
        lines.add(line(each.asObject()));
      }
      JsonValue curve = report.get("sustained");
      JsonValue energy = report.get("energy");
      JsonObject settings = report.get("settings").asObject();
      int threads = settings.getInt("threads", 1);
      return new Report(
          file, settings.getString("bundle", ""), report.getString("started", ""), threads,
          settings.getInt("threads_in_use", threads), lines,
          Sustained.read(curve == null ? new JsonArray() : curve.asArray()),
          energy == null ? null : Energy.read(energy.asObject()));
    } catch (RuntimeException error) {
      throw new IOException(
          "expected the report of a benchmark in " + file.getFileName() + ", received " + error, error);
    }
  }

  private static Line line(JsonObject of) {
    return new Line(
        Progress.Stage.valueOf(of.getString("measured", "").toUpperCase(Locale.ROOT)), of.getString("bundle", ""),
        of.getString("title", ""), of.getString("operating_point", ""), of.getInt("queries", 0),
        of.getDouble("mean_ms", 0), of.getDouble("p50_ms", 0), of.getDouble("p90_ms", 0), of.getDouble("p99_ms", 0),
        of.getDouble("mean_macs", 0), of.getDouble("first_answer_ms", 0), of.getLong("native_bytes", 0));
  }
}
