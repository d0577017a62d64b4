package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.frugal.app.Failures;
import org.frugal.app.Worker;
import org.frugal.app.ZipBundles;
import org.frugal.app.bundles.BundleItem.Standing;
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
    apk.put("small", () -> new ByteArrayInputStream(stages()));
    BundlesState state = start(apk, null).state().get();
    assertEquals(List.of("a", "b", "of the apk", "small"), state.items().stream().map(BundleItem::name).toList());
    assertEquals(
        "Expected a readable file, received: no space left on device", state.item("of the apk").refusal());
    assertTrue(state.item("small").isUsable());
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
    BundlesModel model = model(() -> {
      throw new UnsatisfiedLinkError("no library for mips");
    });
    model.start(Map.of(), 0, List.of("a"));
    settle();
    assertEquals(2, model.state().get().items().size());
    for (BundleItem item : model.state().get().items()) {
      assertEquals(
          "Expected TensorFlow Lite's library for this processor, received none: no library for mips", item.refusal());
    }
    assertNull("there is nothing to use", model.state().get().chosen());
  }

  @Test
  public void aStartOpensTheBundleToUseAndNoOther() throws Exception {
    List<String> opened = new ArrayList<>();
    BundlesModel model = new BundlesModel(store, worker, new Inspection(failures, () -> "a phone") {
      @Override
      public BundleItem of(String name, boolean fromApk, Path path) {
        opened.add(name);
        return super.of(name, fromApk, path);
      }
    }, new CrashMarks(store::path));
    Map<String, BundlesModel.Source> apk = Map.of("c", () -> new ByteArrayInputStream(stages()));
    model.start(apk, 0, List.of("b", "a"));
    settle();
    assertEquals(List.of("b"), opened);
    assertEquals("b", model.state().get().chosen());
    assertFalse(model.state().get().busy());
    assertEquals(Standing.UNSEEN, model.state().get().item("a").standing());
    assertFalse("the APK's is not copied before it is needed", store.has("c"));
    model.lookAtAll();
    assertTrue(model.state().get().busy());
    settle();
    assertEquals(List.of("b", "a", "c"), opened);
    assertEquals("b", model.state().get().chosen());
    model.lookAtAll();
    settle();
    assertEquals("once each", 3, opened.size());
  }

  @Test
  public void whereTheBundleToUseCannotBeTheNextThatCanIs() throws Exception {
    Files.write(folder.resolve("b.zip"), new byte[9]);
    BundlesModel model = model(() -> "a phone");
    model.start(Map.of("c", () -> new ByteArrayInputStream(stages())), 0, List.of("b", "c"));
    settle();
    assertEquals("c", model.state().get().chosen());
    assertEquals(Standing.REFUSED, model.state().get().item("b").standing());
    assertEquals("nobody needed it", Standing.UNSEEN, model.state().get().item("a").standing());
  }

  @Test
  public void aBundleThatTheAppEndedWithIsNotOpenedAgainUnlessAPersonAsks() throws Exception {
    new CrashMarks(store::path).set("b"); // as in a process that ended with it
    BundlesModel model = start(Map.of(), "b");
    assertEquals(Standing.CRASHED, model.state().get().item("b").standing());
    assertEquals("a", model.state().get().chosen());
    model.choose("b");
    assertEquals("a", model.state().get().chosen());
    assertEquals("nor at the start after that", Standing.CRASHED,
        start(Map.of(), "b").state().get().item("b").standing());
    model.retry("b");
    settle();
    assertTrue(model.state().get().item("b").isUsable());
    assertTrue(start(Map.of(), "b").state().get().item("b").isUsable());
  }

  @Test
  public void aBundleIsMarkedWhileItIsOpenedAndNotAfterwards() throws Exception {
    Path mark = folder.resolve("b.zip.opening");
    List<Boolean> marked = new ArrayList<>();
    BundlesModel model = new BundlesModel(store, worker, new Inspection(failures, () -> "a phone") {
      @Override
      public BundleItem of(String name, boolean fromApk, Path path) {
        marked.add(Files.exists(mark));
        return super.of(name, fromApk, path);
      }
    }, new CrashMarks(store::path));
    model.start(Map.of(), 0, List.of("b"));
    settle();
    assertEquals(List.of(true), marked);
    assertFalse(Files.exists(mark));
  }

  @Test
  public void whateverABundleMakesTheAppThrowIsItsRefusal() throws Exception {
    BundlesModel model = model(() -> {
      throw new ArithmeticException("/ by zero");
    });
    model.start(Map.of(), 0, List.of("a"));
    settle();
    assertEquals(
        "Expected this to work, but the app made a mistake of its own: / by zero. Everything else works.",
        model.state().get().item("a").refusal());
  }

  @Test
  public void whatACopyLeftBehindThatWasCutOffIsTakenAway() throws Exception {
    Path left = Files.write(folder.resolve("incoming123.part"), new byte[9]);
    start(Map.of(), "a");
    assertFalse(Files.exists(left));
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

  private static byte[] stages() throws IOException {
    return new ZipBundles("stages").bytes();
  }

  private BundlesModel start(Map<String, BundlesModel.Source> apk, String chosen) throws InterruptedException {
    BundlesModel model = model(() -> "a phone");
    model.start(apk, 0, chosen == null ? List.of() : List.of(chosen));
    model.lookAtAll();
    settle();
    return model;
  }

  private BundlesModel model(Supplier<String> device) {
    return new BundlesModel(store, worker, new Inspection(failures, device), new CrashMarks(store::path));
  }

  /** Runs what the worker hands over until neither has anything left to do. */
  private void settle() throws InterruptedException {
    do {
      for (Runnable task = onMain.poll(); task != null; task = onMain.poll()) {
        task.run();
      }
      CountDownLatch passed = new CountDownLatch(1);
      worker.thread().execute(passed::countDown);
      passed.await();
    } while (!onMain.isEmpty());
  }
}
