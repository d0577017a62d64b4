package org.frugal.app.server;

import org.frugal.ChainException;
import org.frugal.RemoteParts;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Step;
import org.frugal.remote.Address;
import org.frugal.remote.ClientOptions;
import org.frugal.remote.HttpParts;

/** The server half of the bundle in use. Belongs to the worker's thread. */
public final class OpenServer implements AutoCloseable {
  private final Cloud cloud;
  private final ServerSettings asked;
  /** Null where nobody is asked. */
  private final HttpParts parts;
  private long seen;

  public OpenServer(Cloud cloud, Bundle bundle) {
    this.cloud = cloud;
    asked = cloud.settings();
    parts = asked.isSet() && asksFor(bundle) ? parts(bundle, asked) : null;
  }

  private static HttpParts parts(Bundle bundle, ServerSettings asked) {
    try {
      Address address = Address.of(asked.address(), false);
      return new HttpParts(bundle, address, asked.token().isEmpty() ? null : asked.token(), ClientOptions.DEFAULT);
    } catch (ChainException refused) {
      return null;
    }
  }

  /** Whether a bundle has a part that is to run elsewhere. */
  static boolean asksFor(Bundle bundle) {
    boolean[] found = {false};
    bundle.manifest().programs().values().forEach(steps ->
        Step.walk(steps, step -> found[0] |= step instanceof Step.Run run && run.remote()));
    return found[0];
  }

  /** What a chain takes as its remote parts; null for none. */
  public RemoteParts parts() {
    return parts;
  }

  /** Whether another server, or another token, has been set since. */
  public boolean isOld() {
    return !asked.asksAs(cloud.settings());
  }

  /** Counts what the last run has sent and received. */
  public void count() {
    if (parts != null) {
      long total = parts.sent() + parts.received();
      cloud.spend(total - seen);
      seen = total;
    }
  }

  @Override
  public void close() {
    if (parts != null) {
      parts.close();
    }
  }
}
