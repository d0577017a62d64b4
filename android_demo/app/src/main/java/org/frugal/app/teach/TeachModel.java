package org.frugal.app.teach;

import android.os.Bundle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.frugal.Event.Corners;
import org.frugal.app.Watched;
import org.frugal.app.Worker;
import org.frugal.app.live.Engine;
import org.frugal.app.live.Ink;
import org.frugal.app.live.LiveState.Loaded;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.teach.TeachState.Done;
import org.frugal.app.teach.TeachState.Progress;

/** Teaches the bundle in use new classes. Called on the main thread; the chain and the files are the worker's. */
public final class TeachModel {
  private static final String SAVED = "teach";

  private final Watched<TeachState> state = new Watched<>(TeachState.START);
  private final Lessons lessons;
  private final DraftStore drafts;
  private final Worker worker;
  private final Executor main;
  private final Runnable changed;
  private final Ink ink = new Ink();
  private final ClassesModel classes;
  /** What came before the bundle that it is for was open. */
  private final List<Runnable> waiting = new ArrayList<>();
  private Loaded open;
  private Request pending = Request.PICTURE;
  private AtomicBoolean stop = new AtomicBoolean();

  /** Ends a lesson that a person has cancelled. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /**
   * @param changed is told that the bundle in use answers otherwise now
   */
  public TeachModel(
      Engine engine, TaughtTables tables, DraftStore drafts, Worker worker, Executor main, Runnable changed) {
    lessons = new Lessons(engine, tables);
    this.drafts = drafts;
    this.worker = worker;
    this.main = main;
    this.changed = changed;
    classes = new ClassesModel(state, lessons, worker, waiting::add, this::afterChange);
  }

  Watched<TeachState> state() {
    return state;
  }

  /** The classes that the bundle in use knows. */
  ClassesModel classes() {
    return classes;
  }

  /** What a file is picked for. */
  enum Request {
    PICTURE,
    IMPORT,
    EXPORT
  }

  /** What the system's picker is in front for. */
  Request pending() {
    return pending;
  }

  void setPending(Request next) {
    pending = next;
  }

  /** What is drawn on the pad: it outlives the screen. */
  Ink ink() {
    return ink;
  }

  /** Remembers where a person is, for a process that goes on where this one ends; the draft lies in files. */
  public void save(Bundle out) {
    out.putBundle(SAVED, Places.of(state.get(), pending, ink));
    keep();
  }

  /** Goes on where a process left off that is gone. */
  public void restore(Bundle saved) {
    Bundle places = saved.getBundle(SAVED);
    if (places != null && open == null) {
      state.set(Places.restored(places));
      pending = Places.pending(places);
      ink.restore(Places.ink(places));
    }
  }

  /** Another bundle is in use, or none: its table and its draft are looked at. */
  public void use(Loaded loaded) {
    if (loaded == open) {
      return;
    }
    open = loaded;
    stop.set(true);
    if (loaded == null) {
      state.set(state.get().withBundle(null, "", null));
      return;
    }
    Teachable what = Teachable.of(loaded.manifest());
    state.set(state.get().withBundle(loaded.name(), loaded.title(), what));
    List<Runnable> before = List.copyOf(waiting);
    waiting.clear();
    if (what == null) {
      return;
    }
    look(loaded, what);
    worker.run(() -> drafts.read(loaded.name()), draft -> {
      if (loaded == open) {
        state.set(state.get().with(draft));
        before.forEach(Runnable::run);
      }
    }, this::say);
  }

  private void look(Loaded loaded, Teachable what) {
    worker.run(() -> lessons.known(loaded.name(), what), known -> {
      if (loaded == open) {
        state.set(state.get().withKnown(known.labels()));
        if (known.refusal() != null) {
          say(known.refusal());
        }
      }
    }, this::say);
  }

  /** A bundle is gone from this device, or has learned: the pictures are deleted. */
  public void removed(String bundle) {
    worker.run(() -> {
      drafts.clear(bundle);
      return null;
    }, done -> {}, this::say);
  }

