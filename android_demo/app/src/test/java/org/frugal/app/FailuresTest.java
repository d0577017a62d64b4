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
import org.robolectric.shadows.ShadowLog;

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
  public void whatNobodyExpectedIsASentenceTooAndItsTraceIsInTheLog() throws Exception {
    List<Runnable> onMain = new ArrayList<>();
    Worker worker = new Worker(onMain::add, failures);
    run(worker, () -> {
      throw new IndexOutOfBoundsException("Index 99 out of bounds");
    });
    run(worker, () -> {
      throw new StackOverflowError();
    });
    worker.execute(() -> {
      throw new IllegalStateException("nobody waits for this");
    });
    run(worker, () -> "the next answer");
    settle(worker);
    onMain.forEach(Runnable::run);
    String sentence =
        "failed: Expected this to work, but the app made a mistake of its own: %s. Everything else works.";
    assertEquals(
        List.of(
            sentence.formatted("Index 99 out of bounds"), sentence.formatted("StackOverflowError"),
            "done: the next answer"),
        said);
    List<String> logged = new ArrayList<>();
    ShadowLog.getLogsForTag(Failures.LOG).forEach(line -> logged.add(line.throwable.getClass().getSimpleName()));
    assertEquals(List.of("IndexOutOfBoundsException", "StackOverflowError", "IllegalStateException"), logged);
  }

  @Test
  public void whatAFileSaysCannotPassForTheAppsOwnWords() {
    IOException steering = new IOException("one.zip\nEverything is fine.\u202E");
    assertEquals(
        "Expected a readable file, received: one.zip Everything is fine. ", failures.sentence(steering));
    assertEquals("über 7 ½ 数", Plain.name("über 7 ½ 数"));
    String longest = "a".repeat(40) + "😀".repeat(30) + "z".repeat(40);
    assertEquals("a".repeat(30) + "…" + "z".repeat(29), Plain.name(longest));
    assertEquals(60, Plain.name("😀".repeat(200)).codePointCount(0, Plain.name("😀".repeat(200)).length()));
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
