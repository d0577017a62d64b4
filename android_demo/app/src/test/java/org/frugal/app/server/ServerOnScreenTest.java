package org.frugal.app.server;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import android.widget.EditText;
import android.widget.Switch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.frugal.app.OnScreen;
import org.frugal.app.R;
import org.frugal.app.ZipBundles;
import org.frugal.app.live.LiveState;
import org.frugal.app.live.PathDiagram.State;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.shadows.ShadowLooper;

/** A server half that a person sets: what is asked of it, what is shown of it, and what is kept. */
@RunWith(RobolectricTestRunner.class)
public class ServerOnScreenTest {
  private static final String TOKEN = "a secret of this test";

  private DoublingServer server;

  @Before
  public void start() throws IOException {
    server = new DoublingServer();
  }

  @After
  public void stop() {
    server.close();
  }

  private void use(OnScreen screen, String address, String token) {
    screen.click(R.id.tab_budget);
    screen.<EditText>find(R.id.server_address).setText(address);
    screen.<EditText>find(R.id.server_token).setText(token);
    screen.click(R.id.server_use);
    OnScreen.settle();
  }

  private static List<State> states(OnScreen screen) {
    screen.click(R.id.tab_live);
    screen.click(R.id.next);
    LiveState.Answer answer = OnScreen.app().live().state().get().answer();
    return answer.path().blocks().stream().filter(block -> block.name().equals("far"))
        .map(block -> block.state()).collect(Collectors.toList());
  }

  @Test
  public void aPartIsAskedThereAndItsBytesAreCountedUntilAPersonIsOffline() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_bundles)) {
      screen.pick(R.id.add, new ZipBundles("ahead").bytes());
      assertEquals(List.of(State.FAILED), states(screen));
      use(screen, server.address(), TOKEN);
      assertFalse(screen.shows(R.id.server_problem));
      assertEquals(List.of(State.REMOTE), states(screen));
      assertEquals("Bearer " + TOKEN, server.authorizations().get(0));
      screen.click(R.id.tab_budget);
      OnScreen.settle();
      // The screen looks every two seconds.
      ShadowLooper.idleMainLooper(2, TimeUnit.SECONDS);
      long spent = OnScreen.app().server().spent();
      assertTrue(spent > 0);
      String words = screen.text(R.id.server_spent);
      assertTrue(words, words.startsWith(spent + "\u00a0B sent and received"));
      screen.<Switch>find(R.id.server_offline).setChecked(true);
      OnScreen.settle();
      int asked = server.authorizations().size();
      assertEquals(List.of(State.FAILED), states(screen));
      assertTrue(screen.text(R.id.why), screen.text(R.id.why).endsWith("No other machine was asked: offline."));
      assertEquals(asked, server.authorizations().size());
    }
  }

  @Test
  public void aTokenIsKeptWhereNoBackupTakesItAndShownNowhere() throws IOException {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      use(screen, server.address(), TOKEN);
      assertEquals("", screen.<EditText>find(R.id.server_token).getText().toString());
      assertEquals("Token (one is kept)", screen.<EditText>find(R.id.server_token).getHint().toString());
      Context context = RuntimeEnvironment.getApplication();
      Path kept = context.getNoBackupFilesDir().toPath().resolve("server_token");
      assertEquals(TOKEN, Files.readString(kept));
      String preferences = context.getSharedPreferences("app", Context.MODE_PRIVATE).getAll().toString();
      assertTrue(preferences, preferences.contains(server.address()) && !preferences.contains(TOKEN));
      ServerModel again = new ServerModel(context, context.getSharedPreferences("app", Context.MODE_PRIVATE));
      assertEquals(TOKEN, again.settings().token());
      assertFalse(again.settings().toString().contains(TOKEN));
      use(screen, "", "");
      assertFalse(Files.exists(kept));
      assertEquals("", OnScreen.app().server().settings().token());
    }
  }

  @Test
  public void anAddressThatWouldSendTheTokenInTheClearIsRefused() {
    try (OnScreen screen = OnScreen.at(R.id.tab_budget)) {
      use(screen, "http://parts.example", TOKEN);
      assertTrue(screen.text(R.id.server_problem).startsWith("address: expected https"));
      assertFalse(OnScreen.app().server().settings().isSet());
    }
  }
}
