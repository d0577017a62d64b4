package org.frugal.app.bundles;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.frugal.app.Watched;
import org.frugal.app.Worker;
import org.frugal.app.bundles.BundleItem.Standing;

/** Which bundles there are and which one is in use. Called on the main thread; files are read by the worker. */
public final class BundlesModel {
  /** Opens a file of the APK, or one that a person picked. */
  public interface Source {
    InputStream open() throws IOException;
  }

  private final Watched<BundlesState> state = new Watched<>(BundlesState.EMPTY);
  private final BundleStore store;
  private final Worker worker;
  private final Inspection inspection;
  private final CrashMarks marks;
  /** The bundles that the worker has been asked to look at, and has not yet. */
  private final Set<String> asked = new HashSet<>();
  private Map<String, Source> apk = Map.of();
  private long apkMillis;
  private List<String> preferred = List.of();
  private int adding;
  private boolean wantsAll;

  public BundlesModel(BundleStore store, Worker worker, Inspection inspection, CrashMarks marks) {
    this.inspection = inspection;
    this.store = store;
    this.worker = worker;
    this.marks = marks;
  }

  public Watched<BundlesState> state() {
    return state;
  }

  public BundleStore store() {
    return store;
  }

  /**
   * Lists what there is and opens the bundle to use: no other, unless that one cannot be used.
   *
   * @param inApk names and contents of the APK's bundles, which are copied out of it when they are looked at
   * @param installedMillis when the APK was installed
   * @param toUse the bundles to use if they are there and usable, best first
   */
  public void start(Map<String, Source> inApk, long installedMillis, List<String> toUse) {
    apk = Map.copyOf(inApk);
    apkMillis = installedMillis;
    preferred = toUse;
    worker.run(() -> {
      store.tidy();
      TreeSet<String> names = new TreeSet<>(store.names());
      names.addAll(apk.keySet());
      marks.find(List.copyOf(names));
      return names;
    }, this::list, sentence -> {
      show(sentence);
      list(new TreeSet<>(apk.keySet()));
    });
  }

  private void list(Set<String> names) {
    List<BundleItem> items = new ArrayList<>();
    for (String name : names) {
      items.add(marks.isLeft(name) ? BundleItem.crashed(name, apk.containsKey(name))
          : BundleItem.unseen(name, apk.containsKey(name)));
    }
    state.set(state.get().withItems(items));
    next();
    if (wantsAll) {
      lookAtAll();
    }
  }

  /** Looks at every bundle that nobody has looked at yet: a screen that lists them is on display. */
  public void lookAtAll() {
    wantsAll = true;
    state.get().items().stream().filter(item -> item.standing() == Standing.UNSEEN).map(BundleItem::name)
        .forEach(this::lookAt);
  }

  /** Looks at a bundle if nobody has done so yet: it is installed and judged before work that comes later. */
  public void lookAtUnseen(String name) {
    BundleItem item = state.get().item(name);
    if (item != null && item.standing() == Standing.UNSEEN) {
      lookAt(name);
    }
  }

  /** Goes on looking for a bundle to use until there is one. */
  private void next() {
    BundlesState now = state.get();
    if (now.chosen() == null && asked.isEmpty()) {
      List<String> names = new ArrayList<>(preferred);
      now.items().forEach(item -> names.add(item.name()));
      names.stream().filter(name -> now.item(name) != null && now.item(name).standing() == Standing.UNSEEN)
          .findFirst().ifPresent(this::lookAt);
    }
    boolean busy = !asked.isEmpty() || adding > 0;
    if (state.get().busy() != busy) {
      state.set(state.get().withBusy(busy));
    }
  }

  private void lookAt(String name) {
    if (!asked.add(name)) {
      return;
    }
    state.set(state.get().withBusy(true));
    boolean inApk = apk.containsKey(name);
    worker.run(() -> {
      String problem = inApk ? install(name) : null;
      marks.set(name);
      BundleItem item = inspection.of(name, inApk, store.path(name));
      marks.clear(name);
      return new Seen(item, problem);
    }, seen -> looked(name, seen.item(), seen.problem()),
        sentence -> looked(name, BundleItem.refused(name, inApk, sentence), sentence));
  }

  /** What was found of a bundle, and what went wrong besides. */
  private record Seen(BundleItem item, String problem) {}

  /** Why the APK's bundle could not be copied, as on a full device, where an older copy can be used; otherwise null. */
  private String install(String name) throws IOException {
    try (InputStream content = apk.get(name).open()) {
      store.install(name, content, apkMillis);
      return null;
    } catch (IOException error) {
      if (!store.has(name)) {
        throw error;
      }
      return inspection.sentence(error);
    }
  }

  private void looked(String name, BundleItem item, String problem) {
    asked.remove(name);
    // It may have been removed meanwhile.
    if (state.get().item(name) != null) {
      state.set(state.get().with(item));
    }
    if (problem != null) {
      show(problem);
    }
    next();
  }

  public void choose(String name) {
    BundleItem item = state.get().item(name);
    if (item != null && item.isUsable()) {
      state.set(state.get().withChosen(name));
    }
  }

  /** Shows the points and the card of a bundle, whether it may answer or not. */
  public void look(String name) {
    state.set(state.get().withLooked(name));
  }

  /** A person wants a bundle opened again that the app ended with. */
  public void retry(String name) {
    BundleItem item = state.get().item(name);
    if (item != null && item.standing() == Standing.CRASHED) {
      marks.clear(name);
      lookAt(name);
    }
  }

  /** Checks a .zip and takes it in, or shows why not. */
  public void add(Source source) {
    adding++;
    state.set(state.get().withMessage(null).withBusy(true));
    worker.run(() -> {
      try (InputStream content = source.open()) {
        String name = store.add(content);
        marks.set(name);
        BundleItem item = inspection.of(name, apk.containsKey(name), store.path(name));
        marks.clear(name);
        return item;
      }
    }, item -> {
      adding--;
      state.set(state.get().with(item).withLooked(item.name()));
      choose(item.name());
      next();
    }, sentence -> {
      adding--;
      show(sentence);
      next();
    });
  }

  /** Removes a bundle, chosen or not; those of the APK stay. */
  public void remove(String name) {
    if (apk.containsKey(name)) {
      return;
    }
    worker.run(() -> store.remove(name), found -> {
      marks.clear(name);
      state.set(state.get().without(name));
      next();
    }, this::show);
  }

  private void show(String sentence) {
    state.set(state.get().withMessage(sentence));
  }
}
