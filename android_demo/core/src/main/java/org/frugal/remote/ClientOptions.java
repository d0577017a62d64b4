package org.frugal.remote;

import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * How a client asks.
 *
 * @param millis how long a call may take where the budget sets no limit
 * @param attempts at most, in one call
 * @param pauseMillis the longest pause before the second attempt; before each further one it doubles
 * @param hedgeMillis after which time a second request is sent beside the first; 0 for never
 * @param failures calls in a row that failed, after which the server is left alone
 * @param restMillis how long at first; it doubles while tries fail
 * @param longestRestMillis how long at most
 * @param marginMillis of the time that is left, what is kept for threads that are woken late
 * @param allowCleartext whether {@code http} is taken to another machine too; what is sent, the token also, can be read
 *     then
 * @param trust what certificates are checked by; null for those that the system trusts
 */
public record ClientOptions(
    long millis, int attempts, long pauseMillis, long hedgeMillis, int failures, long restMillis,
    long longestRestMillis, long marginMillis, boolean allowCleartext, @Nullable SSLSocketFactory trust) {
  public static final ClientOptions DEFAULT =
      new ClientOptions(5000, 3, 20, 0, 5, 500, 30_000, 2, false, null);

  /** The same with a second request after a time. */
  public ClientOptions withHedgeMillis(long value) {
    return new ClientOptions(millis, attempts, pauseMillis, value, failures, restMillis, longestRestMillis,
        marginMillis, allowCleartext, trust);
  }

  /** The same with other times for a server that fails. */
  public ClientOptions withRest(int inARow, long first, long longest) {
    return new ClientOptions(millis, attempts, pauseMillis, hedgeMillis, inARow, first, longest, marginMillis,
        allowCleartext, trust);
  }

  /** The same with cleartext to other machines, or without. */
  public ClientOptions withCleartext(boolean allowed) {
    return new ClientOptions(millis, attempts, pauseMillis, hedgeMillis, failures, restMillis, longestRestMillis,
        marginMillis, allowed, trust);
  }

  /** The same with other certificates. */
  public ClientOptions withTrust(SSLSocketFactory factory) {
    return new ClientOptions(millis, attempts, pauseMillis, hedgeMillis, failures, restMillis, longestRestMillis,
        marginMillis, allowCleartext, factory);
  }
}
