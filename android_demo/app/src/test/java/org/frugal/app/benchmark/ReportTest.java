package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.frugal.app.bundles.BundlesState;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** Reports as files and as numbers; no Android. */
public class ReportTest {
  private static final Path FILE = Path.of("one.json");

  @Rule public TemporaryFolder temporary = new TemporaryFolder();

  @Test
  public void theChainIsComparedWithItsStaticNetwork() throws IOException {
    Report report = read(result("chain", 1, 10e6), result("full_depth", 3, 52e6), result("static_network", 4, 50e6));
    assertEquals(new Report.Ratio(0.25, 0.25, 0.2), report.toStatic());
  }

  @Test
  public void itIsComparedWithTheSmallerOneAndInMemoryToo() throws IOException {
    Report report = read(result("chain", 3, 10e6), result("static_network", 6, 50e6), result("smaller_network", 4, 40e6));
    assertEquals(0.75, report.toSmaller().mean(), 1e-9);
    assertEquals(0.75, report.toSmaller().p90(), 1e-9);
    assertEquals(0.25, report.toSmaller().macs(), 0);
    assertEquals(1.0, report.memoryToStatic(), 0);
    assertNull(read(result("chain", 3, 10e6)).toSmaller());
    assertNull(read(result("chain", 3, 10e6)).memoryToStatic());
  }

  @Test
  public void withoutAStaticNetworkThereIsNoRatio() throws IOException {
    assertNull(read(result("chain", 1, 10e6), result("baseline", 4, 50e6)).toStatic());
    assertNull(read(result("static_network", 4, 50e6)).toStatic());
    assertNull("a clock that stood still", read(result("chain", 1, 1), result("static_network", 0, 1)).toStatic());
  }

  @Test
  public void whatAReportHoldsIsReadBack() throws IOException {
    Report report = read(result("chain", 1.5, 10e6));
    assertEquals(new Report.Line(
        Progress.Stage.CHAIN, "a", "", "balanced", 1024, 1.75, 1.5, 3, 6, 10e6, 40, 2_500_000), report.lines().get(0));
    assertEquals("mine", report.bundle());
    assertEquals(List.of(1, 1), List.of(report.threads(), report.threadsInUse()));
    assertEquals(List.of(), report.curve());
    assertNull(report.energy());
  }

  @Test
  public void aReportIsCalledAsItsBundleIs() throws IOException {
    Report report = read(
        result("chain", 1, 1).add("title", "Ten\nkinds"), result("baseline", 1, 1).add("title", "Other"));
    assertEquals("Ten kinds", report.title());
    assertEquals("Other", report.lines().get(1).called());
    assertEquals("of an older app", "mine", read(result("chain", 1, 1)).title());
    assertEquals("a", read(result("chain", 1, 1)).lines().get(0).called());
  }

  @Test
  public void energyIsANumberOrAReason() throws IOException {
    for (Energy energy : List.of(new Energy(12.5, 10.0, 15.0, null), Energy.unknown(Energy.Unknown.PLUGGED))) {
      JsonObject report = report(result("chain", 1, 1)).add("energy", energy.json());
      assertEquals(energy, Report.read(FILE, report.toString()).energy());
    }
  }

  @Test
  public void whatIsNoReportIsNamed() {
    String[] texts = {"", "[]", "{}", "{\"results\": 3}", "{\"results\": [], \"settings\": []}"};
    for (String text : texts) {
      IOException refused = assertThrows(text, IOException.class, () -> Report.read(FILE, text));
      assertTrue(refused.getMessage(), refused.getMessage().startsWith(
          "expected the report of a benchmark in one.json, received "));
    }
  }

  @Test
  public void theNewestReportIsTheFirstAndADamagedOneHidesNoOther() throws IOException {
    Path folder = temporary.getRoot().toPath().resolve("benchmarks");
    ReportStore store = new ReportStore(folder);
    List<String> problems = new ArrayList<>();
    assertEquals(List.of(), store.all(error -> problems.add(error.getMessage())));
    store.save("20250101_000000_a", report(result("chain", 1, 1)));
    Path newer = store.save("20250102_000000_a", report(result("chain", 2, 1)));
    Files.write(folder.resolve("20250103_000000_a.json"), "{".getBytes(StandardCharsets.UTF_8));
    Files.write(folder.resolve("half.part"), new byte[1]);
    List<Report> reports = store.all(error -> problems.add(error.getMessage()));
    assertEquals(2, reports.size());
    assertEquals(newer, reports.get(0).file());
    assertEquals(1, problems.size());
    assertTrue(problems.get(0), problems.get(0).contains("20250103_000000_a.json"));
    store.remove(reports.get(0));
    store.remove(reports.get(0));
    assertEquals(1, store.all(error -> {}).size());
  }

  @Test
  public void theStaticNetworkIsKnownByItsName() {
    BenchmarkSettings settings = BenchmarkSettings.of("a");
    assertEquals("a_static", BundlesState.nameOfStatic("a"));
    assertTrue(settings.withBaseline("a_static").comparesStatic());
    assertEquals(List.of(false, false), List.of(
        settings.comparesStatic(), settings.withBaseline("b_static").comparesStatic()));
    assertNull("a bundle is not compared with itself", settings.withBaseline("b").withBundle("b").baseline());
  }

  private static Report read(JsonObject... results) throws IOException {
    return Report.read(FILE, report(results).toString());
  }

  private static JsonObject report(JsonObject... results) {
    JsonArray all = new JsonArray();
    for (JsonObject each : results) {
      all.add(each);
    }
    return Json.object().add("settings", Json.object().add("bundle", "mine")).add("results", all);
  }

  private static JsonObject result(String measured, double millis, double macs) {
    return Json.object().add("measured", measured).add("bundle", "a").add("operating_point", "balanced")
        .add("queries", 1024).add("mean_ms", millis * 7 / 6).add("p50_ms", millis).add("p90_ms", 2 * millis)
        .add("p99_ms", 4 * millis).add("mean_macs", macs).add("first_answer_ms", 40).add("native_bytes", 2_500_000);
  }
}
