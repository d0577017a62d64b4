package org.frugal.remote;

import static org.frugal.remote.PartsServer.after;
import static org.frugal.remote.PartsServer.header;
import static org.frugal.remote.PartsServer.status;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.frugal.Budget;
import org.frugal.Chain;
import org.frugal.ChainException;
import org.frugal.ChainOptions;
import org.frugal.Event;
import org.frugal.Picture;
import org.frugal.RemoteParts.Value;
import org.frugal.Result;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.SmallManifest;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against a server of the test's own: what it tries again, what it gives up, and when. */
class HttpPartsTest {
  private static final String TOKEN = "a token for these tests alone";
  private static final Picture PIXELS = Picture.grey(new byte[] {10, 20}, 1, 2);
  private static final Map<String, Value> INPUTS =
      Map.of("x", new Value(Tensor.float32(List.of(1, 2)), Buffers.allocate(8).putFloat(0, 3).putFloat(4, 4)));
  /** Of the test's answers: 7 and 8. */
  private static final byte[] ANSWER = {0, 0, (byte) 0xe0, 0x40, 0, 0, 0, 0x41};

  @TempDir Path scratch;
  private PartsServer server;
  private List<String> seen;
  private Bundle bundle;

  @BeforeEach
  void start() throws IOException {
    server = new PartsServer(ANSWER);
    seen = server.seen();
    String program = "[" + SmallManifest.fill("v", "[1, 2]", "[3, 4]") + ", "
        + SmallManifest.run("real", "v", "v", SmallManifest.fill("v", "[1, 2]", "[9, 5]")) + ", " + SmallManifest.END
        + "]";
    Files.write(scratch.resolve("manifest.json"),
        SmallManifest.of(program).toString().getBytes(StandardCharsets.UTF_8));
    bundle = Bundle.load(scratch);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpParts client(ClientOptions options) {
    Address address = Address.of("http://127.0.0.1:" + server.port(), false);
    return new HttpParts(bundle, address, TOKEN, options);
  }

  private static void checkAnswer(Map<String, Value> outputs) {
    assertEquals(7, outputs.get("y").data().getFloat(0));
    assertEquals(8, outputs.get("y").data().getFloat(4));
  }

  @Test
  void aRequestSaysWhatItIsAndItsConnectionIsKept() throws Exception {
    try (HttpParts client = client(ClientOptions.DEFAULT)) {
      for (int i = 0; i < 4; i++) {
        checkAnswer(client.run("real", INPUTS));
      }
      assertEquals(32, client.sent());
      assertEquals(32, client.received());
    }
    assertEquals(1, Set.copyOf(seen).size(), seen.toString());
    String expected = "/v1/small/" + bundle.sha256() + "/real 8 Bearer " + TOKEN + " x=float32[1,2] true ";
    assertTrue(seen.get(0).startsWith(expected), seen.get(0));
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503, 504})
  void whatMayPassIsTriedAgain(int status) throws Exception {
    server.reply(status(status), status(status), status(0));
    try (HttpParts client = client(ClientOptions.DEFAULT)) {
      checkAnswer(client.run("real", INPUTS));
    }
    assertEquals(3, seen.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 400, 401, 404, 409, 413})
  void whatWillNotPassIsNot(int status) {
    server.reply(status(status));
    try (HttpParts client = client(ClientOptions.DEFAULT)) {
      Exception error = assertThrows(ChainException.class, () -> client.run("real", INPUTS));
      assertEquals("expected an answer, received status " + status, error.getMessage());
    }
    assertEquals(1, seen.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {Wire.REQUEST, Wire.PART, Wire.TENSORS, Wire.DIGEST})
  void anAnswerThatDoesNotHoldIsNone(String name) throws Exception {
    server.reply(header(name, "another"), status(0));
    try (HttpParts client = client(ClientOptions.DEFAULT)) {
      checkAnswer(client.run("real", INPUTS));
      server.reply(header(name, "another"));
      Exception error = assertThrows(IOException.class, () -> client.run("real", INPUTS));
      assertTrue(error.getMessage().startsWith(name), error.getMessage());
    }
  }

  @Test
  void itEndsInTimeWhateverTheServerDoes() throws Exception {
    server.reply(after(3000));
    try (HttpParts client = client(ClientOptions.DEFAULT)) {
      long begin = System.nanoTime();
      assertThrows(IOException.class, () -> client.run("real", INPUTS, 200_000_000));
      assertTrue(System.nanoTime() - begin < 2_500_000_000L);
    }
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        HttpParts client = new HttpParts(bundle, Address.of("http://127.0.0.1:" + silent.getLocalPort(), false), null,
            ClientOptions.DEFAULT)) {
      long begin = System.nanoTime();
      assertThrows(IOException.class, () -> client.run("real", INPUTS, 200_000_000));
      assertTrue(System.nanoTime() - begin < 2_500_000_000L);
    }
  }

