package org.frugal.app.teach;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.List;
import java.util.function.IntConsumer;
import org.frugal.Chain;
import org.frugal.ChainException;
import org.frugal.Table;
import org.frugal.app.live.Engine;

/** What is done with the tables of the chain in use, each change kept before it counts. Worker's thread only. */
final class Lessons {
  /** Far more than a table of any bundle here; what is picked may be a film. */
  private static final long MOST_BYTES = 256L << 20;

  private final Engine engine;
  private final TaughtTables kept;

  Lessons(Engine engine, TaughtTables kept) {
    this.engine = engine;
    this.kept = kept;
  }

  /** A change of a table. */
  private interface Change {
    void make(Chain chain, Table table) throws IOException;
  }

  /**
   * The labels that a table has now.
   *
   * @param refusal why what had been learned before could not be read, or null
   */
  record Known(List<String> labels, String refusal) {}

  Known known(String bundle, Teachable what) {
    Table table = engine.chain(bundle).tables().get(what.table());
    return new Known(table.labels(), kept.refusal());
  }

  /**
   * Learns a class.
   *
   * @param progress is told after every picture how many are done; what it throws ends the lesson
   */
  void teach(String bundle, Teachable what, Draft draft, IntConsumer progress) throws IOException {
    List<Object> examples = new AbstractList<>() {
      @Override
      public Object get(int place) {
        // One after the other: all of them at once may not fit in memory.
        return what.inputs(draft.examples().get(place));
      }

      @Override
      public int size() {
        return draft.examples().size();
      }
    };
    change(bundle, what, (chain, table) ->
        chain.teach(draft.label(), examples, null, null, what.program(), progress));
  }

  void rename(String bundle, Teachable what, String label, String next) throws IOException {
    change(bundle, what, (chain, table) -> table.rename(label, next));
  }

  void remove(String bundle, Teachable what, String label) throws IOException {
    change(bundle, what, (chain, table) -> table.remove(label));
  }

  /** Takes the rows of a file in the place of those that there are. */
  void take(String bundle, Teachable what, InputStream content) throws IOException {
    Path file = kept.scratch();
    try (content) {
      copy(content, file);
      change(bundle, what, (chain, table) -> table.load(file));
    } catch (ChainException error) {
      throw new ChainException(error.getMessage().replace(file.toString(), "the file"));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void copy(InputStream content, Path file) throws IOException {
    byte[] block = new byte[1 << 16];
    long left = MOST_BYTES;
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int count = content.read(block); count >= 0; count = content.read(block)) {
        left -= count;
        if (left < 0) {
          throw new IOException("expected a file of saved rows, received one of more than " + MOST_BYTES + " bytes");
        }
        out.write(block, 0, count);
      }
    }
  }

  /** Writes the rows that a table has now, as a file that other devices can read. */
  void give(String bundle, Teachable what, OutputStream to) throws IOException {
    Table table = engine.chain(bundle).tables().get(what.table());
    Path file = kept.scratch();
    try (to) {
      table.save(file);
      Files.copy(file, to);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** The table is again as it came with the bundle. */
  void reset(String bundle, Teachable what) throws IOException {
    Chain chain = engine.chain(bundle);
    kept.forget(chain, chain.tables().get(what.table()));
    engine.close();
  }

  private void change(String bundle, Teachable what, Change change) throws IOException {
    Chain chain = engine.chain(bundle);
    Table table = chain.tables().get(what.table());
    change.make(chain, table);
    try {
      kept.save(chain, table);
    } catch (IOException | RuntimeException error) {
      // What is not kept is not known either: the next one to ask opens the tables as they are kept.
      engine.close();
      throw error;
    }
  }
}
