package org.frugal.remote;

import java.net.MalformedURLException;
import java.net.URL;
import java.util.Set;
import org.frugal.ChainException;

/** Where a server is: {@code https://HOST[:PORT]}; {@code http} for this machine alone, or where that is allowed. */
public final class Address {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final String base;

  private Address(String base) {
    this.base = base;
  }

  /**
   * Reads an address as a person writes it.
   *
   * @throws ChainException it is none of these
   */
  public static Address of(String text, boolean allowCleartext) {
    String refusal = "address: expected https://HOST[:PORT] (http for this machine alone)";
    try {
      URL url = new URL(text.trim());
      boolean plain = url.getProtocol().equals("http") && (allowCleartext || LOOPBACK.contains(url.getHost()));
      boolean bare = url.getPath().replace("/", "").isEmpty() && url.getQuery() == null && url.getUserInfo() == null;
      if (url.getHost().isEmpty() || !bare || !(plain || url.getProtocol().equals("https"))) {
        throw new ChainException(
            refusal + ", received " + url.getProtocol() + "://" + url.getHost() + url.getPath());
      }
      String port = url.getPort() < 0 ? "" : ":" + url.getPort();
      return new Address(url.getProtocol() + "://" + url.getHost() + port);
    } catch (MalformedURLException error) {
      throw new ChainException(refusal + ", received another text", error);
    }
  }

  /** What is found under a path. */
  URL at(String path) {
    try {
      return new URL(base + path);
    } catch (MalformedURLException error) {
      throw new IllegalStateException("expected a path, received " + path, error);
    }
  }
}