  @Test
  void aPauseThatTheServerAsksForIsMadeIfThereIsTime() throws Exception {
    PartsServer.Reply busy = request -> {
      request.getResponseHeaders().set("Retry-After", "1");
      return 429;
    };
    server.reply(busy, status(0));
    try (HttpParts client = client(ClientOptions.DEFAULT)) {
      assertThrows(IOException.class, () -> client.run("real", INPUTS, 500_000_000));
      assertEquals(1, seen.size());
      server.reply(busy, status(0));
      long begin = System.nanoTime();
      checkAnswer(client.run("real", INPUTS));
      assertTrue(System.nanoTime() - begin >= 1_000_000_000L);
    }
  }

  @Test
  void aSecondRequestBesideASlowOneIsAskedFor() throws Exception {
    server.reply(after(4000), status(0));
    try (HttpParts client = client(ClientOptions.DEFAULT.withHedgeMillis(50))) {
      long begin = System.nanoTime();
      checkAnswer(client.run("real", INPUTS));
      assertTrue(System.nanoTime() - begin < 3_500_000_000L);
    }
    assertEquals(2, seen.size());
  }

  @Test
  void aServerThatFailsAgainAndAgainIsLeftAloneAndTriedAgain() throws Exception {
    server.reply(status(400));
    try (HttpParts client = client(ClientOptions.DEFAULT.withRest(3, 200, 60_000))) {
      for (int i = 0; i < 8; i++) {
        assertThrows(ChainException.class, () -> client.run("real", INPUTS));
      }
      assertEquals(3, seen.size());
      server.reply(status(0));
      Thread.sleep(400);
      checkAnswer(client.run("real", INPUTS));
    }
  }

  @Test
  void whoIsUsuallySlowerThanThereIsTimeForIsNotAsked() throws Exception {
    server.reply(after(50));
    try (HttpParts client = client(ClientOptions.DEFAULT)) {
      for (int i = 0; i < 7; i++) {
        checkAnswer(client.run("real", INPUTS));
      }
      Exception error = assertThrows(ChainException.class, () -> client.run("real", INPUTS, 30_000_000));
      assertTrue(error.getMessage().contains("answers usually take"), error.getMessage());
      assertEquals(7, seen.size());
    }
  }

  @Test
  void oneQuickTryEndsThat() throws Exception {
    server.reply(after(700));
    try (HttpParts client = client(ClientOptions.DEFAULT.withRest(99, 500, 500))) {
      for (int i = 0; i < 6; i++) {
        checkAnswer(client.run("real", INPUTS));
      }
      server.reply(status(0));
      Thread.sleep(1100);
      // The first is a try, and the others come within a second of it.
      for (int i = 0; i < 3; i++) {
        checkAnswer(client.run("real", INPUTS, 600_000_000));
      }
    }
  }

  @Test
  void noTimeAtAllIsNoFailureOfTheServer() throws Exception {
    try (HttpParts client = client(ClientOptions.DEFAULT.withRest(2, 60_000, 60_000))) {
      for (int i = 0; i < 4; i++) {
        assertThrows(ChainException.class, () -> client.run("real", INPUTS, 1_000_000));
      }
      checkAnswer(client.run("real", INPUTS));
    }
  }

  @Test
  void aChainIsAnsweredThereOrHere() {
    try (HttpParts client = client(ClientOptions.DEFAULT);
        Chain chain = new Chain(bundle, ChainOptions.DEFAULT.withRemote(client))) {
      Result there = chain.run(PIXELS, Budget.latencyMillis(5000));
      assertArrayEquals(new float[] {7, 8}, there.answer());
      Event event = there.events().get(0);
      assertEquals(List.of(8L, 8L), List.of(event.inputBytes(), event.outputBytes()));
      assertTrue(event.nanos() > 0);
      assertArrayEquals(new float[] {9, 5}, chain.run(PIXELS, Budget.UNLIMITED.withRemote(false)).answer());
      server.reply(after(5000));
      long begin = System.nanoTime();
      assertArrayEquals(new float[] {9, 5}, chain.run(PIXELS, Budget.latencyMillis(300)).answer());
      assertTrue(System.nanoTime() - begin < 3_000_000_000L);
      server.close();
      assertArrayEquals(new float[] {9, 5}, chain.run(PIXELS, Budget.latencyMillis(5000)).answer());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://parts.example", "ftp://127.0.0.1", "parts.example", "https://", "https://a:b@c",
      "http://127.0.0.1/x"})
  void addressesThatWouldSendATokenInTheClearAreRefused(String address) {
    Exception error = assertThrows(ChainException.class, () -> Address.of(address, false));
    assertTrue(error.getMessage().startsWith("address: expected https"), error.getMessage());
  }

  @Test
  void aTokenThatIsNoHeaderIsRefusedAndNotRepeated() {
    Address address = Address.of("https://parts.example", false);
    for (String token : new String[] {"", " ", "two\nlines", "\u00fc"}) {
      Exception error = assertThrows(ChainException.class,
          () -> new HttpParts(bundle, address, token, ClientOptions.DEFAULT));
      assertEquals("token: expected printable ASCII characters, received something else", error.getMessage());
    }
  }
}
