package org.frugal.app.live;

import android.net.Uri;
import android.os.Bundle;
import java.util.Objects;
import java.util.function.Supplier;
import org.frugal.Picture;
import org.frugal.app.Watched;
import org.frugal.app.Worker;
import org.frugal.app.budget.BudgetSettings;
import org.frugal.app.budget.Device;
import org.frugal.app.budget.DeviceReading;
import org.frugal.app.bundles.BundleStore;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.LiveState.Source;

/** Asks the chain about pictures. Called on the main thread; the chain runs on the worker's. */
public final class LiveModel {
  private static final String SOURCE = "live_source";
  private static final String SAMPLE = "live_sample";
  private static final String TASK = "live_task";
  private static final String INVERTED = "live_inverted";
  private static final String PICKED = "live_picked";
  private static final String INK = "live_ink";

  private final Watched<LiveState> state = new Watched<>(LiveState.START);
  private final Ink ink = new Ink();
  private final Engine engine;
  private final BundleStore store;
  private final Worker worker;
  private final Device device;
  private final Supplier<BudgetSettings> settings;
  private final Opening opening;
  private String wanted;
  private String unreadable;
  private Uri picked;
  private Uri toRead;
  private int waiting;
  private int problems;
  private boolean inverted;

  public LiveModel(
      BundleStore store, Worker worker, Device device, Supplier<BudgetSettings> settings, Opening opening,
      Engine engine) {
    this.opening = opening;
    this.engine = engine;
    this.store = store;
    this.worker = worker;
    this.device = device;
    this.settings = settings;
  }

  public Watched<LiveState> state() {
    return state;
  }

  /** What is drawn on the pad: it outlives the screen. */
  public Ink ink() {
    return ink;
  }

  /** Opens another bundle, or none. */
  public void use(String name) {
    if (Objects.equals(name, wanted)) {
      return;
    }
    wanted = name;
    opening.begin(name);
    if (name == null) {
      worker.execute(engine::close);
      state.set(state.get().withoutBundle());
      return;
    }
    worker.run(() -> engine.open(name, store.unpacked(name)), loaded -> {
      if (name.equals(wanted)) {
        opened(loaded);
      }
    }, sentence -> {
      if (name.equals(wanted)) {
        opening.refused();
        state.set(state.get().withoutBundle());
        show(sentence);
      }
    });
  }

  private void opened(LiveState.Loaded loaded) {
    state.set(state.get().with(loaded));
    if (unreadable != null) {
      show(unreadable);
    }
    askAgain();
    if (waiting == 0) {
      opening.shown(loaded.name());
    }
  }

  /** Remembers what a person chose and brought, for a process that goes on where this one ends. */
  public void save(Bundle out) {
    LiveState now = state.get();
    out.putInt(SOURCE, now.source().ordinal());
    out.putInt(SAMPLE, now.sample());
    out.putInt(TASK, now.task());
    out.putBoolean(INVERTED, inverted);
    out.putParcelable(PICKED, picked);
    out.putSerializable(INK, ink.strokes());
  }

  /** Goes on where a process left off that is gone; {@link #pictureToRead} is what a screen has to do for it. */
  public void restore(Bundle saved) {
    inverted = saved.getBoolean(INVERTED);
    picked = saved.getParcelable(PICKED);
    toRead = picked;
    ink.restore((float[][]) saved.getSerializable(INK));
    Source[] sources = Source.values();
    int source = saved.getInt(SOURCE);
    boolean known = source >= 0 && source < sources.length;
    state.set(LiveState.restored(
        known ? sources[source] : Source.SAMPLE, Math.max(0, saved.getInt(SAMPLE)), Math.max(0, saved.getInt(TASK))));
  }

  /** A person has picked a file: it is read again where the process ends before it has been answered. */
  public void setPicked(Uri file) {
    picked = file;
    toRead = null;
  }

