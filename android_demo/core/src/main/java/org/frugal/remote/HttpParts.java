package org.frugal.remote;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.frugal.ChainException;
import org.frugal.RemoteParts;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.governor.RoundTrips;
import org.jspecify.annotations.Nullable;

/**
 * The client of the server half: what a chain takes as its remote parts, over HTTP.
 *
 * <p>A call ends when the time is over that the budget leaves it, whatever the network does. Within it a call that
 * failed is tried again, after a pause of random length. A server that fails again and again is left alone for a while.
 * Any number of threads may use one client.
 *
 * <pre>{@code
 * try (HttpParts parts = new HttpParts(bundle, Address.of("https://parts.example", false), token, DEFAULT)) {
 *   Chain chain = new Chain(bundle, ChainOptions.DEFAULT.withRemote(parts));
 * }
 * }</pre>
 */
public final class HttpParts implements RemoteParts, AutoCloseable {
  /** After which a server that is usually too slow for the time left is asked all the same. */
  private static final long ASK_AGAIN_NANOS = 1_000_000_000;

  private final Bundle bundle;
  private final Address address;
  private final @Nullable String token;
  private final ClientOptions options;
  private final Random random = new Random();
  private final Breaker breaker;
  private final RoundTrips trips = new RoundTrips(0.5);
  private final ExecutorService threads;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private long asked = System.nanoTime();

  /**
   * @param token which the server wants, or null
   * @throws ChainException the token is no printable ASCII
   */
  public HttpParts(Bundle bundle, Address address, @Nullable String token, ClientOptions options) {
    if (token != null && !token.matches("[!-~][ -~]*")) {
      throw new ChainException("token: expected printable ASCII characters, received something else");
    }
    this.bundle = bundle;
    this.address = address;
    this.token = token;
    this.options = options;
    breaker = new Breaker(options.failures(), options.restMillis() * 1_000_000,
        options.longestRestMillis() * 1_000_000, () -> 1 + random.nextDouble() / 2);
    threads = Executors.newCachedThreadPool(work -> {
      Thread thread = new Thread(work, "frugal-remote");
      thread.setDaemon(true);
      return thread;
    });
  }

  /** Bytes of bodies that were sent so far, those of vain attempts too. */
  public long sent() {
    return sent.get();
  }

  /** Bytes of bodies that came back so far. */
  public long received() {
    return received.get();
  }

  @Override
  public boolean keepsTime() {
    return true;
  }

  @Override
  public Map<String, Value> run(String part, Map<String, Value> inputs) throws Exception {
    return run(part, inputs, options.millis() * 1_000_000);
  }

  @Override
  public Map<String, Value> run(String part, Map<String, Value> inputs, long nanos) throws Exception {
    long begin = System.nanoTime();
    long until = begin + Math.min(nanos, options.millis() * 1_000_000) - options.marginMillis() * 1_000_000;
    byte[] body = Wire.pack(inputs, bundle.manifest().parts().get(part).inputs());
    boolean isTry = check(begin, until);
    try {
      Map<String, Value> outputs = answered(part, body, until);
      breaker.succeeded();
      if (isTry) {
        // It is quick again.
        synchronized (trips) {
          trips.forget();
        }
      }
      observe(begin);
      return outputs;
    } catch (ChainException | IOException error) {
      breaker.failed(System.nanoTime());
      observe(begin);
      throw error;
    }
  }

  private void observe(long begin) {
    synchronized (trips) {
      trips.observe((System.nanoTime() - begin) / 1e6);
    }
  }

  /** Throws where there is no point in asking; returns whether to ask is a try, of who was too slow lately. */
  private boolean check(long now, long until) {
    if (until - now <= 0) {
      throw new ChainException(
          "expected more than " + options.marginMillis() + " ms to ask in, received less");
    }
    synchronized (trips) {
      double left = (until - now) / 1e6;
      boolean isSlow = trips.usual() > left;
      if (isSlow && now - asked < ASK_AGAIN_NANOS) {
        throw new ChainException(
            "expected " + (long) left + " ms to reach, but answers usually take " + (long) trips.usual() + " ms");
      }
      if (!breaker.allows(now)) {
        throw new ChainException(
            "expected a server that answers; it has failed again and again, and is left alone");
      }
      asked = now;
      return isSlow;
    }
  }

