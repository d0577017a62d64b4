package org.frugal.app.bundles;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.frugal.BundleException;
import org.frugal.app.ZipBundles;
import org.frugal.bundle.Bundle;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** Files only: no Android. */
public class BundleStoreTest {
  @Rule public TemporaryFolder temporary = new TemporaryFolder();
  private Path folder;
  private BundleStore store;

  @Before
  public void make() {
    folder = temporary.getRoot().toPath().resolve("bundles");
    store = new BundleStore(folder);
  }

  @Test
  public void anAddedBundleHasTheNameOfItsManifest() throws IOException {
    assertEquals(List.of(), store.names());
    assertEquals("hand_made", store.add(stages()));
    assertEquals(List.of("hand_made"), store.names());
    assertArrayEquals(new ZipBundles("stages").bytes(), Files.readAllBytes(store.path("hand_made")));
  }

  @Test
  public void theSameAgainTakesItsPlaceAndAnotherOfTheNameIsNumbered() throws IOException {
    store.add(stages());
    assertEquals("hand_made", store.add(stages()));
    byte[] other = new ZipBundles("stages").withManifest(text -> text.replace("\n", " \n")).bytes();
    assertEquals("hand_made-2", store.add(new ByteArrayInputStream(other)));
    assertEquals(List.of("hand_made", "hand_made-2"), store.names());
  }

  @Test
  public void nothingOfARefusedFileStays() throws IOException {
    BundleException refused =
        assertThrows(BundleException.class, () -> store.add(new ByteArrayInputStream(new byte[] {1, 2})));
    assertTrue(refused.getMessage(), refused.getMessage().startsWith("The .zip: expected a folder or a .zip"));
    assertEmpty();
  }

  @Test
  public void aFileThatIsTooLargeIsNotCopiedToItsEnd() throws IOException {
    IOException refused = assertThrows(IOException.class, () -> new BundleStore(folder, 100).add(stages()));
    assertEquals("expected a bundle of at most 100 bytes, received a larger file", refused.getMessage());
    assertEmpty();
  }

  @Test
  public void anUpdateOfTheApkReplacesItsBundlesAndNothingElseDoes() throws IOException {
    long now = System.currentTimeMillis();
    store.install("a", new ByteArrayInputStream(new byte[] {1}), now - 1000);
    store.install("a", new ByteArrayInputStream(new byte[] {2}), now - 1000);
    assertArrayEquals(new byte[] {1}, Files.readAllBytes(store.path("a")));
    store.install("a", new ByteArrayInputStream(new byte[] {3}), now + 60_000);
    assertArrayEquals(new byte[] {3}, Files.readAllBytes(store.path("a")));
  }

  @Test
  public void aBundleInUseIsUnpackedOnceAndItsPartsAreMapped() throws IOException {
    store.add(stages());
    Path unpacked = store.unpacked("hand_made");
    assertTrue("of a folder, parts are mapped", Files.isDirectory(unpacked));
    assertEquals(Bundle.load(store.path("hand_made")).sha256(), Bundle.load(unpacked).sha256());
    Path part = Files.createFile(unpacked.resolve("seen"));
    assertEquals(unpacked, store.unpacked("hand_made"));
    assertTrue("it is not unpacked again", Files.exists(part));
    assertEquals(List.of("hand_made"), store.names());
    store.remove("hand_made");
    assertEmpty();
  }

  @Test
  public void anotherZipOfTheNameIsUnpackedAnew() throws IOException {
    store.add(stages());
    Path before = store.unpacked("hand_made");
    Files.setLastModifiedTime(store.path("hand_made"), FileTime.fromMillis(1_000));
    Path after = store.unpacked("hand_made");
    assertNotEquals(before, after);
    assertFalse(Files.exists(before));
    assertTrue(Files.isDirectory(after));
  }

  @Test
  public void whatCannotBeUnpackedIsLeftToTheZip() throws IOException {
    assertEquals(store.path("gone"), store.unpacked("gone"));
    store.install("a", new ByteArrayInputStream(new byte[] {1}), 0);
    assertEquals("it is refused where it is opened", store.path("a"), store.unpacked("a"));
    Files.createDirectories(folder.resolve("incoming_b").resolve("parts"));
    store.tidy();
    assertFalse("what the end of the app cut off", Files.exists(folder.resolve("incoming_b")));
  }

  @Test
  public void removingSaysWhetherThereWasOne() throws IOException {
    store.add(stages());
    assertTrue(store.remove("hand_made"));
    assertFalse(store.remove("hand_made"));
    assertEquals(List.of(), store.names());
  }

  private void assertEmpty() throws IOException {
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(), left.toList());
    }
  }

  private static ByteArrayInputStream stages() throws IOException {
    return new ByteArrayInputStream(new ZipBundles("stages").bytes());
  }
}
