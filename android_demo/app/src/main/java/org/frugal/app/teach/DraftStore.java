package org.frugal.app.teach;

import android.graphics.Bitmap;
import android.graphics.BitmapFactory;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Set;
import org.frugal.Event.Corners;
import org.frugal.app.live.LiveState.Shown;

/**
 * Drafts as files of the app's own, a folder for each bundle: they outlive the process, and no other app can read
 * them. Belongs to the worker's thread.
 */
public final class DraftStore {
  private static final String INDEX = "draft.json";
  private static final String ENDING = ".png";

  private final Path folder;

  public DraftStore(Path folder) {
    this.folder = folder;
  }

  private Path of(String bundle) {
    return folder.resolve(bundle + ".draft");
  }

  /** Writes a picture, whole or not at all, and gives it as one that has no box yet. */
  Example keep(String bundle, Shown picture) throws IOException {
    Path place = Files.createDirectories(of(bundle));
    Path file = Files.createTempFile(place, "picture", ENDING);
    try (OutputStream out = Files.newOutputStream(file)) {
      if (!Example.bitmap(picture).compress(Bitmap.CompressFormat.PNG, 100, out)) {
        throw new IOException("a picture that cannot be kept");
      }
    } catch (IOException error) {
      Files.deleteIfExists(file);
      throw error;
    }
    return new Example(picture, file.getFileName().toString(), null);
  }

  /** Writes what belongs to a draft beside its pictures. */
  void write(String bundle, Draft draft) throws IOException {
    Path place = Files.createDirectories(of(bundle));
    JsonArray examples = new JsonArray();
    for (Example each : draft.examples()) {
      Corners box = each.box();
      JsonValue corners = box == null ? Json.NULL
          : Json.array(box.top(), box.left(), box.bottom(), box.right());
      examples.add(new JsonObject().add("file", each.file()).add("mirrored", each.shown().mirrored())
          .add("box", corners));
    }
    String text = new JsonObject().add("name", draft.name()).add("examples", examples).toString();
    Path written = Files.createTempFile(place, "draft", ".part");
    Files.write(written, text.getBytes(StandardCharsets.UTF_8));
    Files.move(written, place.resolve(INDEX), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Deletes a picture that belongs to a draft no more. */
  void delete(String bundle, Example picture) throws IOException {
    Files.deleteIfExists(of(bundle).resolve(picture.file()));
  }

  /** What is there of a bundle's draft; a picture that cannot be read any more is left out. */
  Draft read(String bundle) {
    try {
      Path place = of(bundle);
      JsonObject index =
          Json.parse(new String(Files.readAllBytes(place.resolve(INDEX)), StandardCharsets.UTF_8)).asObject();
      Draft draft = Draft.EMPTY.withName(index.getString("name", ""));
      for (JsonValue each : index.get("examples").asArray()) {
        Example example = example(place, each.asObject());
        draft = example == null ? draft : draft.with(example);
      }
      // What the end of the process has left behind is in no draft.
      Set<String> kept = new HashSet<>(Set.of(INDEX));
      draft.examples().forEach(example -> kept.add(example.file()));
      deleteBut(place, kept);
      return draft;
    } catch (IOException | RuntimeException error) {
      // None has been begun, or what wrote it was ended: there is nothing to go on with.
      return Draft.EMPTY;
    }
  }

  private static Example example(Path place, JsonObject entry) {
    String file = entry.getString("file", "");
    Bitmap bitmap = BitmapFactory.decodeFile(place.resolve(file).toString());
    if (bitmap == null) {
      return null;
    }
    Shown shown = Example.shown(bitmap, entry.getBoolean("mirrored", false));
    bitmap.recycle();
    JsonValue box = entry.get("box");
    if (box == null || box.isNull()) {
      return new Example(shown, file, null);
    }
    JsonArray at = box.asArray();
    return new Example(shown, file, new Corners(
        at.get(0).asDouble(), at.get(1).asDouble(), at.get(2).asDouble(), at.get(3).asDouble()));
  }

  /** Forgets a bundle's draft: its pictures are gone. */
  void clear(String bundle) throws IOException {
    Path place = of(bundle);
    if (Files.isDirectory(place)) {
      deleteBut(place, Set.of());
      Files.deleteIfExists(place);
    }
  }

  private static void deleteBut(Path place, Set<String> kept) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(place)) {
      for (Path each : files) {
        if (!kept.contains(each.getFileName().toString())) {
          Files.deleteIfExists(each);
        }
      }
    }
  }
}
