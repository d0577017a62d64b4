package org.frugal.remote;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A server half of a test's own on this machine, which answers as it is told and keeps what it was asked. */
final class PartsServer implements AutoCloseable {
  /** Does with a request what it wants to, and gives the status; 0 is a good answer. */
  interface Reply {
    int to(HttpExchange request) throws Exception;
  }

  private final byte[] answer;
  private final Deque<Reply> replies = new ArrayDeque<>();
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  /**
   * Starts it.
   *
   * @param answer the bytes of a good answer, two numbers
   */
  PartsServer(byte[] answer) throws IOException {
    this.answer = answer;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::handle);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** The requests that came: path, bytes, authorization, tensors, whether the digest holds, and the client's port. */
  List<String> seen() {
    return seen;
  }

  /** What the next requests get, one after another, and all later ones the last. */
  void reply(Reply... all) {
    synchronized (replies) {
      replies.clear();
      replies.addAll(List.of(all));
    }
  }

  /** An answer of that status; 0 is a good one. */
  static Reply status(int status) {
    return request -> status;
  }

  /** A good answer with another header. */
  static Reply header(String name, String value) {
    return request -> {
      request.getResponseHeaders().set(name, value);
      return 0;
    };
  }

  /** A good answer after so long. */
  static Reply after(long millis) {
    return request -> {
      Thread.sleep(millis);
      return 0;
    };
  }

  private void handle(HttpExchange request) throws IOException {
    try (request) {
      byte[] body = request.getRequestBody().readAllBytes();
      Function<String, String> header = name -> request.getRequestHeaders().getFirst(name);
      seen.add(request.getRequestURI().getRawPath() + " " + body.length + " " + header.apply("Authorization") + " "
          + header.apply(Wire.TENSORS) + " " + header.apply(Wire.DIGEST).equals(Wire.digest(body)) + " "
          + request.getRemoteAddress().getPort());
      Reply reply;
      synchronized (replies) {
        reply = replies.size() > 1 ? replies.poll() : replies.peek();
      }
      request.getResponseHeaders().set(Wire.TENSORS, "y=float32[1,2]");
      request.getResponseHeaders().set(Wire.PART, "real");
      request.getResponseHeaders().set(Wire.DIGEST, Wire.digest(answer));
      request.getResponseHeaders().set(Wire.REQUEST, header.apply(Wire.REQUEST));
      int status = reply == null ? 0 : reply.to(request);
      request.sendResponseHeaders(status == 0 ? 200 : status, answer.length);
      request.getResponseBody().write(answer);
    } catch (IOException error) {
      throw error;
    } catch (Exception error) {
      throw new IOException(error);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
