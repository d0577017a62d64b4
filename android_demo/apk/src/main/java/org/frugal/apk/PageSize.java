package org.frugal.apk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Whether an APK's libraries load where memory comes in pages of 16 KB, as on new phones of 64 bits: the segments of a
 * library have to be aligned to that, and a library that is stored as it is has to begin at a multiple of it.
 */
final class PageSize {
  static final int NEW = 16_384;
  private static final Pattern LIBRARY = Pattern.compile("lib/(arm64-v8a|x86_64)/.*\\.so");
  private static final int END = 0x06054b50;
  private static final int ENTRY = 0x02014b50;
  private static final int ELF = 0x464c457f;
  private static final int LOAD = 1;

  private PageSize() {}

  /** A sentence for each reason against it; none: the APK is ready for them. */
  static List<String> problems(Path apk) throws IOException {
    ByteBuffer zip = ByteBuffer.wrap(Files.readAllBytes(apk)).order(ByteOrder.LITTLE_ENDIAN);
    int end = zip.capacity() - 22;
    while (zip.getInt(end) != END) {
      end--;
    }
    List<String> problems = new ArrayList<>();
    int entry = zip.getInt(end + 16);
    while (zip.getInt(entry) == ENTRY) {
      int nameLength = zip.getShort(entry + 28);
      String name = new String(zip.array(), entry + 46, nameLength, StandardCharsets.UTF_8);
      if (LIBRARY.matcher(name).matches()) {
        int header = zip.getInt(entry + 42);
        int start = header + 30 + zip.getShort(header + 26) + zip.getShort(header + 28);
        check(name, zip.slice(start, zip.getInt(entry + 20)).order(ByteOrder.LITTLE_ENDIAN), start, problems);
      }
      entry += 46 + nameLength + zip.getShort(entry + 30) + zip.getShort(entry + 32);
    }
    return problems;
  }

  private static void check(String name, ByteBuffer library, int start, List<String> problems) {
    long alignment = library.getInt(0) == ELF ? alignment(library) : 0;
    if (alignment < NEW) {
      problems.add("expected segments aligned to " + NEW + " bytes, received " + alignment + " in " + name);
    }
    if (start % NEW != 0) {
      problems.add("expected a library at a multiple of " + NEW + " bytes in the APK, received " + name + " at " + start);
    }
  }

  /** The least alignment of what is loaded of an ELF file of 64 bits. */
  private static long alignment(ByteBuffer library) {
    int table = (int) library.getLong(32);
    int size = library.getShort(54);
    long least = Long.MAX_VALUE;
    for (int i = 0; i < library.getShort(56); i++) {
      if (library.getInt(table + i * size) == LOAD) {
        least = Math.min(least, library.getLong(table + i * size + 48));
      }
    }
    return least;
  }
}