  /** Tries until there is an answer, or no time for another attempt. */
  private Map<String, Value> answered(String part, byte[] body, long until)
      throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return attempted(part, body, until);
      } catch (Passing error) {
        long longest = options.pauseMillis() << (attempt - 1);
        long pause = Math.max(error.afterMillis, (long) (longest * random.nextDouble()));
        if (attempt >= options.attempts() || System.nanoTime() + pause * 1_000_000 - until >= 0) {
          throw error;
        }
        Thread.sleep(pause);
      }
    }
  }

  /** One attempt: a request, and perhaps a second one beside it; the first answer counts. */
  private Map<String, Value> attempted(String part, byte[] body, long until)
      throws IOException, InterruptedException {
    String identity = UUID.randomUUID().toString();
    Exchange[] begun = new Exchange[2];
    CompletionService<Exchange.Reply> running = new ExecutorCompletionService<>(threads);
    begun[0] = begin(running, part, body, identity, until);
    Passing failure = new Passing("expected an answer in time, received none", null);
    int count = 1;
    int ended = 0;
    try {
      while (ended < count && until - System.nanoTime() > 0) {
        boolean hedging = options.hedgeMillis() > 0 && count == 1;
        long left = until - System.nanoTime();
        Future<Exchange.Reply> done = running.poll(
            hedging ? Math.min(left, options.hedgeMillis() * 1_000_000) : left, TimeUnit.NANOSECONDS);
        if (done != null) {
          ended++;
          try {
            return checked(done, part, identity);
          } catch (Passing error) {
            failure = error;
          }
        } else if (hedging) {
          begun[count++] = begin(running, part, body, identity, until);
        }
      }
      throw failure;
    } finally {
      for (Exchange exchange : begun) {
        if (exchange != null && ended < count) {
          exchange.end();
        }
      }
    }
  }

  private Exchange begin(
      CompletionService<Exchange.Reply> running, String part, byte[] body, String identity, long until) {
    Manifest.Part described = bundle.manifest().parts().get(part);
    Map<String, String> headers = new HashMap<>();
    headers.put("Content-Type", Wire.CONTENT_TYPE);
    headers.put(Wire.TENSORS, Wire.described(described.inputs()));
    headers.put(Wire.DIGEST, Wire.digest(body));
    headers.put(Wire.REQUEST, identity);
    if (token != null) {
      headers.put("Authorization", "Bearer " + token);
    }
    String path = Wire.path(bundle.manifest().name(), bundle.sha256(), part);
    int most = Math.max(Wire.size(described.outputs()), 1000);
    Exchange exchange = new Exchange(address.at(path), headers, body, most, until, options.trust());
    sent.addAndGet(body.length);
    running.submit(exchange);
    return exchange;
  }

  /** The values of an answer that is whole, and is the one to this request. */
  private Map<String, Value> checked(Future<Exchange.Reply> done, String part, String identity)
      throws IOException, InterruptedException {
    Exchange.Reply reply;
    try {
      reply = done.get();
    } catch (ExecutionException error) {
      throw new Passing("expected an answer, but " + error.getCause(), error.getCause());
    }
    received.addAndGet(reply.body().length);
    if (reply.status() != 200) {
      String said = "expected an answer, received status " + reply.status();
      if (reply.status() == 429 || reply.status() / 100 == 5) {
        Passing passing = new Passing(said, null);
        passing.afterMillis = 1000 * seconds(reply.header("Retry-After"));
        throw passing;
      }
      throw new ChainException(said);
    }
    Manifest.Part described = bundle.manifest().parts().get(part);
    require(Wire.REQUEST, identity, reply);
    require(Wire.PART, Wire.segment(part), reply);
    require(Wire.TENSORS, Wire.described(described.outputs()), reply);
    require(Wire.DIGEST, Wire.digest(reply.body()), reply);
    return Wire.unpack(reply.body(), described.outputs());
  }

  private static void require(String name, String expected, Exchange.Reply reply) throws Passing {
    if (!Objects.equals(expected, reply.header(name))) {
      throw new Passing(name + ": expected " + expected + ", received " + reply.header(name), null);
    }
  }

  private static long seconds(@Nullable String text) {
    return text != null && text.matches("[0-9]{1,9}") ? Long.parseLong(text) : 0;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  /** What may be otherwise a moment later. */
  private static final class Passing extends IOException {
    private static final long serialVersionUID = 1;

    /** How long the server wants to be left alone. */
    long afterMillis;

    Passing(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
