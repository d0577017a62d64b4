package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** The jars that an app takes, once they are packed: run by {@code mvn verify}, on what D8 has made of the first. */
class LibraryCheck {
  private static JarFile jar(String ending) throws IOException {
    return new JarFile(System.getProperty("frugal.jar") + ending);
  }

  @Test
  void theTestsBesideThisOneRunOnWhatD8HasMade() {
    String place = Chain.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    assertTrue(place.endsWith("/desugared.jar"), place);
    // Java 17 has records; Android 8.0 has none, so D8 gives them another parent.
    assertNotEquals(Record.class, Result.class.getSuperclass());
    assertEquals(Record.class, Plain.class.getSuperclass());
  }

  private record Plain(int number) {}

  @Test
  void theJarNamesItsModuleAndHasItsLicence() throws IOException {
    try (JarFile jar = jar(".jar")) {
      String module = jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name");
      assertEquals(System.getProperty("frugal.module"), module);
      Path licence = Path.of(System.getProperty("frugal.repository"), "LICENSE");
      byte[] packed = jar.getInputStream(jar.getEntry("META-INF/LICENSE")).readAllBytes();
      assertEquals(Files.readString(licence), new String(packed, StandardCharsets.UTF_8));
    }
  }

  @Test
  void itsPomSaysWhereTheSourcesAreKept() {
    assertEquals("scm:git:..", System.getProperty("frugal.scm"));
  }

  @Test
  void sourcesAndDocumentationLieBesideIt() throws IOException {
    try (JarFile sources = jar("-sources.jar"); JarFile pages = jar("-javadoc.jar")) {
      assertNotNull(sources.getEntry("org/frugal/Chain.java"));
      String module = System.getProperty("frugal.module");
      assertNotNull(pages.getEntry(module + "/org/frugal/Chain.html"));
      assertNotNull(pages.getEntry(module + "/org/frugal/PartRunner.html"));
    }
  }
}
