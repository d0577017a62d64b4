package org.frugal.app.bundles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Files beside the .zip of each bundle that is being opened. One outlives a process that ends meanwhile, in native code
 * too, and tells the next start not to open that bundle again by itself. Any thread.
 */
public final class CrashMarks {
  private final Function<String, Path> zips;
  private final Set<String> left = ConcurrentHashMap.newKeySet();

  /**
   * @param zips a bundle's name to its .zip
   */
  public CrashMarks(Function<String, Path> zips) {
    this.zips = zips;
  }

  /** Looks, at a start and before anything is opened, which of them the last process left marks of. */
  void find(List<String> names) {
    names.stream().filter(name -> Files.exists(mark(name))).forEach(left::add);
  }

  /** Whether the app ended while it opened this bundle, and nobody has asked for it since. */
  boolean isLeft(String name) {
    return left.contains(name);
  }

  /** From now on the end of the process is held against this bundle. On a full device there is no mark. */
  public void set(String name) {
    try {
      Files.write(mark(name), new byte[0]);
    } catch (IOException full) {
      // The bundle opens all the same, and only a crash in the midst of that would be forgotten.
    }
  }

  /** It was opened, or refused in a sentence. A mark of an earlier process is forgiven too. */
  public void clear(String name) {
    left.remove(name);
    try {
      Files.deleteIfExists(mark(name));
    } catch (IOException stays) {
      // At worst the next start asks before it opens a good bundle.
    }
  }

  private Path mark(String name) {
    Path zip = zips.apply(name);
    return zip.resolveSibling(zip.getFileName() + ".opening");
  }
}
