package org.frugal.app.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server half on this machine: it doubles numbers, as the part {@code far} of the golden bundle does. */
public final class DoublingServer implements AutoCloseable {
  static {
    // Headers and body are two packets: without this the second waits 40 ms for word of the first.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  public DoublingServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::twice);
    server.start();
  }

  public String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** What each request so far was authorized by. */
  List<String> authorizations() {
    return authorizations;
  }

  private void twice(HttpExchange request) throws IOException {
    try (request) {
      authorizations.add(request.getRequestHeaders().getFirst("Authorization"));
      ByteBuffer numbers = ByteBuffer.wrap(request.getRequestBody().readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < numbers.capacity(); i += 4) {
        numbers.putFloat(i, 2 * numbers.getFloat(i));
      }
      String given = request.getRequestHeaders().getFirst("Frugal-Tensors");
      request.getResponseHeaders().set("Frugal-Tensors", given.replaceFirst("^[^=]*", "doubled"));
      request.getResponseHeaders().set("Frugal-Part", "far");
      request.getResponseHeaders().set("X-Request-Id", request.getRequestHeaders().getFirst("X-Request-Id"));
      request.getResponseHeaders().set("Content-Digest", digest(numbers.array()));
      request.sendResponseHeaders(200, numbers.capacity());
      request.getResponseBody().write(numbers.array());
    }
  }

  private static String digest(byte[] body) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
      return "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":";
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
