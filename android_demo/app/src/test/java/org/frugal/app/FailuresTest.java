package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.frugal.ChainException;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** What is said of an error, and that the worker says it. */
@RunWith(RobolectricTestRunner.class)
public class FailuresTest {
  private final Failures failures = new Failures(RuntimeEnvironment.getApplication());
  private final List<String> said = new ArrayList<>();

  @Test
  public void everyFailureIsOneSentence() {
    assertEquals("runs: received 0", failures.sentence(new ChainException("runs: received 0")));
    assertTrue(failures.sentence(new OutOfMemoryError()).startsWith("Expected enough memory"));
    assertEquals(
        "Expected TensorFlow Lite's library for this processor, received none: no such library",
        failures.sentence(new UnsatisfiedLinkError("no such library")));
    assertEquals("Expected a readable file, received: IOException", failures.sentence(new IOException()));
  }

  @Test
  public void theWorkerHandsAnswersAndExpectedFailuresOn() throws Exception {
    List<Runnable> onMain = new ArrayList<>();
    Worker worker = new Worker(onMain::add, failures);
    run(worker, () -> "an answer");
    run(worker, () -> {
      throw new IOException("the card was taken out");
    });
    run(worker, () -> {
      throw new OutOfMemoryError();
    });
    settle(worker);
    onMain.forEach(Runnable::run);
    assertEquals(
        List.of(
            "done: an answer", "failed: Expected a readable file, received: the card was taken out",
            "failed: Expected enough memory for this bundle, received too little: close other apps and try again."),
        said);
  }

  @Test
  public void whatNobodyExpectedEndsTheAppRatherThanBeingLost() throws Exception {
    List<Runnable> onMain = new ArrayList<>();
    Worker worker = new Worker(onMain::add, failures);
    run(worker, () -> {
      throw new IllegalStateException("a bug");
    });
    settle(worker);
    IllegalStateException thrown =
        org.junit.Assert.assertThrows(IllegalStateException.class, () -> onMain.get(0).run());
    assertEquals("a bug", thrown.getCause().getMessage());
    assertEquals(List.of(), said);
  }

  @Test
  public void atTheEndWhatRunsIsWaitedForAndWhatWaitsIsDropped() throws Exception {
    List<Runnable> onMain = Collections.synchronizedList(new ArrayList<>());
    Worker worker = new Worker(onMain::add, failures);
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    run(worker, () -> {
      began.countDown();
      goOn.await();
      return "what ran";
    });
    run(worker, () -> "what waited");
    began.await();
    AtomicBoolean ended = new AtomicBoolean();
    Thread closing = new Thread(() -> ended.set(worker.close()));
    closing.start();
    closing.join(100);
    assertTrue("it waits", closing.isAlive());
    goOn.countDown();
    closing.join();
    assertTrue(ended.get());
    run(worker, () -> "what came afterwards");
    onMain.forEach(Runnable::run);
    assertEquals(List.of("done: what ran"), said);
  }

  @Test
  public void theApplicationsEndIsItsWorkersEnd() {
    OnScreen.app();
    RuntimeEnvironment.getApplication().onTerminate();
    assertTrue(((ThreadPoolExecutor) OnScreen.app().worker().thread()).isTerminated());
  }

  private void run(Worker worker, Callable<String> work) {
    worker.run(work, answer -> said.add("done: " + answer), sentence -> said.add("failed: " + sentence));
  }

  private static void settle(Worker worker) throws InterruptedException {
    CountDownLatch passed = new CountDownLatch(1);
    worker.thread().execute(passed::countDown);
    assertTrue(passed.await(10, TimeUnit.SECONDS));
  }
}
