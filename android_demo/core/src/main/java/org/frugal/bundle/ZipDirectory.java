package org.frugal.bundle;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.frugal.Words;

/**
 * The central directory of a .zip, read by the rules of docs/bundle.md. Libraries of zips differ in what they take and
 * in what they overlook (names, duplicates, checksums, sizes that lie), and both runtimes have to take the
 * same archives.
 */
final class ZipDirectory {
  static final int STORED = 0;
  static final int DEFLATED = 8;
  static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;
  private static final int MAX_ENTRIES = 10_000;
  private static final int MAX_BYTES = 8 << 20;
  private static final int END = 22;
  private static final int ENTRY = 46;
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:");
  private static final long ZIP64 = 0xffffffffL;

  /** An archive, or an entry of one, that is refused: half a sentence, which says why. */
  static final class ZipException extends IOException {
    private static final long serialVersionUID = 1;

    ZipException(String problem) {
      super(problem);
    }
  }

  /** An entry that holds a file. */
  record Entry(byte[] name, int flags, int method, long crc, long packed, long size, long offset) {}

  private final Map<String, Entry> files = new HashMap<>();
  private final Set<String> names = new HashSet<>();
  private final ByteBuffer data;

  private ZipDirectory(ByteBuffer data) {
    this.data = data;
  }

  /**
   * Reads and checks the directory of an archive.
   *
   * @return name to entry of every file, without the folder that all of them may lie in, and without what macOS adds
   * @throws ZipException it is no archive, or one that is refused
   */
  static Map<String, Entry> read(FileChannel channel) throws IOException {
    long start = Math.max(0, channel.size() - END - 0xffff);
    ByteBuffer tail = bytes(channel, start, (int) (channel.size() - start));
    int place = tail.capacity() - END;
    while (place >= 0 && !(tail.getInt(place) == 0x06054b50
        && place + END + (tail.getShort(place + 20) & 0xffff) == tail.capacity())) {
      place--;
    }
    if (place < 0) {
      throw new ZipException("it has no end of a .zip");
    }
    int count = tail.getShort(place + 10) & 0xffff;
    long size = tail.getInt(place + 12) & ZIP64;
    long offset = tail.getInt(place + 16) & ZIP64;
    boolean whole = tail.getInt(place + 4) == 0 && (tail.getShort(place + 8) & 0xffff) == count;
    if (!whole || count == 0xffff || size == ZIP64 || offset == ZIP64) {
      throw new ZipException("it is in several pieces or a zip64");
    }
    if (count > MAX_ENTRIES || size > MAX_BYTES) {
      throw new ZipException("it has more than " + MAX_ENTRIES + " entries or " + MAX_BYTES + " bytes of them");
    }
    if (offset + size != start + place) {
      throw new ZipException("its directory does not end where it says");
    }
    return new ZipDirectory(bytes(channel, offset, (int) size)).entries(count);
  }

  private Map<String, Entry> entries(int count) throws ZipException {
    int position = 0;
    for (int i = 0; i < count; i++) {
      position = next(position);
    }
    if (position != data.capacity()) {
      throw new ZipException("its directory holds more than its entries");
    }
    return withoutTopFolder();
  }

  /** Reads an entry and gives the position behind it. */
  private int next(int position) throws ZipException {
    boolean fits = data.capacity() - position >= ENTRY && data.getInt(position) == 0x02014b50;
    int nameLength = fits ? unsigned(position + 28) : 0;
    int end = fits ? position + ENTRY + nameLength + unsigned(position + 30) + unsigned(position + 32) : 0;
    if (!fits || end > data.capacity()) {
      throw new ZipException("its directory holds fewer entries than it says");
    }
    byte[] raw = new byte[nameLength];
    for (int i = 0; i < nameLength; i++) {
      raw[i] = data.get(position + ENTRY + i);
    }
    String name = plainName(raw);
    Entry entry = new Entry(
        raw, unsigned(position + 8), unsigned(position + 10), data.getInt(position + 16) & ZIP64,
        data.getInt(position + 20) & ZIP64, data.getInt(position + 24) & ZIP64, data.getInt(position + 42) & ZIP64);
    boolean folder = nameLength > 0 && raw[nameLength - 1] == '/';
    check(entry, folder, unsigned(position + 40) & 0xf000, Words.quote(name));
    if (!names.add(name)) {
      throw new ZipException("the name " + Words.quote(name) + " stands twice");
    }
    if (!folder && !isLitter(name)) {
      files.put(name, entry);
    }
    return end;
  }

  private int unsigned(int position) {
    return data.getShort(position) & 0xffff;
  }

  private static void check(Entry entry, boolean folder, int kind, String shown) throws ZipException {
    if ((entry.flags() & ENCRYPTED) != 0) {
      throw new ZipException(shown + " is encrypted");
    }
    if (entry.method() != STORED && entry.method() != DEFLATED) {
      throw new ZipException(
          shown + " is packed by method " + entry.method() + ", which is neither stored (0) nor deflate (8)");
    }
    // None said, a regular file, a folder.
    if (kind != 0 && kind != 0x8000 && kind != 0x4000) {
      throw new ZipException(shown + " is a link or another thing that is no file");
    }
    if (entry.packed() == ZIP64 || entry.size() == ZIP64 || entry.offset() == ZIP64) {
      throw new ZipException(shown + " is a zip64 entry");
    }
    if (folder && entry.size() != 0) {
      throw new ZipException(shown + " is a folder with a content");
    }
  }

  /** A name in UTF-8, without "./" before it and "/" behind it; one that leads anywhere else is refused. */
  private static String plainName(byte[] raw) throws ZipException {
    String name;
    try {
      name = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
    } catch (CharacterCodingException error) {
      throw new ZipException("a name is not UTF-8");
    }
    String plain = name;
    while (plain.startsWith("./")) {
      plain = plain.substring(2);
    }
    plain = plain.endsWith("/") ? plain.substring(0, plain.length() - 1) : plain;
    boolean leadsAway = plain.indexOf('\\') >= 0 || plain.indexOf('\0') >= 0 || DRIVE.matcher(plain).lookingAt();
    for (String part : plain.split("/", -1)) {
      leadsAway |= List.of("", ".", "..").contains(part);
    }
    if (leadsAway && !name.equals("./")) {
      throw new ZipException(Words.quote(name) + " is no relative path of plain names with forward slashes");
    }
    return plain;
  }

  /** Whether macOS added it: a folder of its own, the look of a folder, the other half of a file. */
  private static boolean isLitter(String name) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    return name.split("/", 2)[0].equals("__MACOSX") || last.equals(".DS_Store") || last.startsWith("._");
  }

  /** The same files, named from the one folder that all lie in, if there is one and no manifest beside it. */
  private Map<String, Entry> withoutTopFolder() {
    Set<String> tops = new HashSet<>();
    files.keySet().forEach(name -> tops.add(name.split("/", 2)[0]));
    if (files.containsKey(BundleFiles.MANIFEST) || tops.size() != 1) {
      return files;
    }
    Map<String, Entry> inside = new HashMap<>();
    files.forEach((name, entry) -> {
      if (name.indexOf('/') >= 0) {
        inside.put(name.substring(name.indexOf('/') + 1), entry);
      }
    });
    return inside;
  }

  /** Bytes of a file, little-endian. */
  static ByteBuffer bytes(FileChannel channel, long start, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    fill(channel, start, bytes);
    return bytes;
  }

  /** Fills a buffer with the bytes of a file. */
  static void fill(FileChannel channel, long start, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, start + bytes.position()) < 0) {
        throw new EOFException("the file is cut off");
      }
    }
  }
}
