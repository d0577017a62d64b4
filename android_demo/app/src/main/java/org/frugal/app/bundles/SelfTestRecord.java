package org.frugal.app.bundles;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What a bundle's self-test gave on this device, in a file beside its .zip, so that it runs when a bundle is new and
 * not at every start. It counts for the same .zip, system and library alone.
 */
final class SelfTestRecord {
  private final Path file;
  private final String subject;

  /**
   * @param zip the bundle
   * @param device what else decides the answers: the system and the library
   */
  SelfTestRecord(Path zip, String device) throws IOException {
    this.file = beside(zip);
    this.subject = Files.size(zip) + " " + Files.getLastModifiedTime(zip).toMillis() + " " + oneLine(device);
  }

  static Path beside(Path zip) {
    return zip.resolveSibling(zip.getFileName() + ".self_test");
  }

  /** The result, or null where there is none of this bundle on this device. */
  BundleItem.SelfTest read() {
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      if (lines.size() < 2 || !lines.get(0).equals(subject)) {
        return null;
      }
      return new BundleItem.SelfTest(Integer.parseInt(lines.get(1)), List.copyOf(lines.subList(2, lines.size())));
    } catch (IOException | NumberFormatException error) {
      return null; // None, or a damaged one: the test runs again.
    }
  }

  /**
   * Keeps a result, whole or not at all: half of it could pass for a better one. On a full device none is kept; the
   * result counts all the same, and the test runs again at the next start.
   *
   * @return whether it is kept
   */
  boolean write(BundleItem.SelfTest result) {
    List<String> lines = new ArrayList<>(List.of(subject, Integer.toString(result.cases())));
    result.problems().forEach(problem -> lines.add(oneLine(problem)));
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.move(Files.write(part, lines, StandardCharsets.UTF_8), file, StandardCopyOption.REPLACE_EXISTING);
      return true;
    } catch (IOException error) {
      delete(part);
      return false;
    }
  }

  /** Takes away the record of a bundle that is gone. One that stays does no harm: it counts for no other .zip. */
  static void deleteBeside(Path zip) {
    delete(beside(zip));
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException stays) {
      // Nothing reads it any more.
    }
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\R", " ");
  }
}
