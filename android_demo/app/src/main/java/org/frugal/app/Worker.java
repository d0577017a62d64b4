package org.frugal.app;

import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.frugal.FrugalException;

/** One background thread for everything that touches a chain or a file; answers come back on the main thread. */
public final class Worker {
  private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
      1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> new Thread(task, "chain"),
      new ThreadPoolExecutor.DiscardPolicy());
  private final Executor main;
  private final Failures failures;

  public Worker(Executor main, Failures failures) {
    this.main = main;
    this.failures = failures;
  }

  /**
   * Runs some work in turn.
   *
   * @param failed gets one sentence; what is not an expected failure is thrown on the main thread instead, where it
   *     ends the app rather than being lost
   */
  public <T> void run(Callable<T> work, Consumer<T> done, Consumer<String> failed) {
    thread.execute(() -> {
      try {
        T result = work.call();
        main.execute(() -> done.accept(result));
      } catch (FrugalException | java.io.IOException error) {
        main.execute(() -> failed.accept(failures.sentence(error)));
      } catch (OutOfMemoryError | LinkageError error) {
        main.execute(() -> failed.accept(failures.sentence(error)));
      } catch (Exception error) {
        main.execute(() -> {
          throw new IllegalStateException(error);
        });
      }
    });
  }

  /**
   * Drops what waits and what is asked for from now on, and waits for the work that runs: nothing of it may outlive the
   * application that it was given.
   *
   * @return whether the work ended within a minute
   */
  boolean close() {
    thread.getQueue().clear();
    thread.shutdown();
    try {
      return thread.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The thread itself, for a task without an answer. */
  public Executor thread() {
    return thread;
  }
}
