package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.content.Intent;
import android.net.Uri;
import android.view.ViewGroup;
import android.widget.TextView;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.frugal.app.AppModel;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.budget.Trace;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;

/** The list of reports: what each says, who else can read it, and files that are none. */
@RunWith(RobolectricTestRunner.class)
public class ReportsOnScreenTest {
  @Test
  public void aReportHoldsWhatWasMeasuredAndTheListShowsIt() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      BenchmarkScreenTest.measure(BenchmarkScreenTest.SHORT);
      BenchmarkState state = OnScreen.app().benchmark().state().get();
      assertNull(state.problem());
      JsonObject report = Json.parse(new String(Files.readAllBytes(state.last()))).asObject();
      assertEquals("2.16.1", report.getString("tensorflow_lite", ""));
      assertEquals(3, report.get("results").asArray().size());
      JsonObject chain = report.get("results").asArray().get(0).asObject();
      JsonObject full = report.get("results").asArray().get(1).asObject();
      assertTrue(chain.getDouble("mean_macs", 0) < full.getDouble("mean_macs", 0));
      assertEquals(24, full.get("exits").asObject().getInt("exit_12", 0));
      JsonObject whole = report.get("results").asArray().get(2).asObject();
      assertEquals("static_network", whole.getString("measured", ""));
      assertEquals(4_122_448, whole.getDouble("mean_macs", 0), 0);
      assertEquals(24, whole.get("exits").asObject().getInt("answer", 0));
      assertEquals("no_counter", report.get("energy").asObject().getString("unknown", ""));
      assertTrue("a latency and a reading", Trace.read(report.toString()).recording().events().size() >= 2);
      TextView lines = screen.<ViewGroup>find(R.id.reports).findViewById(R.id.report_lines);
      String words = lines.getText().toString();
      assertTrue(words, words.startsWith("Chain, balanced\nmean"));
      assertEquals("Largest minus smallest, coarse digits", screen.text(R.id.report_name));
      assertTrue(words, words.contains("\n\nStatic network, static\nmean"));
      assertTrue(words, words.matches("(?s).*\\n\\nChain: [\\d.]+\u00a0% of the static network's mean time, "
          + "[\\d.]+\u00a0% of its p90, [\\d.]+\u00a0% of its multiply-adds\\."
          + "(\\n\\nThe chain with all its parts open holds [\\d.]+ times the native memory of the static network\\.)?"));
      assertTrue(screen.shows(R.id.report_curve));
      assertEquals("No energy: this phone has no charge counter.", screen.text(R.id.report_energy));
    }
  }

  @Test
  public void anotherBundleIsAskedAboutItsOwnSamplesAndNamed() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      BenchmarkScreenTest.measure(
          new BenchmarkSettings("epnet_max_min_hidden", false, "max_min_digits", 1, true, 8, 0, 0, 0));
      TextView lines = screen.<ViewGroup>find(R.id.reports).findViewById(R.id.report_lines);
      String words = lines.getText().toString();
      assertTrue(words, words.contains("\n\nLargest minus smallest, coarse digits, balanced\nmean"));
      assertTrue(words, words.endsWith("\n\nNot compared with the static network."));
      assertFalse("no energy was asked for", screen.shows(R.id.report_energy));
      assertFalse("and no curve", screen.shows(R.id.report_curve));
    }
  }

  @Test
  public void aReportIsSharedAsAFileThatCanBeReadAndRemoved() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      BenchmarkScreenTest.measure(BenchmarkScreenTest.SHORT);
      Path file = OnScreen.app().benchmark().state().get().last();
      screen.click(R.id.share_report);
      Intent chooser = Shadows.shadowOf(screen.activity()).getNextStartedActivity();
      assertEquals(Intent.ACTION_CHOOSER, chooser.getAction());
      Intent send = chooser.getParcelableExtra(Intent.EXTRA_INTENT);
      Uri uri = send.getParcelableExtra(Intent.EXTRA_STREAM);
      assertEquals("content://org.frugal.app.reports/" + file.getFileName(), uri.toString());
      assertEquals("application/json", send.getType());
      assertEquals(uri, send.getClipData().getItemAt(0).getUri());
      assertTrue((send.getFlags() & Intent.FLAG_GRANT_READ_URI_PERMISSION) != 0);
      assertFalse("the file goes, not its text", send.hasExtra(Intent.EXTRA_TEXT));
      screen.click(R.id.remove_report);
      assertTrue(screen.shows(R.id.no_reports));
      assertFalse(Files.exists(file));
    }
  }

  @Test
  public void aFileThatIsNoReportIsSaidAndTheOthersAreShown() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      BenchmarkScreenTest.measure(new BenchmarkSettings("max_min_digits", false, null, 1, true, 8, 0, 0, 0));
      Path folder = OnScreen.app().benchmark().state().get().last().getParent();
      Files.write(folder.resolve("mine.json"), "{}".getBytes(StandardCharsets.UTF_8));
      screen.click(R.id.tab_live);
      screen.click(R.id.tab_benchmark);
      String problem = screen.text(R.id.benchmark_problem);
      assertTrue(problem, problem.startsWith(
          "Expected a readable file, received: expected the report of a benchmark in mine.json, received "));
      assertEquals(1, screen.<ViewGroup>find(R.id.reports).getChildCount());
    }
  }

  @Test
  public void aReportOfWhatThisAppDoesNotMeasureIsSaidAndHidesNoOther() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      write("20250101_000000_mine.json", result("chain", 1.5), null);
      write("20250102_000000_newer.json", result("two_phones", 1.5), null);
      screen.click(R.id.tab_live);
      screen.click(R.id.tab_benchmark);
      String problem = screen.text(R.id.benchmark_problem);
      assertTrue(problem, problem.contains("the report of a benchmark in 20250102_000000_newer.json"));
      assertEquals(1, screen.<ViewGroup>find(R.id.reports).getChildCount());
      assertEquals("mine", screen.text(R.id.report_name));
    }
  }

  @Test
  public void aReportIsReadInWordsAndItsButtonsSayWhichItIs() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_live)) {
      JsonObject energy = new Energy(12.54, 10.25, 14.8, null).json();
      write("20250101_000000_mine.json", result("full_depth", 1.5), energy);
      screen.click(R.id.tab_benchmark);
      assertEquals("2025-01-01 10:11:12", screen.text(R.id.report_when));
      assertEquals(
          "Full depth, balanced\nmean\u00a01.75\u00a0ms, p90\u00a03.00\u00a0ms\n"
              + "p50\u00a01.50\u00a0ms, p99\u00a06.00\u00a0ms\n"
              + "1,024 answers of 10.0\u00a0M multiply-adds\nFirst answer 40.0\u00a0ms after the file was opened\n"
              + "2.50\u00a0MB of native memory with all parts\n\n"
              + "Asked for 4 threads: XNNPACK ran on one.\n\nNot compared with the static network.",
          screen.text(R.id.report_lines));
      assertEquals(
          "12.5 µJ an answer, by the charge counter, which allows 10.3 to 14.8.", screen.text(R.id.report_energy));
      assertEquals("Share mine, 2025-01-01 10:11:12", label(screen, R.id.share_report));
      assertEquals("Remove mine, 2025-01-01 10:11:12", label(screen, R.id.remove_report));
      assertEquals(
          "The sustained run. Latency, p90: 2.00\u00a0ms – 4.00\u00a0ms. Battery temperature: 30.0 °C. "
              + "Operating point, 0 is the cheapest: 1 – 2",
          label(screen, R.id.report_curve));
    }
  }

  @Test
  public void aReportThatCannotBeWrittenIsSaid() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      Path folder = AppModel.reports(RuntimeEnvironment.getApplication());
      Files.delete(folder);
      Files.write(folder, new byte[1]);
      BenchmarkScreenTest.measure(new BenchmarkSettings("max_min_digits", false, null, 1, true, 8, 0, 0, 0));
      String problem = screen.text(R.id.benchmark_problem);
      assertTrue(problem, problem.startsWith("Expected a readable file, received: "));
      assertFalse(screen.shows(R.id.running));
      assertTrue("and another can be started", screen.find(R.id.start).isEnabled());
      screen.assertWorks();
    }
  }

  private static String label(OnScreen screen, int id) {
    return screen.find(id).getContentDescription().toString();
  }

  /** A report that lies in the folder, wherever it comes from. */
  private static void write(String name, JsonObject result, JsonObject energy) throws IOException {
    JsonArray curve = new JsonArray()
        .add(Json.object().add("seconds", 1).add("p50_ms", 1).add("p90_ms", 2).add("celsius", 30).add("point", 2))
        .add(Json.object().add("seconds", 2).add("p50_ms", 1).add("p90_ms", 4).add("celsius", Json.NULL)
            .add("point", 1));
    JsonObject settings = Json.object().add("bundle", "mine").add("threads", 4).add("threads_in_use", 1);
    JsonObject report = Json.object().add("settings", settings)
        .add("started", "2025-01-01T10:11:12.345Z").add("results", new JsonArray().add(result)).add("sustained", curve);
    Path folder = AppModel.reports(RuntimeEnvironment.getApplication());
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(name), (energy == null ? report : report.add("energy", energy)).toString());
  }

  private static JsonObject result(String measured, double millis) {
    return Json.object().add("measured", measured).add("bundle", "a").add("operating_point", "balanced")
        .add("queries", 1024).add("mean_ms", millis * 7 / 6).add("p50_ms", millis).add("p90_ms", 2 * millis)
        .add("p99_ms", 4 * millis).add("mean_macs", 10e6).add("first_answer_ms", 40).add("native_bytes", 2_500_000);
  }
}