  /** What a person types as the name. */
  void setName(String name) {
    if (!name.equals(state.get().draft().name())) {
      state.set(state.get().with(state.get().draft().withName(name)).saying(null, null));
    }
  }

  void choose(TeachState.Source source) {
    state.set(state.get().with(source));
  }

  /** Looks at a picture of the draft, or at none. */
  void select(int picture) {
    state.set(state.get().withSelected(picture));
  }

  /** One more picture of the class. */
  void add(Shown picture) {
    TeachState now = state.get();
    Loaded of = open;
    if (of == null) {
      waiting.add(() -> add(picture));
    } else if (now.what() != null && now.draft().examples().size() < Draft.MOST && now.learning() == null) {
      worker.run(() -> drafts.keep(of.name(), Example.fit(picture)), example -> added(of, example), this::say);
    }
  }

  private void added(Loaded of, Example example) {
    TeachState now = state.get();
    if (of == open && now.draft().examples().size() < Draft.MOST) {
      Draft longer = now.draft().with(example);
      // A box is dragged at once, while the thing is in mind.
      int selected = now.what().asksBox() ? longer.examples().size() - 1 : -1;
      state.set(now.with(longer).withSelected(selected).saying(null, null));
    }
    keep();
  }

  void remove(int picture) {
    Example gone = state.get().draft().examples().get(picture);
    String bundle = state.get().bundle();
    state.set(state.get().with(state.get().draft().without(picture)).withSelected(-1));
    keep();
    worker.run(() -> {
      drafts.delete(bundle, gone);
      return null;
    }, done -> {}, this::say);
  }

  void setBox(int picture, Corners box) {
    state.set(state.get().with(state.get().draft().withBox(picture, box)));
    keep();
  }

  /** Keeps the draft as it is now. */
  void keep() {
    TeachState now = state.get();
    if (now.what() == null || now.learning() != null) {
      return;
    }
    worker.run(() -> {
      drafts.write(now.bundle(), now.draft());
      return null;
    }, done -> {}, this::say);
  }

  /** Learns what the draft shows, where nothing is lacking. */
  void learn() {
    TeachState now = state.get();
    if (!now.ready()) {
      return;
    }
    AtomicBoolean stopped = new AtomicBoolean();
    stop = stopped;
    int count = now.draft().examples().size();
    state.set(now.with(new Progress(0, count)).withSelected(-1).saying(null, null));
    worker.run(() -> {
      try {
        lessons.teach(now.bundle(), now.what(), now.draft(), done -> progressed(stopped, done, count));
      } catch (Stopped ended) {
        return false;
      }
      return true;
    }, learned -> learned(now, learned), sentence -> {
      if (now.bundle().equals(state.get().bundle())) {
        state.set(state.get().with((Progress) null));
      }
      say(sentence);
    });
  }

  private void progressed(AtomicBoolean stopped, int done, int count) {
    if (stopped.get()) {
      throw new Stopped();
    }
    main.execute(() -> {
      if (state.get().learning() != null && stop == stopped) {
        state.set(state.get().with(new Progress(done, count)));
      }
    });
  }

  private void learned(TeachState lesson, boolean learned) {
    if (!lesson.bundle().equals(state.get().bundle())) {
      return;
    }
    TeachState after = state.get().with((Progress) null);
    if (!learned) {
      state.set(after);
      return;
    }
    String label = lesson.draft().label();
    int count = lesson.draft().examples().size();
    state.set(after.with(Draft.EMPTY).saying(new Done(Done.Kind.LEARNED, label, count), null));
    removed(lesson.bundle());
    afterChange();
  }

  void cancel() {
    stop.set(true);
  }

  private void afterChange() {
    look(open, state.get().what());
    changed.run();
  }

  /** Says why something was not done. */
  void say(String sentence) {
    state.set(state.get().saying(null, sentence));
  }
}
