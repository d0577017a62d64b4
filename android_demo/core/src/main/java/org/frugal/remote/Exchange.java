package org.frugal.remote;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** One request on its way, over a connection that the platform keeps alive; another thread may end it. */
final class Exchange implements Callable<Exchange.Reply> {
  /** What came back. The body has at most one byte more than was allowed. */
  record Reply(int status, HttpURLConnection head, byte[] body) {
    @Nullable String header(String name) {
      return head.getHeaderField(name);
    }
  }

  private final URL url;
  private final Map<String, String> headers;
  private final byte[] body;
  private final int most;
  private final long until;
  private final @Nullable SSLSocketFactory trust;
  private @Nullable HttpURLConnection connection;
  private boolean ended;

  /**
   * @param most bytes that the answer may have
   * @param until when to give up, of {@link System#nanoTime}
   */
  Exchange(
      URL url, Map<String, String> headers, byte[] body, int most, long until, @Nullable SSLSocketFactory trust) {
    this.url = url;
    this.headers = headers;
    this.body = body;
    this.most = most;
    this.until = until;
    this.trust = trust;
  }

  @Override
  public Reply call() throws IOException {
    HttpURLConnection open = opened();
    try (OutputStream out = open.getOutputStream()) {
      out.write(body);
    }
    open.setReadTimeout(left());
    int status = open.getResponseCode();
    // Read to its end, or the connection is not used again.
    InputStream stream = status < 400 ? open.getInputStream() : open.getErrorStream();
    byte[] received = stream == null ? new byte[0] : read(stream);
    if (received.length > most) {
      open.disconnect();
    }
    return new Reply(status, open, received);
  }

  private HttpURLConnection opened() throws IOException {
    HttpURLConnection open = (HttpURLConnection) url.openConnection();
    if (trust != null && open instanceof HttpsURLConnection secure) {
      secure.setSSLSocketFactory(trust);
    }
    synchronized (this) {
      if (ended) {
        throw new SocketTimeoutException("its time is over");
      }
      connection = open;
    }
    open.setRequestMethod("POST");
    // The token goes to this server and to no other.
    open.setInstanceFollowRedirects(false);
    open.setUseCaches(false);
    open.setDoOutput(true);
    open.setConnectTimeout(left());
    open.setReadTimeout(left());
    headers.forEach(open::setRequestProperty);
    return open;
  }

  private byte[] read(InputStream stream) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] piece = new byte[4096];
    try (stream) {
      for (int count = 0; count >= 0 && all.size() <= most; count = stream.read(piece)) {
        all.write(piece, 0, count);
      }
    }
    return all.toByteArray();
  }

  private int left() throws SocketTimeoutException {
    long millis = (until - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("its time is over");
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }

  /** Ends it, whatever it waits for. */
  void end() {
    HttpURLConnection open;
    synchronized (this) {
      ended = true;
      open = connection;
    }
    if (open != null) {
      open.disconnect();
    }
  }
}
