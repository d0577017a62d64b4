package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.frugal.BundleException;
import org.frugal.Words;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The directory of an archive, written byte by byte: every number in it that could lie. */
class ZipDirectoryTest {
  @TempDir Path scratch;

  private Set<String> names(SmallZip zip) throws IOException {
    return SmallZip.read(zip.write(scratch.resolve("a.zip"))).keySet();
  }

  private void refuses(String problem, SmallZip zip) {
    refuses(problem, zip, zip.end(""));
  }

  private void refuses(String problem, SmallZip zip, ByteBuffer end) {
    Path path = zip.write(scratch.resolve("a.zip"), end);
    assertEquals(problem, assertThrows(ZipDirectory.ZipException.class, () -> SmallZip.read(path)).getMessage());
  }

  private static SmallZip one() {
    return new SmallZip().add("manifest.json", new byte[] {1, 2, 3});
  }

  @Test
  void anEntryIsReadAsItStands() throws IOException {
    Map<String, ZipDirectory.Entry> entries = SmallZip.read(
        one().add("parts/x", new byte[] {9}).write(scratch.resolve("a.zip")));
    assertEquals(Set.of("manifest.json", "parts/x"), entries.keySet());
    ZipDirectory.Entry entry = entries.get("parts/x");
    // The local header of the first takes 30 bytes, its name 13, its content 3.
    assertEquals(46, entry.offset());
    // Of one byte of 9.
    assertEquals(0xabde5729L, entry.crc());
    assertEquals(1, entry.size());
    assertEquals(1, entry.packed());
    assertEquals(ZipDirectory.STORED, entry.method());
    assertArrayEquals("parts/x".getBytes(StandardCharsets.UTF_8), entry.name());
  }

  @Test
  void anArchiveWithoutAnEntryHasNoFiles() throws IOException {
    assertEquals(Set.of(), names(new SmallZip()));
  }

  @Test
  void theEndMayCarryACommentAndNothingMore() throws IOException {
    SmallZip zip = one();
    assertEquals(1, SmallZip.read(zip.write(scratch.resolve("a.zip"), zip.end("hello"))).size());
    // The longest comment there is.
    assertEquals(1, SmallZip.read(zip.write(scratch.resolve("a.zip"), zip.end("x".repeat(0xffff)))).size());
    refuses("it has no end of a .zip", zip, zip.end("hello").putShort(20, (short) 4));
    refuses("it has no end of a .zip", zip, zip.end("").putShort(20, (short) 1));
    refuses("it has no end of a .zip", zip, zip.end("").putInt(0, 0x06054b51));
    refuses("it has no end of a .zip", zip, ByteBuffer.allocate(0));
  }

  @Test
  void anEndInsideOfAnEndsCommentIsTheEnd() {
    // The last place where an end could begin counts, as long as its comment ends with the file.
    String comment = new String(new SmallZip().end("").array(), StandardCharsets.ISO_8859_1);
    refuses("its directory does not end where it says", one(), one().end(comment));
  }

  @Test
  void archivesInPiecesAndOnesOf64BitsAreRefused() {
    String problem = "it is in several pieces or a zip64";
    SmallZip zip = one();
    refuses(problem, zip, zip.end("").putShort(4, (short) 1));
    refuses(problem, zip, zip.end("").putShort(6, (short) 1));
    refuses(problem, zip, zip.end("").putShort(8, (short) 2));
    refuses(problem, zip, zip.end("").putShort(8, (short) -1).putShort(10, (short) -1));
    refuses(problem, zip, zip.end("").putInt(12, -1));
    refuses(problem, zip, zip.end("").putInt(16, -1));
  }

  @Test
  void entriesAreFewAndTheirDirectoryIsSmall() throws IOException {
    SmallZip zip = new SmallZip();
    for (int i = 0; i < 10_000; i++) {
      zip.add("f" + i);
    }
    assertEquals(10_000, names(zip).size());
    refuses("it has more than 10000 entries or 8388608 bytes of them", zip.add("one more"));
    refuses("it has more than 10000 entries or 8388608 bytes of them", one(), one().end("").putInt(12, (8 << 20) + 1));
  }

  @Test
  void theDirectoryLiesRightBeforeTheEnd() {
    SmallZip zip = one();
    int start = zip.end("").getInt(16);
    refuses("its directory does not end where it says", zip, zip.end("").putInt(16, start - 1));
    refuses("its directory does not end where it says", zip, zip.end("").putInt(16, start + 1));
    refuses("its directory does not end where it says", zip, zip.end("").putInt(12, 58));
    // Both wrong by as much: what is read is one byte too early.
    refuses("its directory holds fewer entries than it says", zip,
        zip.end("").putInt(16, start - 1).putInt(12, zip.end("").getInt(12) + 1));
  }

  @Test
  void theDirectoryHoldsAsManyEntriesAsItSays() {
    SmallZip zip = one().add("x");
    refuses("its directory holds more than its entries", zip,
        zip.end("").putShort(8, (short) 1).putShort(10, (short) 1));
    refuses("its directory holds fewer entries than it says", zip,
        zip.end("").putShort(8, (short) 3).putShort(10, (short) 3));
    refuses("its directory holds fewer entries than it says", one().number(0, 0x02014b51));
    refuses("its directory holds fewer entries than it says", one().half(28, 14));
    refuses("its directory holds fewer entries than it says", one().half(30, 1));
    refuses("its directory holds fewer entries than it says", one().half(32, 0xffff));
    refuses("its directory holds more than its entries", one().half(28, 12));
  }

