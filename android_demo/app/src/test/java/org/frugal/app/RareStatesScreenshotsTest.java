package org.frugal.app;

import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import android.graphics.Bitmap;
import android.widget.EditText;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.frugal.app.benchmark.BenchmarkModel;
import org.frugal.app.benchmark.BenchmarkSettings;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.server.DoublingServer;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.ParameterizedRobolectricTestRunner;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameter;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameters;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowLooper;

/** Draws what is seen more seldom, where somebody will look at it: other tests check what it says. */
@RunWith(ParameterizedRobolectricTestRunner.class)
public class RareStatesScreenshotsTest {
  @Parameter(0)
  public String ending;

  @Parameter(1)
  public String qualifiers;

  @Parameters(name = "rare{0}")
  public static Iterable<Object[]> looks() {
    return Screenshots.looks(Screenshots.phone(), Screenshots.tablet());
  }

  @Before
  public void look() {
    assumeTrue(Screenshots.areKept());
    RuntimeEnvironment.setQualifiers("+" + qualifiers);
  }

  @Test
  public void severalTasks() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("../families/toy_tasks").bytes());
      screen.click(R.id.tab_live);
      shoot(screen, "live_tasks", R.id.tasks);
    }
  }

  @Test
  public void anotherMachineThatAnswers() throws Exception {
    try (DoublingServer server = new DoublingServer(); OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("ahead").bytes());
      screen.click(R.id.tab_budget);
      screen.<EditText>find(R.id.server_address).setText(server.address());
      screen.click(R.id.server_use);
      screen.click(R.id.tab_live);
      for (int i = 0; i < 7; i++) { // the first call of a process is no call to show
        screen.click(R.id.next);
      }
      ScreenshotsTest.at(screen, R.id.answer_card, "live_another_machine" + ending);
      shoot(screen, "live_another_machine", R.id.path);
    }
  }

  @Test
  @Config(application = FrugalApp.class)
  public void energy() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_benchmark)) {
      BenchmarkModel model = OnScreen.app().benchmark();
      model.start(
          new BenchmarkSettings("lite0_cifar10", false, "lite0_cifar10_static", 1, true, 256, 1, 0, 0),
          BudgetSettings.DEFAULT);
      while (model.state().get().running() != null) {
        Thread.sleep(50);
        ShadowLooper.idleMainLooper();
      }
      Path file = model.state().get().last();
      with(file, Json.value(412), Json.value(371), Json.value(455), Json.NULL);
      report(screen, "benchmark_energy");
      with(file, Json.NULL, Json.NULL, Json.NULL, Json.value("plugged"));
      report(screen, "benchmark_energy_unknown");
    }
  }

  /** As a phone would have found it: here there is no gauge. */
  private static void with(Path file, JsonValue found, JsonValue low, JsonValue high, JsonValue unknown)
      throws IOException {
    JsonObject energy =
        Json.object().add("microjoules_per_answer", found).add("low", low).add("high", high).add("unknown", unknown);
    Files.writeString(file, Json.parse(Files.readString(file)).asObject().set("energy", energy).toString());
  }

  private void report(OnScreen screen, String name) throws IOException {
    OnScreen.app().benchmark().refresh();
    OnScreen.settle();
    ScreenshotsTest.end(screen, name + ending);
    shoot(screen, name, R.id.report_energy);
  }

  @Test
  public void filesThatAreRefused() throws Exception {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      screen.pick(R.id.pick_trace, "{}".getBytes());
      ScreenshotsTest.end(screen, "budget_trace_refused" + ending);
      shoot(screen, "budget_trace_refused", R.id.trace_problem);
      screen.click(R.id.tab_live);
      screen.click(R.id.source_gallery);
      screen.pick(R.id.pick, new byte[] {1, 2, 3});
      shoot(screen, "live_picture_refused", R.id.problem);
    }
  }

  private void shoot(OnScreen screen, String name, int shown) throws IOException {
    OnScreen.settle();
    Bitmap drawn = screen.screenshot(name + ending);
    assertTrue(name, screen.ink(drawn, shown) > 50);
  }
}
