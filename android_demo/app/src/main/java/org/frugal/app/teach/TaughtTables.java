package org.frugal.app.teach;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.frugal.Chain;
import org.frugal.ChainException;
import org.frugal.Table;

/**
 * What this device has learned, apart from the bundles: a file of rows for each table that was changed, in the form of
 * docs/bundle.md. Its name is the hash of the bundle's manifest, so another version of a bundle has rows of its own, and
 * a bundle that is added again has its rows back. Belongs to the worker's thread.
 */
public final class TaughtTables {
  private final Path folder;
  private String refusal;

  public TaughtTables(Path folder) {
    this.folder = folder;
  }

  /** Puts what was learned into the tables of a chain that has just been opened. */
  public void load(Chain chain) {
    refusal = null;
    for (Table table : chain.tables().values()) {
      Path file = file(chain, table);
      try {
        if (Files.exists(file)) {
          table.load(file);
        }
      } catch (ChainException error) {
        // The rows that came with the bundle are as good as ever; these are replaced when the next class is learned.
        refusal = error.getMessage().replace(file.toString(), file.getFileName().toString());
      }
    }
  }

  /** Why rows that had been learned could not be read when the chain was opened; null where they could. */
  String refusal() {
    return refusal;
  }

  /**
   * Keeps the rows that a table has now, whole or not at all.
   *
   * @throws IOException there is no room, or no place
   * @throws ChainException the same, in the runtime's words
   */
  void save(Chain chain, Table table) throws IOException {
    Files.createDirectories(folder);
    table.save(file(chain, table));
  }

  /** Forgets what a table has learned. */
  void forget(Chain chain, Table table) throws IOException {
    Files.deleteIfExists(file(chain, table));
  }

  /** A place for a file that is gone soon. */
  Path scratch() throws IOException {
    Files.createDirectories(folder);
    return Files.createTempFile(folder, "rows", ".part");
  }

  /** Names of tables may hold what names of files may not: their places in the manifest do as well. */
  Path file(Chain chain, Table table) {
    List<String> names = new ArrayList<>(chain.tables().keySet());
    return folder.resolve(chain.bundle().sha256() + "." + names.indexOf(table.name()) + ".rows");
  }
}
