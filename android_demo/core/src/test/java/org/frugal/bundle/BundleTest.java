package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.eclipsesource.json.Json;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.frugal.BundleException;
import org.frugal.Chain;
import org.frugal.CopiedBundle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loading bundles: whatever is not as the manifest says is refused, with the file named. */
class BundleTest {
  private static final String FIRST = "parts/first.tflite";

  @TempDir Path scratch;
  private CopiedBundle copy;

  @BeforeEach
  void copy() throws IOException {
    copy = CopiedBundle.of("convolutions", scratch.resolve("bundle"));
  }

  private static BundleException refusal(Path path) {
    return assertThrows(BundleException.class, () -> Bundle.load(path));
  }

  private void check(String file, String field, String words) {
    BundleException error = refusal(copy.folder());
    assertEquals(file, error.file());
    assertEquals(field, error.field());
    assertTrue(error.getMessage().contains(words), error.getMessage());
  }

  @Test
  void whatIsNotThere() throws IOException {
    assertTrue(refusal(scratch.resolve("none")).getMessage().endsWith("received nothing there"));
    Files.delete(copy.file(FIRST));
    check(FIRST, "parts.first.file", "expected a file, received none there");
    Files.createDirectory(copy.file(FIRST));
    check(FIRST, "parts.first.file", "expected a file, received none there");
    Files.delete(copy.file("manifest.json"));
    assertEquals("manifest.json: expected a file, received none there", refusal(copy.folder()).getMessage());
  }

  @Test
  void aTruncatedPart() throws IOException {
    byte[] content = Files.readAllBytes(copy.file(FIRST));
    copy.write(FIRST, Arrays.copyOf(content, content.length - 1));
    check(FIRST, "parts.first.file",
        "expected " + content.length + " bytes, received " + (content.length - 1) + ": is it truncated?");
  }

  @Test
  void aChangedPartOrPixel() throws IOException {
    copy.flip("golden/arrays.bin", 0);
    check("golden/arrays.bin", "goldens.arrays.file", "the file was changed");
    copy.flip(FIRST, 700);
    check(FIRST, "parts.first.file", "expected the SHA-256");
  }

  @Test
  void aTruncatedManifest() throws IOException {
    byte[] content = Files.readAllBytes(copy.file("manifest.json"));
    copy.write("manifest.json", Arrays.copyOf(content, content.length / 2));
    check("manifest.json", "", "expected a JSON object that is not nested too deep, but reading failed");
  }

  @Test
  void aManifestNestedTooDeep() throws IOException {
    copy.write("manifest.json", "[".repeat(200_000).getBytes(StandardCharsets.UTF_8));
    check("manifest.json", "", "expected a JSON object that is not nested too deep");
  }

  @Test
  void aNewerBundle() throws Exception {
    copy.edit("manifest.json", manifest -> manifest.set("version", 3).set("programs", "of the future"));
    check("manifest.json", "version", "expected version 2, received 3: update the runtime or convert the model again");
  }

  @Test
  void anOlderBundle() throws Exception {
    copy.edit("manifest.json", manifest -> manifest.set("version", 1).remove("programs").set("program", "of the past"));
    check("manifest.json", "version", "expected version 2, received 1: convert the model again");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/passwd", "../x", "parts/../../x", "./x", "parts//x", "parts\\x", "C:x", ".", "x/"})
  void aPathOutsideTheFolder(String path) throws Exception {
    copy.edit("manifest.json",
        manifest -> manifest.get("parts").asObject().get("first").asObject().set("file", path));
    check("manifest.json", "parts.first.file", "expected a relative path with forward slashes inside the bundle");
  }

  @ParameterizedTest
  @ValueSource(strings = {FIRST, "parts", "manifest.json"})
  void aLinkOutOfTheFolder(String link) throws IOException {
    Files.move(copy.file(link), scratch.resolve("outside"));
    Files.createSymbolicLink(copy.file(link), scratch.resolve("outside"));
    BundleException error = refusal(copy.folder());
    assertEquals(link.equals("parts") ? FIRST : link, error.file());
    assertTrue(error.problem().startsWith("expected a file inside the bundle, received a link to"), error.problem());
  }

  @Test
  void aLinkInsideTheFolderIsFineAndOneInCirclesIsNot() throws IOException {
    Files.move(copy.file(FIRST), copy.file("real.tflite"));
    Files.createSymbolicLink(copy.file(FIRST), Path.of("../real.tflite"));
    assertEquals("hand_made", Bundle.load(copy.folder()).manifest().name());
    Files.delete(copy.file(FIRST));
    Files.createSymbolicLink(copy.file(FIRST), Path.of("first.tflite"));
    assertEquals(FIRST, refusal(copy.folder()).file());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bundle/"})
  void aZipIsTheSameBundle(String prefix) throws IOException {
    Path zip = copy.zip(scratch.resolve("bundle.zip"), prefix);
    assertEquals(Bundle.load(copy.folder()).manifest(), Bundle.load(zip).manifest());
    try (Chain chain = Chain.load(zip)) {
      assertTrue(chain.selfTest().isEmpty());
    }
  }

  @Test
  void aDamagedZip() throws IOException {
    byte[] content = Files.readAllBytes(copy.zip(scratch.resolve("bundle.zip"), ""));
    Path damaged = scratch.resolve("damaged.zip");
    Files.write(damaged, Arrays.copyOf(content, 300));
    assertTrue(refusal(damaged).problem().startsWith("expected a folder or a .zip, but reading failed"));
    Arrays.fill(content, 200, 400, (byte) 0);
    Files.write(damaged, content);
    assertFalse(refusal(damaged).file().isEmpty());
  }

  @Test
  void aZipWithoutAPartOrWithAChangedOne() throws IOException {
    copy.flip(FIRST, 700);
    assertTrue(refusal(copy.zip(scratch.resolve("changed.zip"), "")).problem().contains("SHA-256"));
    Files.delete(copy.file(FIRST));
    BundleException error = refusal(copy.zip(scratch.resolve("less.zip"), ""));
    assertEquals(FIRST + ": parts.first.file: expected a file, received none of this name in the .zip",
        error.getMessage());
  }

  @Test
  void aPartThatIsNoModel() throws Exception {
    // Pixels, signed as any file is.
    copy.edit("manifest.json", manifest -> manifest.get("parts").asObject().get("first").asObject()
        .set("file", "golden/arrays.bin")
        .set("sha256", manifest.get("goldens").asObject().get("arrays").asObject().get("sha256"))
        .set("bytes", manifest.get("goldens").asObject().get("arrays").asObject().get("bytes")));
    copy.edit("manifest.json", manifest -> manifest.set("goldens", Json.NULL));
    BundleException error = assertThrows(BundleException.class, () -> Bundle.load(copy.folder()));
    assertEquals("parts.first.file", error.field());
    assertTrue(error.problem().startsWith("expected a TFLite file (TFL3 at byte 4) as model"), error.problem());
  }

  @Test
  void contentsAreMappedAndCannotBeWritten() {
    Bundle bundle = Bundle.load(copy.folder());
    assertTrue(bundle.content(FIRST) instanceof MappedByteBuffer);
    assertTrue(bundle.content(FIRST).isReadOnly());
  }
}
