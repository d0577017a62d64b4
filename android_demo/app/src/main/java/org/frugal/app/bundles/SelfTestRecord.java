package org.frugal.app.bundles;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a bundle's self-test gave on this device, in a file beside its .zip, so that it runs when a bundle is new and not
 * at every start. It counts for the same .zip, system and library alone.
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

  void write(BundleItem.SelfTest result) throws IOException {
    List<String> lines = new ArrayList<>(List.of(subject, Integer.toString(result.cases())));
    result.problems().forEach(problem -> lines.add(oneLine(problem)));
    Files.write(file, lines, StandardCharsets.UTF_8);
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\R", " ");
  }
}
