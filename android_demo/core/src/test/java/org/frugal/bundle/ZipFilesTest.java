package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ObjIntConsumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.frugal.BundleException;
import org.frugal.CopiedBundle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives: what other systems make is taken, and what an archive should not do is refused (see MutationsTest). */
class ZipFilesTest {
  private static final String FIRST = "parts/first.tflite";

  @TempDir Path scratch;
  private CopiedBundle copy;

  @BeforeEach
  void copy() throws IOException {
    copy = CopiedBundle.of("convolutions", scratch.resolve("folder"));
  }

  /** An archive of the bundle with further entries, of which those whose names end with a slash are folders. */
  private Path archive(String prefix, String... strays) throws IOException {
    Path path = scratch.resolve("bundle.zip");
    try (OutputStream stream = Files.newOutputStream(path); ZipOutputStream zip = new ZipOutputStream(stream)) {
      for (String stray : strays) {
        zip.putNextEntry(new ZipEntry(stray));
        zip.write(stray.getBytes(StandardCharsets.UTF_8), 0, stray.endsWith("/") ? 0 : 1);
      }
      for (String file : new String[] {"manifest.json", FIRST, "parts/second.tflite", "golden/index.json",
          "golden/arrays.bin", "samples/images.bin"}) {
        if (Files.exists(copy.file(file))) {
          zip.putNextEntry(new ZipEntry(prefix + file));
          zip.write(Files.readAllBytes(copy.file(file)));
        }
      }
    }
    return path;
  }

  private String refusal(Path path) {
    return assertThrows(BundleException.class, () -> Bundle.load(path)).problem();
  }

  @Test
  void aBundleThatIsUnpackedIsTheSameOne() throws IOException {
    Bundle zip = Bundle.load(archive(""));
    zip.unpack(scratch.resolve("unpacked"));
    Bundle folder = Bundle.load(scratch.resolve("unpacked"));
    assertEquals(zip.sha256(), folder.sha256());
    assertEquals(zip.content(FIRST), folder.content(FIRST));
    assertThrows(IOException.class, () -> zip.unpack(scratch.resolve("unpacked")), "nothing is replaced");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "./", "bundle/", "./B\u00fcndel 1/"})
  void archivesOfOtherSystemsAreTaken(String prefix) throws IOException {
    Path zip = archive(prefix, "__MACOSX/", "__MACOSX/._manifest.json", ".DS_Store", "bundle/.DS_Store", "._bundle",
        "empty/");
    assertEquals(Bundle.load(copy.folder()).manifest(), Bundle.load(zip).manifest());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/x", "../x", "a/../x", "a//x", "a\\x", "C:x", "a\0x", "./manifest.json"})
  void namesThatLeadAwayOrStandTwiceAreRefused(String stray) throws IOException {
    String problem = refusal(archive("", stray));
    assertTrue(
        problem.contains("no relative path of plain names") || problem.contains("'manifest.json' stands twice"),
        problem);
  }

  /** Changes the directory's entry of a file, which begins at the place that is handed over. */
  private String spoilt(String file, ObjIntConsumer<ByteBuffer> change) throws IOException {
    Path path = archive("");
    ByteBuffer data = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    String text = new String(data.array(), StandardCharsets.ISO_8859_1);
    change.accept(data, text.lastIndexOf(file) - 46);
    Files.write(path, data.array());
    return refusal(path);
  }

  @Test
  void entriesThatNoArchiveShouldHaveAreRefused() throws IOException {
    assertTrue(spoilt(FIRST, (data, at) -> data.putShort(at + 8, (short) 1)).contains("is encrypted"));
    assertTrue(spoilt(FIRST, (data, at) -> data.putShort(at + 10, (short) 14)).contains("is packed by method 14"));
    assertTrue(spoilt(FIRST, (data, at) -> data.putInt(at + 38, 0xa1ff << 16)).contains("is a link"));
    assertTrue(spoilt(FIRST, (data, at) -> data.putInt(at + 24, -1)).contains("is a zip64 entry"));
  }

  @ParameterizedTest
  @ValueSource(strings = {FIRST, "manifest.json"})
  void entriesThatAreNotWhatTheySayAreRefused(String file) throws IOException {
    assertTrue(spoilt(file, (data, at) -> data.putInt(at + 16, 1)).contains("the checksum (CRC-32)"));
    String size = spoilt(file, (data, at) -> data.putInt(at + 24, data.getInt(at + 24) - 1));
    assertTrue(size.contains("is it truncated?") || size.contains("unpacks to another size than"), size);
    assertTrue(spoilt(file, (data, at) -> data.putInt(at + 20, data.getInt(at + 20) - 1))
        .contains("does not end where the entry does"));
    assertTrue(spoilt(file, (data, at) -> data.putInt(at + 20, data.getInt(at + 20) + 1))
        .contains("does not end where the entry does"));
    assertTrue(spoilt(file, (data, at) -> data.putInt(at + 20, 1 << 30)).contains("takes more room than"));
    assertTrue(spoilt(file, (data, at) -> data.putInt(at + 42, data.getInt(at + 42) + 1))
        .contains("there is no entry where the directory says"));
  }

  @Test
  void whatStandsBeforeOrBehindAnArchiveIsRefused() throws IOException {
    byte[] data = Files.readAllBytes(archive(""));
    Path path = scratch.resolve("longer.zip");
    ByteBuffer longer = ByteBuffer.allocate(data.length + 1);
    Files.write(path, longer.put(data).array());
    assertTrue(refusal(path).contains("it has no end of a .zip"));
    Files.write(path, ByteBuffer.allocate(data.length + 1).put((byte) 1).put(data).array());
    assertTrue(refusal(path).contains("its directory does not end where it says"));
  }
}
