package org.frugal.app.server;

/**
 * The server half that a person has set.
 *
 * @param address empty for none
 * @param token empty for none; it is in no text that this writes
 * @param offline whether nothing is asked there
 * @param metered whether it is asked over networks that cost by what is sent
 */
public record ServerSettings(String address, String token, boolean offline, boolean metered) {
  public static final ServerSettings NONE = new ServerSettings("", "", false, false);

  public boolean isSet() {
    return !address.isEmpty();
  }

  /** Whether it is the same server, asked with the same token. */
  boolean asksAs(ServerSettings other) {
    return address.equals(other.address) && token.equals(other.token);
  }

  ServerSettings with(String nextAddress, String nextToken) {
    return new ServerSettings(nextAddress, nextToken, offline, metered);
  }

  ServerSettings withOffline(boolean on) {
    return new ServerSettings(address, token, on, metered);
  }

  ServerSettings withMetered(boolean on) {
    return new ServerSettings(address, token, offline, on);
  }

  @Override
  public String toString() {
    return "ServerSettings[" + address + ", " + (token.isEmpty() ? "no token" : "a token") + "]";
  }
}
