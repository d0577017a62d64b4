package org.frugal.apk;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * What apksigner and zipalign let pass and a phone would not: {@code ApkCheck APK SIGNATURE NEWER_API}. Prints one line
 * for every problem, and ends with 1 if there is any.
 */
public final class ApkCheck {
  private static final Pattern STORED = Pattern.compile(".*\\.(so|zip|tflite)|resources\\.arsc");
  private static final Pattern DEX = Pattern.compile("classes\\d*\\.dex");
  /** Three libraries of TensorFlow Lite and the app: more than this, beside the bundles, is a mistake in packing. */
  private static final long MOST_BYTES = 13L << 20;
  private static final String BUNDLES = "assets/bundles/";

  private ApkCheck() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      System.err.println("expected APK SIGNATURE NEWER_API, received " + arguments.length + " arguments");
      System.exit(2);
    }
    List<String> problems = problems(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]));
    problems.forEach(problem -> System.err.println("error: " + problem));
    System.out.printf("%.1f MB, %s%n", Files.size(Path.of(arguments[0])) / 1e6, pages(Path.of(arguments[0])));
    System.exit(problems.isEmpty() ? 0 : 1);
  }

  /** Whether new phones can load it, and what is against it. No problem of the packing: the libraries are others'. */
  static String pages(Path apk) throws IOException {
    List<String> against = PageSize.problems(apk);
    return against.isEmpty() ? "ready for phones with pages of 16 KB"
        : "NOT READY FOR NEW PHONES, whose pages are of 16 KB: " + String.join("; ", against);
  }

  static List<String> problems(Path apk, Path signature, Path newer) throws IOException {
    List<String> problems = new ArrayList<>();
    List<DexFile> dexFiles = new ArrayList<>();
    long size = Files.size(apk);
    try (ZipFile zip = new ZipFile(apk.toFile())) {
      for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
        ZipEntry entry = entries.nextElement();
        size -= entry.getName().startsWith(BUNDLES) ? entry.getCompressedSize() : 0;
        if (STORED.matcher(entry.getName()).matches() && entry.getMethod() != ZipEntry.STORED) {
          problems.add("expected a file that is stored as it is, received a compressed " + entry.getName());
        }
        if (DEX.matcher(entry.getName()).matches()) {
          try (InputStream stream = zip.getInputStream(entry)) {
            dexFiles.add(new DexFile(stream.readAllBytes()));
          }
        }
      }
    }
    if (size > MOST_BYTES) {
      problems.add("expected at most " + MOST_BYTES + " bytes beside the bundles, received " + size);
    }
    if (dexFiles.isEmpty()) {
      problems.add("expected a classes.dex, received none");
    }
    if (dexFiles.stream().anyMatch(dex -> dex.hasCallSites)) {
      problems.add("expected no invoke-custom, received some: is a class newer than d8 knows?");
    }
    try (InputStream stream = new FileInputStream(signature.toFile())) {
      problems.addAll(new ApiCheck(stream, members(newer)).problems(dexFiles));
    }
    return problems;
  }

  /** Lines of {@code class.member level} or {@code class level}; those that begin with # are for people. */
  static Set<String> members(Path newer) throws IOException {
    Set<String> members = new TreeSet<>();
    for (String line : Files.readAllLines(newer)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        members.add(line.split(" ")[0]);
      }
    }
    return members;
  }
}
