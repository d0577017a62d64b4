package org.frugal.app.bundles;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.frugal.app.Watched;
import org.frugal.app.Worker;

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
  private Set<String> inApk = Set.of();

  public BundlesModel(BundleStore store, Worker worker, Inspection inspection) {
    this.inspection = inspection;
    this.store = store;
    this.worker = worker;
  }

  public Watched<BundlesState> state() {
    return state;
  }

  public BundleStore store() {
    return store;
  }

  /**
   * Installs what the APK holds and looks at every bundle.
   *
   * @param apk names and contents of the APK's bundles
   * @param apkMillis when the APK was installed
   * @param chosen the bundle to use if it is still there, or null
   */
  public void start(java.util.Map<String, Source> apk, long apkMillis, String chosen) {
    inApk = Set.copyOf(apk.keySet());
    state.set(state.get().withChosen(chosen).withBusy());
    List<String> problems = new ArrayList<>();
    // One that cannot be copied, as on a full device, is said; those that are there can be used all the same.
    apk.forEach((name, source) -> worker.run(() -> {
      try (InputStream content = source.open()) {
        store.install(name, content, apkMillis);
        return name;
      }
    }, installed -> {}, problems::add));
    worker.run(() -> {
      List<BundleItem> items = new ArrayList<>();
      for (String name : store.names()) {
        items.add(inspection.of(name, apk.containsKey(name), store.path(name)));
      }
      return items;
    }, items -> {
      BundlesState listed = state.get().withItems(items);
      state.set(problems.isEmpty() ? listed : listed.withMessage(problems.get(0)));
    }, this::show);
  }

  public void choose(String name) {
    BundleItem item = state.get().item(name);
    if (item != null && item.isUsable()) {
      state.set(state.get().withChosen(name));
    }
  }

  /** Checks a .zip and takes it in, or shows why not. */
  public void add(Source source) {
    state.set(state.get().withBusy());
    worker.run(() -> {
      try (InputStream content = source.open()) {
        String name = store.add(content);
        return inspection.of(name, inApk.contains(name), store.path(name));
      }
    }, item -> {
      state.set(state.get().with(item));
      if (item.isUsable()) {
        choose(item.name());
      }
    }, this::show);
  }

  /** Removes a bundle, chosen or not; those of the APK stay. */
  public void remove(String name) {
    if (inApk.contains(name)) {
      return;
    }
    worker.run(() -> store.remove(name), found -> state.set(state.get().without(name)), this::show);
  }

  private void show(String sentence) {
    state.set(state.get().withMessage(sentence));
  }
}
