package org.frugal.bundle;

import static org.frugal.bundle.SmallManifest.END;
import static org.frugal.bundle.SmallManifest.fill;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.frugal.BundleException;
import org.frugal.Chain;
import org.frugal.ChainOptions;
import org.frugal.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bundles in folders: links, folders where files should be, odd names, and contents that several readers share. */
class FolderFilesTest {
  private static final String PROGRAM = fill("v", "[1, 2]", "[1, 2]") + ", " + SmallBundle.run("v", "v") + ", " + END;

  @TempDir Path scratch;

  private Path folder() {
    return SmallBundle.of(scratch, PROGRAM, root -> { });
  }

  private static String refusal(Path folder, String file) {
    try (BundleFiles files = BundleFiles.open(folder)) {
      return assertThrows(BundleException.class, () -> files.read(file, null, 100, "f")).getMessage();
    }
  }

  @Test
  void aFolderThatIsReachedThroughALinkIsTheFolder() throws IOException {
    Path link = Files.createSymbolicLink(scratch.resolve("link"), folder());
    assertEquals("small", Bundle.load(link).manifest().name());
    assertEquals(link, Bundle.load(link).path());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gone", "a", "a/gone", "a/b/gone", "gone/x"})
  void whatIsNoFileIsMissing(String name) throws IOException {
    Files.createDirectories(scratch.resolve("a/b"));
    assertEquals(name + ": f: expected a file, received none there", refusal(scratch, name));
  }

  @Test
  void whatLiesBehindAFileIsUnreadableOrMissing() throws IOException {
    Files.write(scratch.resolve("a"), new byte[1]);
    String said = refusal(scratch, "a/x");
    assertTrue(said.startsWith("a/x: f: expected a "), said);
  }

  @Test
  void linksLeadNowhereElse() throws IOException {
    Path outside = Files.createTempDirectory(scratch, "outside");
    Path inside = Files.createTempDirectory(scratch, "inside");
    Files.write(outside.resolve("x"), new byte[] {1});
    Files.createSymbolicLink(inside.resolve("file"), outside.resolve("x"));
    Files.createSymbolicLink(inside.resolve("folder"), outside);
    Files.createSymbolicLink(inside.resolve("up"), Path.of(".."));
    Files.createSymbolicLink(inside.resolve("broken"), inside.resolve("none"));
    String problem = ": f: expected a file inside the bundle, received a link to " + outside.toRealPath().resolve("x");
    assertEquals("file" + problem, refusal(inside, "file"));
    assertEquals("folder/x" + problem, refusal(inside, "folder/x"));
    assertEquals("up/" + outside.getFileName() + "/x" + problem, refusal(inside, "up/" + outside.getFileName() + "/x"));
    assertEquals("broken: f: expected a file, received none there", refusal(inside, "broken"));
    // A folder whose name only begins alike is another one.
    Path alike = Files.createDirectory(scratch.resolve(inside.getFileName() + "2"));
    Files.write(alike.resolve("x"), new byte[] {1});
    Files.createSymbolicLink(inside.resolve("alike"), alike.resolve("x"));
    assertTrue(refusal(inside, "alike").startsWith("alike: f: expected a file inside the bundle"));
  }

  @Test
  void anEmptyFileIsAFile() throws IOException {
    Files.write(scratch.resolve("empty"), new byte[0]);
    try (BundleFiles files = BundleFiles.open(scratch)) {
      assertEquals(0, files.read("empty", 0L, 0, "").capacity());
      assertEquals("empty: f: expected 1 bytes, received 0: is it truncated?",
          assertThrows(BundleException.class, () -> files.read("empty", 1L, 1, "f")).getMessage());
      // The digest of nothing.
      String nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
      assertEquals(0, files.check("empty", nothing, 0, "").capacity());
    }
  }

  @Test
  void namesOfAnyAlphabetAreNames() throws IOException {
    for (String name : new String[] {"gr\u00f6\u00dfe", "a b", "\ud83d\ude00", "-", "..."}) {
      Files.write(scratch.resolve(name), name.getBytes(StandardCharsets.UTF_8));
      try (BundleFiles files = BundleFiles.open(scratch)) {
        assertEquals(name, new String(BundleFiles.bytes(files.read(name, null, 100, "")), StandardCharsets.UTF_8));
      }
    }
  }

  @Test
  void everyReaderOfABundleHasAPositionOfItsOwn() {
    Bundle bundle = Bundle.load(folder());
    ByteBuffer one = bundle.content(SmallBundle.FILE);
    one.position(7);
    ByteBuffer other = bundle.content(SmallBundle.FILE);
    assertNotSame(one, other);
    assertEquals(0, other.position());
    assertThrows(ReadOnlyBufferException.class, () -> other.put(0, (byte) 1));
  }

  @Test
  void theSameBundleInAnArchiveHasTheSameContents() throws IOException {
    Path folder = folder();
    SmallZip zip = new SmallZip().add("manifest.json", Files.readAllBytes(folder.resolve("manifest.json")))
        .add(SmallBundle.FILE, Files.readAllBytes(folder.resolve(SmallBundle.FILE)));
    Bundle packed = Bundle.load(zip.write(scratch.resolve("b.zip")));
    Bundle open = Bundle.load(folder);
    assertEquals(open.manifest(), packed.manifest());
    assertEquals(open.content(SmallBundle.FILE), packed.content(SmallBundle.FILE));
    for (Bundle bundle : new Bundle[] {open, packed}) {
      try (Chain chain = new Chain(bundle, ChainOptions.DEFAULT)) {
        assertArrayEquals(new float[] {1, 2}, chain.run(Picture.grey(new byte[2], 1, 2)).answer());
      }
    }
  }

  /** Any byte of any file of a bundle changed: it is refused, and the file is named. */
  @Test
  void noByteOfABundleCanBeChangedUnnoticed() throws IOException {
    Random random = new Random(19);
    for (int round = 0; round < 300; round++) {
      Path folder = folder();
      Path file = folder.resolve(SmallBundle.FILE);
      byte[] content = Files.readAllBytes(file);
      content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, content);
      BundleException error = assertThrows(BundleException.class, () -> Bundle.load(folder));
      assertEquals(SmallBundle.FILE, error.file());
      assertTrue(error.problem().endsWith("the file was changed"), error.problem());
    }
  }

  @Test
  void goldensAreCheckedAsPartsAre() throws IOException {
    Path folder = folder();
    SmallBundle.addGoldens(folder, new byte[] {1, 2});
    assertEquals("small", Bundle.load(folder).manifest().name());
    for (String file : new String[] {"golden/index.json", "golden/arrays.bin"}) {
      byte[] content = Files.readAllBytes(folder.resolve(file));
      Files.delete(folder.resolve(file));
      BundleException error = assertThrows(BundleException.class, () -> Bundle.load(folder));
      assertEquals(file + ": goldens." + (file.endsWith("bin") ? "arrays" : "index")
          + ".file: expected a file, received none there", error.getMessage());
      Files.write(folder.resolve(file), content);
    }
  }
}
