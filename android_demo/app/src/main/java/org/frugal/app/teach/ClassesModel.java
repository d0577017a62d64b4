package org.frugal.app.teach;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.frugal.app.Watched;
import org.frugal.app.Worker;
import org.frugal.app.teach.TeachState.Asked;
import org.frugal.app.teach.TeachState.Done;

/** What a person does with the classes that the bundle in use knows. Called on the main thread. */
final class ClassesModel {
  private final Watched<TeachState> state;
  private final Lessons lessons;
  private final Worker worker;
  private final Consumer<Runnable> whenOpen;
  private final Runnable changed;

  /**
   * @param whenOpen takes what has to wait for a bundle
   * @param changed is told that the table is another one now
   */
  ClassesModel(
      Watched<TeachState> state, Lessons lessons, Worker worker, Consumer<Runnable> whenOpen, Runnable changed) {
    this.state = state;
    this.lessons = lessons;
    this.worker = worker;
    this.whenOpen = whenOpen;
    this.changed = changed;
  }

  /** Something that a table undergoes. */
  private interface Change {
    void make(String bundle, Teachable what) throws IOException;
  }

  /** A class is to be renamed or deleted; null asks nothing any more. */
  void ask(Asked asked) {
    state.set(state.get().with(asked).saying(null, null));
  }

  void rename(String label, String next) {
    String to = next.strip();
    change((bundle, what) -> lessons.rename(bundle, what, label, to), new Done(Done.Kind.RENAMED, to, 0));
  }

  void remove(String label) {
    change((bundle, what) -> lessons.remove(bundle, what, label), new Done(Done.Kind.REMOVED, label, 0));
  }

  /** The classes are those that came with the bundle again. */
  void reset() {
    change(lessons::reset, new Done(Done.Kind.RESET, "", 0));
  }

  /** Takes the classes of a file in the place of those that there are. */
  void take(Callable<InputStream> file) {
    change((bundle, what) -> lessons.take(bundle, what, open(file)), new Done(Done.Kind.IMPORTED, "", 0));
  }

  /** Writes the classes into a file. */
  void give(Callable<OutputStream> file) {
    change((bundle, what) -> lessons.give(bundle, what, open(file)), new Done(Done.Kind.EXPORTED, "", 0));
  }

  private static <T> T open(Callable<T> file) throws IOException {
    try {
      return file.call();
    } catch (IOException | RuntimeException error) {
      throw error;
    } catch (Exception error) {
      throw new IOException(error.getMessage(), error);
    }
  }

  private void change(Change change, Done done) {
    TeachState now = state.get();
    if (now.bundle() == null) {
      whenOpen.accept(() -> change(change, done));
    } else if (now.what() != null && now.learning() == null) {
      worker.run(() -> {
        change.make(now.bundle(), now.what());
        return now.bundle();
      }, bundle -> {
        if (bundle.equals(state.get().bundle())) {
          state.set(state.get().with((Asked) null).saying(done, null));
          changed.run();
        }
      }, sentence -> state.set(state.get().saying(null, sentence)));
    }
  }
}
