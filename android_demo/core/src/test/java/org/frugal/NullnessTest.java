package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Kotlin and IDEs are told of nulls is what the documentation says. */
class NullnessTest {
  /** A comment of documentation, and what is declared behind it up to its body or end. */
  private static final Pattern DECLARED = Pattern.compile("/\\*\\*((?:(?!\\*/).)*)\\*/\\s*([^;{]*)", Pattern.DOTALL);
  private static final Pattern PARAMETER =
      Pattern.compile("@param (\\w+)((?:(?!@param|@return|@throws).)*)", Pattern.DOTALL);
  private static final Pattern IS_NULLABLE =
      Pattern.compile("\\bor null\\b|\\bnull (where|if|for|is|means|sets|leaves)\\b|otherwise null\\b|null:");

  @ParameterizedTest
  @ValueSource(strings = {"", ".bundle", ".governor", ".image", ".remote", ".tensor"})
  void whatIsNotMarkedInThePublicPackagesIsNeverNull(String name) throws ClassNotFoundException {
    assertTrue(Class.forName("org.frugal" + name + ".package-info").isAnnotationPresent(NullMarked.class));
  }

  @Test
  void whatTheDocumentationSaysCanBeNullIsMarked() throws IOException {
    List<String> missing = new ArrayList<>();
    int marked = 0;
    for (Path file : sources()) {
      String source = Files.readString(file);
      Matcher each = DECLARED.matcher(source.contains("\npublic ") ? source : "");
      while (each.find()) {
        Matcher parameter = PARAMETER.matcher(each.group(1));
        while (parameter.find()) {
          if (IS_NULLABLE.matcher(parameter.group(2)).find() && isPublic(each.group(2))) {
            boolean found = marks(each.group(2), parameter.group(1));
            marked += found ? 1 : 0;
            if (!found) {
              missing.add(file.getFileName() + ": " + parameter.group(1));
            }
          }
        }
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(marked > 40, marked + " are marked");
  }

  @Test
  void aMissingMarkIsFound() {
    assertTrue(marks("record A(float @Nullable [] mask, @Nullable List<Box> boxes)", "mask"));
    assertTrue(marks("record A(float @Nullable [] mask, @Nullable List<Box> boxes)", "boxes"));
    assertEquals(false, marks("record A(@Nullable String name, float[] mask)", "mask"));
  }

  private static boolean isPublic(String declaration) {
    return Pattern.compile("\\b(public|record)\\b").matcher(declaration).find();
  }

  /** Whether the declared type of a parameter, from the comma or bracket before it, is marked. */
  private static boolean marks(String declaration, String parameter) {
    return Pattern.compile("@Nullable [^,()@]*(<[^()]*>)? ?" + parameter + "\\s*[,)]").matcher(declaration).find();
  }

  private static List<Path> sources() throws IOException {
    Path root = Path.of(System.getProperty("frugal.repository"), "android_demo/core/src/main/java/org/frugal");
    List<Path> sources = new ArrayList<>();
    for (String folder : List.of("", "bundle", "governor", "image", "remote", "tensor")) {
      try (Stream<Path> files = Files.list(root.resolve(folder))) {
        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
      }
    }
    return sources;
  }
}
