package org.frugal.bundle;

import java.io.IOException;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.frugal.BundleException;
import org.frugal.bundle.ZipDirectory.Entry;
import org.frugal.bundle.ZipDirectory.ZipException;

/**
 * The files of a bundle that is a .zip, at its root or all in one folder; each is unpacked into memory once. What an
 * entry says of its size is never trusted: it is unpacked into as many bytes as the manifest says, and one more is an
 * error.
 */
final class ZipFiles extends BundleFiles {
  /** Of all files that a manifest names: they are held in memory. */
  private static final long MAX_BYTES = 1L << 30;
  private static final int BLOCK = 1 << 16;
  private static final int LOCAL = 30;

  private final Path path;
  private final FileChannel channel;
  private final Map<String, Entry> entries;

  ZipFiles(Path path) {
    this.path = path;
    FileChannel opened = null;
    try {
      opened = FileChannel.open(path, StandardOpenOption.READ);
      entries = ZipDirectory.read(opened);
      channel = opened;
    } catch (IOException error) {
      close(opened);
      String problem = "expected a folder or a .zip, but reading failed: " + reason(error);
      throw new BundleException(problem, path.toString(), "", error);
    }
  }

  @Override
  void checkTotal(long size) {
    if (size > MAX_BYTES) {
      String problem = "expected at most " + MAX_BYTES + " bytes of files in a .zip, received " + size;
      throw new BundleException(problem, path.toString(), "");
    }
  }

  @Override
  ByteBuffer read(String file, Long size, long most, String field) {
    Entry entry = entries.get(file);
    if (entry == null) {
      throw new BundleException("expected a file, received none of this name in the .zip", file, field);
    }
    checkSize(file, field, size, most, entry.size());
    try {
      return unpack(entry);
    } catch (IOException error) {
      throw unreadable(file, field, error);
    }
  }

  private ByteBuffer unpack(Entry entry) throws IOException {
    long start = content(entry);
    long size = entry.size();
    if (entry.packed() > size + (size >> 3) + 1024) {
      throw new ZipException("the entry takes more room than " + size + " bytes need");
    }
    if (start + entry.packed() > channel.size()) {
      throw new ZipException("the entry is cut off");
    }
    ByteBuffer content = ByteBuffer.allocateDirect((int) size);
    if (entry.method() == ZipDirectory.DEFLATED) {
      inflate(start, entry.packed(), content);
    } else if (entry.packed() == size) {
      ZipDirectory.fill(channel, start, content);
    }
    if (content.hasRemaining()) {
      throw new ZipException("the entry unpacks to another size than " + size + " bytes");
    }
    // Not of the ByteBuffer's own type: its covariant methods are missing on older Androids.
    ((Buffer) content).rewind();
    CRC32 sum = new CRC32();
    sum.update(content.duplicate());
    if (sum.getValue() != entry.crc()) {
      throw new ZipException("the checksum (CRC-32) of the entry is another one");
    }
    return content.asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  /** Where the content of an entry begins, behind a header that has to be the directory's. */
  private long content(Entry entry) throws IOException {
    long length = channel.size();
    if (entry.offset() + LOCAL > length) {
      throw new ZipException("there is no entry where the directory says");
    }
    ByteBuffer head = ZipDirectory.bytes(channel, entry.offset(), LOCAL);
    if (head.getInt(0) != 0x04034b50) {
      throw new ZipException("there is no entry where the directory says");
    }
    int flags = head.getShort(6) & 0xffff;
    int method = head.getShort(8) & 0xffff;
    int nameLength = head.getShort(26) & 0xffff;
    long nameStart = entry.offset() + LOCAL;
    byte[] name = nameStart + nameLength > length
        ? null
        : ZipDirectory.bytes(channel, nameStart, nameLength).array();
    boolean same = Arrays.equals(name, entry.name()) && method == entry.method()
        && ((flags ^ entry.flags()) & ZipDirectory.ENCRYPTED) == 0;
    if (!same) {
      throw new ZipException("the entry is another one than the directory says");
    }
    return nameStart + nameLength + (head.getShort(28) & 0xffff);
  }

  /** Fills the content; a stream that goes on, or ends before its data does, is refused. */
  private void inflate(long start, long packed, ByteBuffer content) throws IOException {
    Inflater inflater = new Inflater(true);
    byte[] block = new byte[BLOCK];
    long place = start;
    long end = start + packed;
    try {
      while (!inflater.finished()) {
        if (inflater.needsInput() && place < end) {
          int length = (int) Math.min(BLOCK, end - place);
          inflater.setInput(ZipDirectory.bytes(channel, place, length).array());
          place += length;
        }
        int count = inflater.inflate(block);
        if (count > content.remaining()) {
          throw new ZipException("the entry unpacks to another size than " + content.capacity() + " bytes");
        }
        content.put(block, 0, count);
        boolean stuck = count == 0 && !inflater.finished() && (inflater.needsDictionary() || place == end);
        if (stuck) {
          break;
        }
      }
      if (!inflater.finished() || inflater.getRemaining() > 0 || place < end) {
        throw new ZipException("the entry's deflate stream does not end where the entry does");
      }
    } catch (DataFormatException error) {
      throw new ZipException("the entry is no deflate stream");
    } finally {
      inflater.end();
    }
  }

  @Override
  public void close() {
    close(channel);
  }

  private void close(FileChannel opened) {
    try {
      if (opened != null) {
        opened.close();
      }
    } catch (IOException error) {
      throw unreadable(path.toString(), "", error);
    }
  }
}
