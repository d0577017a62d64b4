package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.frugal.BundleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An entry of an archive: where it is, that it is the one that the directory means, and what it unpacks to. */
class ZipEntriesTest {
  private static final byte[] CONTENT = {1, 2, 3, 4, 5};
  // Behind the local header of 30 bytes stand the name of one letter and the content.
  private static final int BEHIND = 30 + 1 + CONTENT.length;

  @TempDir Path scratch;

  private Path written(SmallZip zip, Consumer<ByteBuffer> change) throws Exception {
    Path path = zip.write(scratch.resolve("a.zip"));
    byte[] bytes = Files.readAllBytes(path);
    change.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    return Files.write(path, bytes);
  }

  private static SmallZip two() {
    return new SmallZip().add("a", CONTENT).add("manifest.json", new byte[] {7});
  }

  private static byte[] read(Path path) {
    try (BundleFiles files = BundleFiles.open(path)) {
      return BundleFiles.bytes(files.read("a", (long) CONTENT.length, CONTENT.length, "parts.p.file"));
    }
  }

  private void refuses(String problem, SmallZip zip, Consumer<ByteBuffer> change) throws Exception {
    Path path = written(zip, change);
    BundleException error = assertThrows(BundleException.class, () -> read(path));
    assertEquals("a: parts.p.file: expected a readable file, but " + problem, error.getMessage());
  }

  @Test
  void theHeaderBeforeAnEntryIsTheDirectorys() throws Exception {
    assertArrayEquals(CONTENT, read(written(two(), bytes -> { })));
    String other = "the entry is another one than the directory says";
    refuses(other, two(), bytes -> bytes.put(30, (byte) 'b'));
    refuses(other, two(), bytes -> bytes.putShort(26, (short) 2));
    refuses(other, two(), bytes -> bytes.putShort(26, (short) -1));
    refuses(other, two(), bytes -> bytes.putShort(8, (short) 8));
    refuses(other, two(), bytes -> bytes.putShort(6, (short) 1));
    refuses("there is no entry where the directory says", two(), bytes -> bytes.putInt(0, 0x04034b51));
    // What a header says of size and checksum is not looked at: some write it behind the content.
    assertArrayEquals(CONTENT, read(written(two(), bytes -> bytes.putInt(14, 0).putInt(18, 0).putInt(22, 0))));
    // Bits of flags that do not encrypt differ in practice.
    assertArrayEquals(CONTENT, read(written(two(), bytes -> bytes.putShort(6, (short) (1 << 3 | 1 << 11)))));
  }

  @Test
  void anEntryThatLiesElsewhereIsRefused() throws Exception {
    SmallZip zip = new SmallZip().add("manifest.json").add("a", CONTENT);
    refuses("there is no entry where the directory says", zip.number(42, 1), bytes -> { });
    refuses("there is no entry where the directory says", zip.number(42, 1 << 20), bytes -> { });
    refuses("there is no entry where the directory says", zip.number(42, 0xfffffffeL), bytes -> { });
    refuses("the entry is another one than the directory says", zip.number(42, 0), bytes -> { });
  }

  @Test
  void anEntryThatEndsBehindTheFileIsRefused() throws Exception {
    // The end of an entry that says it takes more room is behind that of the file, which ends with the directory.
    SmallZip zip = new SmallZip().add("manifest.json").add("a", CONTENT);
    refuses("the entry is cut off", zip.number(20, 1000), bytes -> { });
    refuses("the entry takes more room than 5 bytes need", zip.number(20, 1030), bytes -> { });
  }

  @Test
  void aStoredEntryTakesAsMuchRoomAsItHolds() throws Exception {
    SmallZip zip = new SmallZip().add("manifest.json").add("a", CONTENT);
    refuses("the entry unpacks to another size than 5 bytes", zip.number(20, 4), bytes -> { });
    refuses("the entry unpacks to another size than 5 bytes", zip.number(20, 6), bytes -> { });
  }

  @Test
  void aChecksumThatDiffersIsRefused() throws Exception {
    refuses("the checksum (CRC-32) of the entry is another one", two(), bytes -> bytes.put(31, (byte) 9));
    refuses("the checksum (CRC-32) of the entry is another one",
        new SmallZip().add("manifest.json").add("a", CONTENT).number(16, 0), bytes -> { });
  }