  /** The picture that was picked in a process that is gone, once; otherwise null. */
  public Uri pictureToRead() {
    Uri file = state.get().source() == Source.GALLERY ? toRead : null;
    toRead = null;
    return file;
  }

  public void choose(Source source) {
    unreadable = null;
    state.set(state.get().with(source));
    askAgain();
  }

  public void chooseSample(int sample) {
    state.set(state.get().withSample(sample));
    askAgain();
  }

  /** Asks another one of a bundle's tasks. */
  public void chooseTask(int task) {
    state.set(state.get().withTask(task));
    askAgain();
  }

  public boolean inverted() {
    return inverted;
  }

  /** Whether pictures of the gallery and the camera are turned to light on dark. */
  public void setInverted(boolean on) {
    boolean changed = on != inverted;
    inverted = on;
    Shown shown = state.get().shown();
    if (changed && shown != null && state.get().source() == Source.GALLERY) {
      run(Pixels.inverted(shown));
    }
  }

  /** Asks about a picture from outside. One that comes before there is a bundle to ask waits for it. */
  public void ask(Shown picture) {
    unreadable = null;
    run(inverted ? Pixels.inverted(picture) : picture);
  }

  /** Says why a picture from outside cannot be asked about; a bundle that opens meanwhile does not wipe it away. */
  public void showUnreadable(String sentence) {
    unreadable = sentence;
    show(sentence);
  }

  /** Asks about a camera frame, unless earlier pictures are still waiting: a camera is faster than a chain. */
  public void askIfIdle(Shown frame) {
    if (waiting == 0 && state.get().source() == Source.CAMERA) {
      ask(frame);
    }
  }

  /** Asks about the sample or the drawing once more: it, the bundle or the budget has changed. */
  public void askAgain() {
    LiveState now = state.get();
    if (now.source() == Source.SAMPLE && now.bundle() != null && !now.bundle().samples().isEmpty()) {
      LiveState.Sample sample = now.bundle().samples().get(now.sample());
      run(sample.picture(), sample.shown());
    } else if (now.source() == Source.PAD && !ink.isEmpty()) {
      run(ink.drawn());
    } else if (now.source() == Source.GALLERY && now.shown() != null) {
      run(now.shown());
    } else if (now.source() == Source.PAD) {
      state.set(now.with((Shown) null, null));
    }
  }

  /** Says why there is no answer; what is still on its way must not wipe the sentence away. */
  public void show(String sentence) {
    problems++;
    state.set(state.get().withProblem(sentence));
  }

  /** Lets go of the models until the next picture. */
  public void trimMemory() {
    worker.execute(engine::close);
  }

  private void run(Shown shown) {
    if (state.get().bundle() == null && state.get().source() == Source.GALLERY) {
      state.set(state.get().with(shown, null));
    } else {
      run(Pixels.picture(shown), shown);
    }
  }

  private void run(Picture picture, Shown shown) {
    if (wanted == null || state.get().bundle() == null) {
      return;
    }
    LiveState asked = state.get();
    int problemsBefore = problems;
    waiting++;
    BudgetSettings now = settings.get();
    worker.run(() -> {
      DeviceReading read = now.followDevice() ? device.read() : DeviceReading.UNKNOWN;
      return engine.run(picture, now, read, asked.asking());
    }, answer -> {
      waiting--;
      if (belongs(asked) && problems == problemsBefore) {
        state.set(state.get().with(shown, answer));
      }
      opening.shown(asked.bundle().name());
    }, sentence -> {
      waiting--;
      opening.shown(asked.bundle().name());
      if (belongs(asked)) {
        show(sentence);
      }
    });
  }

  /** An answer that comes back to another bundle or source than the one asked is nobody's. */
  private boolean belongs(LiveState asked) {
    LiveState now = state.get();
    return now.bundle() == asked.bundle() && now.source() == asked.source() && now.sample() == asked.sample()
        && now.task() == asked.task();
  }
}
