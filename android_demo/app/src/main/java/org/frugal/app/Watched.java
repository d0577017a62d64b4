package org.frugal.app;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A value that screens watch: every watcher sees the present one at once and each later one. Main thread only. */
public final class Watched<T> {
  private final List<Consumer<T>> watchers = new ArrayList<>();
  private T value;

  public Watched(T value) {
    this.value = value;
  }

  public T get() {
    return value;
  }

  public void set(T next) {
    value = next;
    for (Consumer<T> watcher : new ArrayList<>(watchers)) {
      // One that an earlier watcher removed must not see the value any more: its views may be gone.
      if (watchers.contains(watcher)) {
        watcher.accept(next);
      }
    }
  }

  public void watch(Consumer<T> watcher) {
    watchers.add(watcher);
    watcher.accept(value);
  }

  public void unwatch(Consumer<T> watcher) {
    watchers.remove(watcher);
  }
}