  @Test
  void whatStandsBetweenEntriesIsPassedOver() throws Exception {
    // The header has an extra field of as many bytes as the content has, less one: the last byte is read and four more.
    byte[] expected = {5, 0x50, 0x4b, 3, 4};
    SmallZip zip = new SmallZip().add("a", CONTENT).add("manifest.json");
    CRC32 sum = new CRC32();
    sum.update(expected);
    byte[] read = read(written(zip, bytes -> {
      bytes.putShort(28, (short) 4);
      int directory = bytes.getInt(bytes.capacity() - 6);
      bytes.putInt(directory + 16, (int) sum.getValue());
    }));
    assertArrayEquals(expected, read);
    assertEquals(0x04034b50, ByteBuffer.wrap(Files.readAllBytes(scratch.resolve("a.zip")))
        .order(ByteOrder.LITTLE_ENDIAN).getInt(BEHIND));
  }

  private static byte[] deflated(byte[] content) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream stream = new DeflaterOutputStream(bytes, new Deflater(9, true))) {
      stream.write(content);
    }
    return bytes.toByteArray();
  }

  /** An entry of a deflate stream that says it unpacks to so many bytes. */
  private static SmallZip packed(byte[] stream, byte[] content, int size) {
    CRC32 sum = new CRC32();
    sum.update(content);
    SmallZip zip = new SmallZip().add("manifest.json").add("a", stream);
    return zip.half(10, ZipDirectory.DEFLATED).number(16, sum.getValue()).number(24, size);
  }

  /** Says in the header too that the second entry is deflated; the first takes 43 bytes. */
  private static void deflates(ByteBuffer bytes) {
    bytes.putShort(43 + 8, (short) ZipDirectory.DEFLATED);
  }

  @Test
  void aDeflateStreamUnpacksToWhatItSays() throws Exception {
    byte[] stream = deflated(CONTENT);
    assertArrayEquals(CONTENT, read(written(packed(stream, CONTENT, 5), ZipEntriesTest::deflates)));
    byte[] six = deflated(new byte[6]);
    refuses("the entry unpacks to another size than 5 bytes", packed(six, CONTENT, 5), ZipEntriesTest::deflates);
    byte[] four = deflated(new byte[4]);
    refuses("the entry unpacks to another size than 5 bytes", packed(four, CONTENT, 5), ZipEntriesTest::deflates);
  }

  @Test
  void aDeflateStreamEndsWhereItsEntryDoes() throws Exception {
    byte[] stream = deflated(CONTENT);
    String problem = "the entry's deflate stream does not end where the entry does";
    byte[] longer = Arrays.copyOf(stream, stream.length + 1);
    refuses(problem, packed(longer, CONTENT, 5), ZipEntriesTest::deflates);
    byte[] shorter = Arrays.copyOf(stream, stream.length - 1);
    refuses(problem, packed(shorter, CONTENT, 5), ZipEntriesTest::deflates);
    refuses(problem, packed(new byte[0], CONTENT, 5), ZipEntriesTest::deflates);
    // The third kind of block does not exist.
    refuses("the entry is no deflate stream", packed(new byte[] {7, 7, 7}, CONTENT, 5), ZipEntriesTest::deflates);
  }

  @Test
  void aBombIsUnpackedToNoMoreThanItSays() throws Exception {
    byte[] bomb = deflated(new byte[64 << 20]);
    assertTrue(bomb.length < 1 << 17, bomb.length + " bytes");
    // It is larger than five bytes need, whatever it says.
    refuses("the entry takes more room than 5 bytes need", packed(bomb, CONTENT, 5), ZipEntriesTest::deflates);
    long most = 1 << 20;
    Path path = written(packed(bomb, CONTENT, (int) most), ZipEntriesTest::deflates);
    try (BundleFiles files = BundleFiles.open(path)) {
      String said = assertThrows(BundleException.class, () -> files.read("a", most, most, "")).getMessage();
      assertEquals("a: expected a readable file, but the entry unpacks to another size than 1048576 bytes", said);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65535, 65536, 65537, 200_000})
  void contentsOfAnySizeAreWhole(int size) throws Exception {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    Path path = written(packed(deflated(content), content, size), ZipEntriesTest::deflates);
    try (BundleFiles files = BundleFiles.open(path)) {
      assertArrayEquals(content, BundleFiles.bytes(files.read("a", (long) size, size, "")));
    }
  }

  @Test
  void filesOfAnArchiveTogetherFitIntoMemory() throws Exception {
    Path path = written(two(), bytes -> { });
    try (BundleFiles files = BundleFiles.open(path)) {
      files.checkTotal(1 << 30);
      BundleException error = assertThrows(BundleException.class, () -> files.checkTotal((1L << 30) + 1));
      assertEquals(path + ": expected at most 1073741824 bytes of files in a .zip, received 1073741825",
          error.getMessage());
    }
    try (BundleFiles folder = BundleFiles.open(scratch)) {
      folder.checkTotal(Long.MAX_VALUE);
    }
  }
}
