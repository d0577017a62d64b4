package org.frugal.app.server;

import android.content.Context;
import android.content.SharedPreferences;
import android.net.ConnectivityManager;
import android.net.Network;
import android.net.NetworkCapabilities;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.frugal.ChainException;
import org.frugal.app.Watched;
import org.frugal.governor.Reading;
import org.frugal.remote.Address;

/**
 * The server half that is asked, kept from one start to the next. The token is in a file that no backup and no move to
 * another phone takes along. Main thread only, but for {@link Cloud}'s.
 */
public final class ServerModel implements Cloud {
  private static final String ADDRESS = "server_address";
  private static final String OFFLINE = "server_offline";
  private static final String METERED = "server_metered";
  private static final String SPENT = "server_bytes";

  private final Context context;
  private final SharedPreferences kept;
  private final Path tokenFile;
  private final Watched<ServerSettings> settings;
  private volatile ServerSettings now;
  private long spent;

  public ServerModel(Context context, SharedPreferences kept) {
    this.context = context.getApplicationContext();
    this.kept = kept;
    tokenFile = this.context.getNoBackupFilesDir().toPath().resolve("server_token");
    spent = kept.getLong(SPENT, 0);
    now = new ServerSettings(kept.getString(ADDRESS, ""), readToken(), kept.getBoolean(OFFLINE, false),
        kept.getBoolean(METERED, false));
    settings = new Watched<>(now);
  }

  public Watched<ServerSettings> watched() {
    return settings;
  }

  /**
   * Asks another server, or none.
   *
   * @param address empty for none, which forgets the token too
   * @param token empty to keep the one that there is
   * @return why not, in a sentence; null where it will be asked
   */
  public String use(String address, String token) {
    String place = address.trim();
    try {
      if (!place.isEmpty()) {
        Address.of(place, false);
      }
      String next = place.isEmpty() ? "" : token.isEmpty() ? now.token() : token.trim();
      writeToken(next);
      set(now.with(place, next));
      return null;
    } catch (ChainException refused) {
      return refused.getMessage();
    } catch (IOException error) {
      return "token: expected to keep it, received " + error.getClass().getSimpleName();
    }
  }

  public void setOffline(boolean on) {
    set(now.withOffline(on));
  }

  public void setMetered(boolean on) {
    set(now.withMetered(on));
  }

  private void set(ServerSettings next) {
    if (next.equals(now)) {
      return;
    }
    now = next;
    kept.edit().putString(ADDRESS, next.address()).putBoolean(OFFLINE, next.offline())
        .putBoolean(METERED, next.metered()).apply();
    settings.set(next);
  }

  private String readToken() {
    try {
      return new String(Files.readAllBytes(tokenFile), StandardCharsets.US_ASCII);
    } catch (IOException none) {
      return "";
    }
  }

  private void writeToken(String token) throws IOException {
    if (token.isEmpty()) {
      Files.deleteIfExists(tokenFile);
      return;
    }
    Path draft = tokenFile.resolveSibling("server_token.new");
    Files.write(draft, token.getBytes(StandardCharsets.US_ASCII));
    Files.move(draft, tokenFile, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Bytes that were sent and received, of all starts together. */
  public synchronized long spent() {
    return spent;
  }

  @Override
  public synchronized void spend(long bytes) {
    if (bytes > 0) {
      spent += bytes;
      kept.edit().putLong(SPENT, spent).apply();
    }
  }

  @Override
  public ServerSettings settings() {
    return now;
  }

  @Override
  public Reading withNetwork(Reading reading) {
    ConnectivityManager networks = context.getSystemService(ConnectivityManager.class);
    Network network = networks == null ? null : networks.getActiveNetwork();
    NetworkCapabilities able = network == null ? null : networks.getNetworkCapabilities(network);
    boolean reached = able != null && able.hasCapability(NetworkCapabilities.NET_CAPABILITY_INTERNET);
    boolean free = reached && able.hasCapability(NetworkCapabilities.NET_CAPABILITY_NOT_METERED);
    // This machine itself is reached without a network.
    boolean near = now.isSet() && now.address().startsWith("http:");
    return reading.withNetwork(now.offline() || !(reached || near), !(free || near));
  }
}