  @ParameterizedTest
  @CsvSource({"8,1,is encrypted", "8,64,is encrypted", "8,8192,is encrypted"})
  void whatIsEncryptedIsRefused(int place, int flags, String problem) {
    refuses("'manifest.json' " + problem, one().half(place, flags));
  }

  @Test
  void whatNoLibraryAgreesOnIsRefused() {
    refuses("'manifest.json' is packed by method 12, which is neither stored (0) nor deflate (8)", one().half(10, 12));
    refuses("'manifest.json' is a link or another thing that is no file", one().number(38, 0xa1ffL << 16));
    refuses("'manifest.json' is a link or another thing that is no file", one().number(38, 0x1000L << 16));
    refuses("'manifest.json' is a zip64 entry", one().number(20, -1));
    refuses("'manifest.json' is a zip64 entry", one().number(24, -1));
    refuses("'manifest.json' is a zip64 entry", one().number(42, -1));
    refuses("'parts' is a folder with a content", one().add("parts/", new byte[1]));
    refuses("a name is not UTF-8", one().add(new byte[] {'a', (byte) 0xe9}, new byte[0]));
    refuses("the name 'manifest.json' stands twice", one().add("manifest.json"));
    refuses("the name 'manifest.json' stands twice", one().add("./manifest.json"));
    refuses("the name 'parts' stands twice", one().add("parts/").add("parts"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/x", "x//y", "..", "../x", "x/../y", "x/.", ".", "", "x\\y", "C:x", "c:/x", "x\0", "/",
      "././../x", "x//"})
  void namesThatLeadAwayAreRefused(String name) {
    String shown = Words.quote(name);
    refuses(shown + " is no relative path of plain names with forward slashes", one().add(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x..y", "...", ".x", "x.", "xy:z", "a b", "\u00fc", "./x", "././x", "-"})
  void namesThatOnlyLookOddAreTaken(String name) throws IOException {
    assertEquals(Set.of("manifest.json", name.replaceAll("^(\\./)+", "")), names(one().add(name)));
  }

  @Test
  void whatMacOsAddsIsLeftOut() throws IOException {
    assertEquals(Set.of("manifest.json"), names(one().add("__MACOSX/x").add(".DS_Store").add("a/.DS_Store")
        .add("._x").add("a/._x").add("__MACOSX/")));
    assertEquals(Set.of("manifest.json", "a/__MACOSX/x", ".DS_Store2", "x._y"),
        names(one().add("a/__MACOSX/x").add(".DS_Store2").add("x._y")));
  }

  @Test
  void theOneFolderThatHoldsAllIsLeftOut() throws IOException {
    assertEquals(Set.of("manifest.json", "parts/x"),
        names(new SmallZip().add("b/").add("b/manifest.json").add("b/parts/x").add("__MACOSX/._b")));
    // A file at the root that has the folder's name would stand twice; another one keeps everything where it is.
    assertEquals(Set.of("b/manifest.json", "readme"), names(new SmallZip().add("b/manifest.json").add("readme")));
    assertEquals(Set.of("b/x", "manifest.json"), names(new SmallZip().add("b/x").add("manifest.json")));
    assertEquals(Set.of("c/manifest.json"), names(new SmallZip().add("b/c/manifest.json")));
    assertEquals(Set.of(), names(new SmallZip().add("lonely")));
  }

  private static byte[] randomText(Random random) {
    byte[] bytes = new byte[random.nextInt(5000)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : 'a');
    }
    return bytes;
  }

  /** Archives as Java's library writes them, stored and deflated to any level, hold what was put into them. */
  @Test
  void whatAnotherLibraryPacksIsUnpacked() throws IOException {
    Random random = new Random(12);
    for (int round = 0; round < 60; round++) {
      Map<String, byte[]> files = new TreeMap<>();
      Path path = scratch.resolve("library.zip");
      try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
        zip.setLevel(random.nextInt(Deflater.BEST_COMPRESSION + 1));
        for (int i = random.nextInt(5); i >= 0; i--) {
          files.put("manifest.json" + (i == 0 ? "" : i), randomText(random));
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
          zip.putNextEntry(new ZipEntry(file.getKey()));
          zip.write(file.getValue());
        }
      }
      try (BundleFiles opened = BundleFiles.open(path)) {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
          int size = file.getValue().length;
          assertArrayEquals(file.getValue(), BundleFiles.bytes(opened.read(file.getKey(), (long) size, size, "")));
        }
      }
    }
  }

  /** Any bytes of a good archive changed in any way: its files are what they were, or it is refused. */
  @Test
  void noDamageGivesOtherContents() throws IOException {
    byte[] content = randomText(new Random(1));
    byte[] good = Files.readAllBytes(one().add("x", content).write(scratch.resolve("good.zip")));
    Random random = new Random(13);
    int refused = 0;
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = good.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        // Most of them near the headers.
        int place = random.nextBoolean() ? random.nextInt(60) : bytes.length - 1 - random.nextInt(140);
        bytes[place] = (byte) random.nextInt(256);
      }
      Path path = Files.write(scratch.resolve("damaged.zip"), bytes);
      try (BundleFiles opened = BundleFiles.open(path)) {
        assertArrayEquals(content, BundleFiles.bytes(opened.read("x", (long) content.length, content.length, "f")));
        byte[] three = BundleFiles.bytes(opened.read("manifest.json", null, 3, ""));
        assertArrayEquals(new byte[] {1, 2, 3}, three);
      } catch (BundleException error) {
        refused++;
      }
    }
    assertTrue(refused > 500 && refused < 2000, refused + " refused");
  }
}
