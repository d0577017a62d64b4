package org.frugal.app.server;

import org.frugal.governor.Reading;

/** What Live knows of other machines. Any thread. */
public interface Cloud {
  /** Without any. */
  Cloud NONE = new Cloud() {
    @Override
    public ServerSettings settings() {
      return ServerSettings.NONE;
    }

    @Override
    public Reading withNetwork(Reading reading) {
      return reading;
    }

    @Override
    public void spend(long bytes) {}
  };

  ServerSettings settings();

  /** A reading with what the phone says of its network, and with what a person says of it. */
  Reading withNetwork(Reading reading);

  /** So many bytes were sent and received. */
  void spend(long bytes);
}
