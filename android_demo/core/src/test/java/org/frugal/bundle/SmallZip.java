package org.frugal.bundle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * An archive of stored entries, written byte by byte, so that a test can say anything in it that a library would not:
 * the local headers and contents, the directory, and the end.
 */
final class SmallZip {
  private final ByteBuffer front = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer directory = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
  private int count;
  /** Where the last entry begins in the directory. */
  private int last;

  /** Adds a file. */
  SmallZip add(String name, byte[] content) {
    return add(name.getBytes(StandardCharsets.UTF_8), content);
  }

  SmallZip add(byte[] name, byte[] content) {
    CRC32 sum = new CRC32();
    sum.update(content);
    int offset = front.position();
    front.putInt(0x04034b50).putShort((short) 20).putShort((short) 0).putShort((short) 0).putInt(0);
    front.putInt((int) sum.getValue()).putInt(content.length).putInt(content.length);
    front.putShort((short) name.length).putShort((short) 0).put(name).put(content);
    last = directory.position();
    directory.putInt(0x02014b50).putShort((short) 20).putShort((short) 20).putShort((short) 0).putShort((short) 0);
    directory.putInt(0).putInt((int) sum.getValue()).putInt(content.length).putInt(content.length);
    directory.putShort((short) name.length).putShort((short) 0).putShort((short) 0).putShort((short) 0);
    directory.putShort((short) 0).putInt(0).putInt(offset).put(name);
    count++;
    return this;
  }

  /** Adds an empty file. */
  SmallZip add(String name) {
    return add(name, new byte[0]);
  }

  /** Sets two bytes of the last entry in the directory. */
  SmallZip half(int place, int value) {
    directory.putShort(last + place, (short) value);
    return this;
  }

  /** Sets four bytes of the last entry in the directory. */
  SmallZip number(int place, long value) {
    directory.putInt(last + place, (int) value);
    return this;
  }

  /** The end of the archive, which a test may change; its directory begins at the number at byte 16. */
  ByteBuffer end(String comment) {
    ByteBuffer end = ByteBuffer.allocate(22 + comment.length()).order(ByteOrder.LITTLE_ENDIAN);
    end.putInt(0x06054b50).putInt(0).putShort((short) count).putShort((short) count);
    end.putInt(directory.position()).putInt(front.position()).putShort((short) comment.length());
    end.put(comment.getBytes(StandardCharsets.ISO_8859_1));
    return end;
  }

  Path write(Path path) {
    return write(path, end(""));
  }

  Path write(Path path, ByteBuffer end) {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (byte[] piece : new byte[][] {
          Arrays.copyOf(front.array(), front.position()), Arrays.copyOf(directory.array(), directory.position()),
          end.array()}) {
        channel.write(ByteBuffer.wrap(piece));
      }
      return path;
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** The files of an archive, without what is left out. */
  static Map<String, ZipDirectory.Entry> read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return ZipDirectory.read(channel);
    }
  }
}
