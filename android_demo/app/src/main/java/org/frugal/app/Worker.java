package org.frugal.app;

import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

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
   * @param failed gets one sentence, whatever was thrown: what a file makes the work do must not end the app
   */
  public <T> void run(Callable<T> work, Consumer<T> done, Consumer<String> failed) {
    thread.execute(() -> {
      try {
        T result = work.call();
        main.execute(() -> done.accept(result));
      } catch (Throwable error) {
        main.execute(() -> failed.accept(failures.sentence(error)));
      }
    });
  }

  /** Runs some work in turn that has no answer, and whose failure is nobody's but the log's. */
  public void execute(Runnable work) {
    run(() -> {
      work.run();
      return null;
    }, done -> {}, failures -> {});
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

  /** The thread itself, for who waits until it has nothing left to do. */
  public Executor thread() {
    return thread;
  }
}
