package org.frugal.apk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.android.tools.r8.D8;
import com.android.tools.r8.D8Command;
import com.android.tools.r8.OutputMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApkCheckTest {
  @TempDir Path folder;
  private Path newer;

  @BeforeEach
  void nothingNewer() throws IOException {
    newer = Files.writeString(folder.resolve("newer.txt"), "# nothing\n");
  }

  @Test
  void whatTheLowestAndroidHasPasses() throws Exception {
    assertEquals(List.of(), check(apk(OldCode.class, ZipEntry.STORED)));
  }

  @Test
  void newerClassesAndMembersAreNamed() throws Exception {
    List<String> problems = check(apk(NewCode.class, ZipEntry.STORED));
    String type = "expected a class of the lowest Android, received java/lang/ProcessHandle";
    assertTrue(problems.contains(type), "" + problems);
    String member = "java/lang/ClassLoader.getName()Ljava/lang/String;";
    assertTrue(problems.contains("expected a member of the lowest Android, received " + member), "" + problems);
  }

  @Test
  void aMemberListedAsNewerPassesAndMustBeUsed() throws Exception {
    Files.writeString(newer, "java/lang/ClassLoader.getName()Ljava/lang/String; 34\n");
    assertTrue(check(apk(NewCode.class, ZipEntry.STORED)).stream().noneMatch(problem -> problem.contains("getName")));
    assertEquals(
        List.of("expected something newer that is used, received java/lang/ClassLoader.getName()Ljava/lang/String;"),
        check(apk(OldCode.class, ZipEntry.STORED)));
  }

  @Test
  void aClassListedAsNewerPassesWithItsMembersAndMustBeUsed() throws Exception {
    Files.writeString(newer, "java/lang/ProcessHandle 34\n");
    assertTrue(check(apk(NewCode.class, ZipEntry.STORED)).stream().noneMatch(each -> each.contains("ProcessHandle")));
    assertEquals(List.of("expected something newer that is used, received java/lang/ProcessHandle"),
        check(apk(OldCode.class, ZipEntry.STORED)));
  }

  @Test
  void aCompressedModelIsRefused() throws Exception {
    assertEquals(
        List.of("expected a file that is stored as it is, received a compressed assets/bundles/a.zip"),
        check(apk(OldCode.class, ZipEntry.DEFLATED)));
  }

  @Test
  void anApkWithoutCodeIsRefused() throws Exception {
    assertEquals(List.of("expected a classes.dex, received none"), check(zip(new byte[0], ZipEntry.STORED)));
  }

  @Test
  void bundlesMayBeLargeAndNothingElse() throws Exception {
    String none = "expected a classes.dex, received none";
    assertEquals(List.of(none), check(large("assets/bundles/b.zip")));
    List<String> problems = check(large("lib/b.so"));
    assertEquals(none, problems.get(1));
    String size = "expected at most 13631488 bytes beside the bundles, received 1468";
    assertTrue(problems.get(0).startsWith(size), problems.get(0));
  }

  @Test
  void anApkIsCalledReadyForNewPhonesOnlyIfItsLibrariesAre() throws Exception {
    assertEquals("ready for phones with pages of 16 KB", ApkCheck.pages(apk(OldCode.class, ZipEntry.STORED)));
    String said = ApkCheck.pages(large("lib/arm64-v8a/b.so"));
    assertTrue(said.startsWith("NOT READY FOR NEW PHONES, whose pages are of 16 KB: expected segments"), said);
  }

  @Test
  void whatIsNoDexIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new DexFile(new byte[200]));
  }

  private List<String> check(Path apk) throws IOException {
    return ApkCheck.problems(apk, Path.of(System.getProperty("frugal.api")), newer);
  }

  private Path apk(Class<?> type, int method) throws Exception {
    Path classFile = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
        .resolve(type.getName().replace('.', '/') + ".class");
    Path out = Files.createDirectories(folder.resolve("dex"));
    D8.run(D8Command.builder().addProgramFiles(classFile).setMinApiLevel(26).setDisableDesugaring(false)
        .addLibraryResourceProvider(com.android.tools.r8.JdkClassFileProvider.fromSystemJdk())
        .setOutput(out, OutputMode.DexIndexed).build());
    return zip(Files.readAllBytes(out.resolve("classes.dex")), method);
  }

  private Path zip(byte[] dex, int method) throws IOException {
    Path apk = folder.resolve("app.apk");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(apk))) {
      if (dex.length > 0) {
        add(zip, "classes.dex", dex, ZipEntry.DEFLATED);
      }
      add(zip, "assets/bundles/a.zip", new byte[] {1, 2, 3}, method);
    }
    return apk;
  }

  /** One file of 14 MiB. */
  private Path large(String name) throws IOException {
    Path apk = folder.resolve("large.apk");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(apk))) {
      add(zip, name, new byte[14 << 20], ZipEntry.STORED);
    }
    return apk;
  }

  private static void add(ZipOutputStream zip, String name, byte[] content, int method) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setMethod(method);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
