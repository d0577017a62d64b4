package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample in Kotlin of android_demo/README.md, by Kotlin's own compiler: it compiles, and knows what can be null. */
class KotlinSampleTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  private static String sample() throws IOException {
    String readme = Files.readString(Path.of(System.getProperty("frugal.repository"), "android_demo", "README.md"));
    int begin = readme.indexOf("```kotlin\n") + "```kotlin\n".length();
    assertTrue(begin > 100, "there is a sample");
    return readme.substring(begin, readme.indexOf("```", begin));
  }

  private ExitCode compile(String body) throws IOException {
    Path file = Files.writeString(folder.resolve("sample.kt"), "import java.nio.file.Path\nimport org.frugal.*\n\n"
        + "fun sample(path: Path, pixels: IntArray, height: Int, width: Int) {\n" + body + "}\n");
    try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      return new K2JVMCompiler().exec(out, "-Werror", "-no-stdlib", "-no-reflect", "-classpath",
          System.getProperty("java.class.path"), "-d", folder.resolve("classes").toString(), file.toString());
    }
  }

  @Test
  void itCompilesWithoutAWarning() throws IOException {
    assertEquals(ExitCode.OK, compile(sample()), said::toString);
  }

  @Test
  void whatCanBeNullHasToBeLookedAt() throws IOException {
    String careless = sample().replace("val name: String? =", "val name: String =");
    assertEquals(ExitCode.COMPILATION_ERROR, compile(careless));
    assertTrue(said.toString(StandardCharsets.UTF_8).contains("String?"), said::toString);
  }
}
