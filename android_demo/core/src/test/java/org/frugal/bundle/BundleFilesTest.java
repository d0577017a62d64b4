package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.frugal.BundleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of a folder and of a .zip are the same files: sizes are checked before anything is read, contents stay. */
class BundleFilesTest {
  private static final long MOST = 1 << 20;

  @TempDir Path scratch;

  /** A .zip of entries that hold their own names; one that ends with a slash is a folder. */
  private Path zip(String... names) throws IOException {
    Path path = scratch.resolve("bundle.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        if (!name.endsWith("/")) {
          zip.write(name.getBytes(StandardCharsets.UTF_8));
        }
        zip.closeEntry();
      }
    }
    return path;
  }

  private Path folder(String... names) throws IOException {
    for (String name : names) {
      Path file = scratch.resolve("folder").resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, name.getBytes(StandardCharsets.UTF_8));
    }
    return scratch.resolve("folder");
  }

  private static String text(Path path, String file) {
    try (BundleFiles files = BundleFiles.open(path)) {
      return new String(BundleFiles.bytes(files.read(file, null, MOST, "")), StandardCharsets.UTF_8);
    }
  }

  private static String refusal(Path path, String file, Long size, long most) {
    try (BundleFiles files = BundleFiles.open(path)) {
      return assertThrows(BundleException.class, () -> files.read(file, size, most, "parts.p.file")).getMessage();
    }
  }

  @Test
  void aFolderInTheArchiveIsLookedIntoIfItIsTheOnlyOne() throws IOException {
    assertEquals("b/manifest.json", text(zip("b/", "b/manifest.json", "b/parts/x"), "manifest.json"));
    assertEquals("b/parts/x", text(zip("b/manifest.json", "b/parts/x"), "parts/x"));
    // A manifest at the root comes first.
    assertEquals("manifest.json", text(zip("manifest.json", "b/manifest.json"), "manifest.json"));
    String none = "manifest.json: parts.p.file: expected a file, received none of this name in the .zip";
    assertEquals(none, refusal(zip("a/manifest.json", "b/manifest.json"), "manifest.json", null, MOST));
    assertEquals(none, refusal(zip("a/b/manifest.json"), "manifest.json", null, MOST));
  }

  @Test
  void aFolderIsNoFile() throws IOException {
    assertEquals("parts: parts.p.file: expected a file, received none of this name in the .zip",
        refusal(zip("manifest.json", "parts/", "parts/x"), "parts", null, MOST));
    assertEquals("parts: parts.p.file: expected a file, received none there",
        refusal(folder("manifest.json", "parts/x"), "parts", null, MOST));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sizesAreCheckedFirst(boolean zipped) throws IOException {
    Path path = zipped ? zip("manifest.json", "parts/x") : folder("manifest.json", "parts/x");
    assertEquals("parts/x: parts.p.file: expected 8 bytes, received 7: is it truncated?",
        refusal(path, "parts/x", 8L, MOST));
    assertEquals("parts/x: parts.p.file: expected at most 6 bytes, received 7", refusal(path, "parts/x", null, 6));
    assertEquals("parts/x", text(path, "parts/x"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aContentIsReadOnlyInNativeOrderAndOutlivesItsFiles(boolean zipped) throws IOException {
    ByteBuffer content;
    try (BundleFiles files = BundleFiles.open(zipped ? zip("manifest.json") : folder("manifest.json"))) {
      content = files.read("manifest.json", 13L, 13, "");
    }
    assertTrue(content.isReadOnly() && content.isDirect());
    assertEquals(ByteOrder.nativeOrder(), content.order());
    assertEquals(0, content.position());
    assertEquals("manifest.json", new String(BundleFiles.bytes(content), StandardCharsets.UTF_8));
    assertEquals(0, content.position());
  }

  @Test
  void aDigestThatDiffersIsShownByItsBeginning() throws IOException {
    try (BundleFiles files = BundleFiles.open(folder("manifest.json"))) {
      BundleException error = assertThrows(BundleException.class,
          () -> files.check("manifest.json", "0".repeat(64), 13, "f"));
      // Of sha256("manifest.json").
      assertEquals("manifest.json: f: expected the SHA-256 000000000000..., received ffa5b716b5a5...: the file was "
          + "changed", error.getMessage());
    }
  }

  @Test
  void whatIsNoArchiveOrNothingAtAll() throws IOException {
    Path text = Files.write(scratch.resolve("notes.txt"), new byte[] {1});
    String said = assertThrows(BundleException.class, () -> BundleFiles.open(text)).getMessage();
    assertTrue(said.startsWith(text + ": expected a folder or a .zip, but reading failed: "), said);
    Path gone = scratch.resolve("gone");
    assertEquals(gone + ": expected a bundle (a folder or a .zip), received nothing there",
        assertThrows(BundleException.class, () -> BundleFiles.open(gone)).getMessage());
  }
}
