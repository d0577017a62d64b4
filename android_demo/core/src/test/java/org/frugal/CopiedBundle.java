package org.frugal;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.frugal.bundle.SmallBundle;

/** A copy of a golden bundle that a test may damage. */
public final class CopiedBundle {
  private final Path folder;

  private CopiedBundle(Path folder) {
    this.folder = folder;
  }

  public static CopiedBundle of(String name, Path target) throws IOException {
    Path from = TestFiles.bundle(name);
    for (Path file : files(from)) {
      Path to = target.resolve(from.relativize(file).toString());
      Files.createDirectories(to.getParent());
      Files.copy(file, to);
    }
    return new CopiedBundle(target);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().collect(Collectors.toList());
    }
  }

  public Path folder() {
    return folder;
  }

  public Path file(String name) {
    return folder.resolve(name);
  }

  public void write(String name, byte[] content) throws IOException {
    Files.write(file(name), content);
  }

  /** Changes one byte of a file. */
  public void flip(String name, int place) throws IOException {
    byte[] content = Files.readAllBytes(file(name));
    content[place] ^= 1;
    write(name, content);
  }

  /** Changes a JSON file; the golden index is signed again in the manifest. */
  public void edit(String name, Consumer<JsonObject> change) throws Exception {
    JsonObject object = Json.parse(new String(Files.readAllBytes(file(name)), StandardCharsets.UTF_8)).asObject();
    change.accept(object);
    write(name, object.toString().getBytes(StandardCharsets.UTF_8));
    if (name.equals("golden/index.json")) {
      byte[] content = Files.readAllBytes(file(name));
      edit("manifest.json", manifest -> SmallBundle.sign(
          manifest.get("goldens").asObject().get("index").asObject(), content));
    }
  }

  /** Packs the folder; names in the archive begin with the prefix. */
  public Path zip(Path target, String prefix) throws IOException {
    try (OutputStream stream = Files.newOutputStream(target); ZipOutputStream zip = new ZipOutputStream(stream)) {
      for (Path file : files(folder)) {
        zip.putNextEntry(new ZipEntry(prefix + folder.relativize(file)));
        zip.write(Files.readAllBytes(file));
        zip.closeEntry();
      }
    }
    return target;
  }
}
