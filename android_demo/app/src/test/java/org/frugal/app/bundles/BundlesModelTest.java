package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.frugal.app.Failures;
import org.frugal.app.Worker;
import org.frugal.app.ZipBundles;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** What is listed at a start of the app, on a phone where something is wrong: the rest of it. */
@RunWith(RobolectricTestRunner.class)
public class BundlesModelTest {
  @Rule public TemporaryFolder temporary = new TemporaryFolder();

  private final Failures failures = new Failures(RuntimeEnvironment.getApplication());
  private final BlockingQueue<Runnable> onMain = new LinkedBlockingQueue<>();
  private final Worker worker = new Worker(onMain::add, failures);
  private Path folder;
  private BundleStore store;

  @Before
  public void fill() throws IOException {
    folder = temporary.getRoot().toPath();
    store = new BundleStore(folder);
    Files.write(folder.resolve("a.zip"), new ZipBundles("stages").bytes());
    Files.write(folder.resolve("b.zip"), new ZipBundles("steps").bytes());
  }

  @Test
  public void aRecordThatCannotBeWrittenEndsNoListing() throws Exception {
    Files.createDirectories(SelfTestRecord.beside(store.path("a")).resolve("in the way"));
    for (int start = 0; start < 2; start++) {
      BundlesState state = start(Map.of(), "b").state().get();
      assertEquals(2, state.items().size());
      assertTrue(state.item("a").selfTest().passed());
      assertTrue(state.item("b").selfTest().passed());
      assertEquals("b", state.chosen());
      assertNull(state.message());
      assertFalse(state.busy());
    }
    assertTrue("the other's is kept", Files.isRegularFile(SelfTestRecord.beside(store.path("b"))));
  }

  @Test
  public void aBundleThatCannotBeCopiedIsSaidAndTheOthersAreListed() throws Exception {
    Map<String, BundlesModel.Source> apk = new TreeMap<>();
    apk.put("of the apk", () -> {
      throw new IOException("no space left on device");
    });
    apk.put("small", () -> new ByteArrayInputStream(new ZipBundles("stages").bytes()));
    BundlesState state = start(apk, null).state().get();
    assertEquals(List.of("a", "b", "small"), state.items().stream().map(BundleItem::name).toList());
    assertEquals("Expected a readable file, received: no space left on device", state.message());
    assertEquals("a", state.chosen());
  }

  @Test
  public void aCardThatCannotBeUnpackedHidesNoOtherBundle() throws Exception {
    ZipBundles card = new ZipBundles("stages").with("MODEL_CARD.md", "words ".repeat(100).getBytes());
    Files.write(folder.resolve("a.zip"), card.bytesWithDamaged("MODEL_CARD.md"));
    BundlesState state = start(Map.of(), "a").state().get();
    assertFalse(state.item("a").isUsable());
    assertTrue(state.item("a").refusal(), state.item("a").refusal().startsWith("Expected a readable file, received: "));
    assertTrue(state.item("b").isUsable());
    assertEquals("b", state.chosen());
  }

  @Test
  public void aPhoneWithoutTheLibraryListsEveryBundleWithTheReason() throws Exception {
    BundlesModel model = new BundlesModel(store, worker, new Inspection(failures, () -> {
      throw new UnsatisfiedLinkError("no library for mips");
    }));
    model.start(Map.of(), 0, "a");
    settle();
    assertEquals(2, model.state().get().items().size());
    for (BundleItem item : model.state().get().items()) {
      assertEquals(
          "Expected TensorFlow Lite's library for this processor, received none: no library for mips", item.refusal());
    }
    assertNull("there is nothing to use", model.state().get().chosen());
  }

  @Test
  public void aBundleOfTheApkStaysAndOthersGo() throws Exception {
    BundlesModel model = start(Map.of("a", () -> new ByteArrayInputStream(new byte[0])), "a");
    model.remove("a");
    model.remove("b");
    settle();
    assertEquals(List.of("a"), store.names());
    assertEquals(List.of("a"), model.state().get().items().stream().map(BundleItem::name).toList());
  }

  private BundlesModel start(Map<String, BundlesModel.Source> apk, String chosen) throws InterruptedException {
    BundlesModel model = new BundlesModel(store, worker, new Inspection(failures, () -> "a phone"));
    model.start(apk, 0, chosen);
    settle();
    return model;
  }

  /** Runs what the worker has handed over, once it has nothing left to do. */
  private void settle() throws InterruptedException {
    CountDownLatch passed = new CountDownLatch(1);
    worker.thread().execute(passed::countDown);
    passed.await();
    for (Runnable task = onMain.poll(); task != null; task = onMain.poll()) {
      task.run();
    }
  }
}
