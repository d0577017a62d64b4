package org.frugal.apk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageSizeTest {
  private static final String ARM = "lib/arm64-v8a/liba.so";

  @TempDir Path folder;

  /** The head of a library of 64 bits with a note and two segments that are loaded, aligned to so many bytes. */
  private static byte[] library(long first, long second) {
    ByteBuffer elf = ByteBuffer.allocate(64 + 3 * 56).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1}).putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 3);
    elf.putInt(64, 4).putLong(64 + 48, 4);
    elf.putInt(120, 1).putLong(120 + 48, first);
    elf.putInt(176, 1).putLong(176 + 48, second);
    return elf.array();
  }

  /** An APK of one library, which begins at a place. */
  private Path apk(String name, byte[] library, int start) throws IOException {
    Path apk = folder.resolve("app.apk");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(apk))) {
      ZipEntry entry = new ZipEntry(name);
      ByteBuffer extra = ByteBuffer.allocate(start - 30 - name.length()).order(ByteOrder.LITTLE_ENDIAN);
      entry.setExtra(extra.putShort((short) 0xd935).putShort((short) (extra.capacity() - 4)).array());
      CRC32 crc = new CRC32();
      crc.update(library);
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(library.length);
      entry.setCrc(crc.getValue());
      zip.putNextEntry(entry);
      zip.write(library);
      zip.closeEntry();
    }
    return apk;
  }

  @Test
  void segmentsAndPlaceAtMultiplesOfTheNewPageAreReady() throws IOException {
    assertEquals(List.of(), PageSize.problems(apk(ARM, library(16384, 65536), 16384)));
  }

  @Test
  void theLeastAlignedSegmentCounts() throws IOException {
    assertEquals(List.of("expected segments aligned to 16384 bytes, received 4096 in lib/arm64-v8a/liba.so"),
        PageSize.problems(apk(ARM, library(16384, 4096), 16384)));
  }

  @Test
  void aLibraryThatBeginsWithinAPageIsNotReady() throws IOException {
    assertEquals(
        List.of("expected a library at a multiple of 16384 bytes in the APK, received lib/arm64-v8a/liba.so at 4096"),
        PageSize.problems(apk(ARM, library(16384, 16384), 4096)));
  }

  @Test
  void whatIsNoLibraryOfSixtyFourBitsIsNotReady() throws IOException {
    assertEquals(1, PageSize.problems(apk(ARM, new byte[64], 16384)).size());
  }

  @Test
  void phonesOfThirtyTwoBitsHaveNoSuchPages() throws IOException {
    assertEquals(List.of(), PageSize.problems(apk("lib/armeabi-v7a/liba.so", new byte[64], 4096)));
  }

  /** What the APK holds today: if this fails, README.md and build.sh can say that it is ready. */
  @Test
  void theLibrariesOfTensorFlowLiteAreNotReady() throws IOException {
    for (String abi : List.of("arm64-v8a", "x86_64")) {
      Path library = Path.of(System.getProperty("frugal.libraries"), abi, "libtensorflowlite_jni.so");
      String name = "lib/" + abi + "/libtensorflowlite_jni.so";
      assertEquals(List.of("expected segments aligned to 16384 bytes, received 4096 in " + name),
          PageSize.problems(apk(name, Files.readAllBytes(library), 16384)));
    }
  }
}
